private import Arguments
private import JobModel
private import Storage
private import Terminal

extension JobCommands {
  private static let name = Operand<String>("NAME", help: "the job's name or number", completion: .dynamic("job"))
  private static let newName = Operand<String>("NEW", help: "the copy's name")
  private static let yes = Flag("yes", short: "y", help: "do not ask")

  static let enable = Command(
    ["job", "enable"], summary: "let a job's triggers fire again", needs: [.permission(.editJob)], parameters: [name],
    examples: [Example("netjob job enable nightly-backup", "let its triggers fire again")], seeAlso: ["job disable"]
  ) { context, arguments in
    try set(enabled: true, context, arguments)
  }

  static let disable = Command(
    ["job", "disable"], summary: "keep a job's triggers from firing", needs: [.permission(.editJob)], parameters: [name],
    examples: [Example("netjob job disable nightly-backup", "keep its triggers from firing")],
    seeAlso: ["job enable", "trigger disable"]
  ) { context, arguments in
    try set(enabled: false, context, arguments)
  }

  private static func set(enabled: Bool, _ context: Context, _ arguments: ParsedArguments) throws -> ExitStatus {
    let (before, view) = try context.store.change(as: context.caller) { change in
      let job = try JobQueries.find(change.sql, arguments[name])
      try change.setJob(job, enabled: enabled, zones: context.zones)
      return (job, try View(try JobQueries.find(change.sql, job.name), change.sql))
    }
    let state = enabled ? "enabled" : "disabled"
    context.show(.object(document(view, context))) {
      context.note("job '\(view.job.name)' \(before.isEnabled == enabled ? "is \(state) already" : state)")
    }
    return .done
  }

  static let copy = Command(
    ["job", "copy"], summary: "copy a job under another name",
    discussion: """
      The copy is yours, at revision 1, and has no triggers. Whoever had a hand in the job that was copied cannot approve the \
      copy either.
      """, needs: [.permission(.editJob)],
    parameters: [name, newName],
    examples: [Example("netjob job copy add-route add-route-2", "start a job from another one")], seeAlso: ["job edit"]
  ) { context, arguments in
    let view = try context.store.change(as: context.caller) { change in
      let job = try find(change.sql, arguments[name], context)
      var definition = job.definition
      // Secrets are sealed for their job: they are opened here and sealed again for the copy.
      let secrets = try JobQueries.secretParameters(job, keys: change.keys)
      definition.sealedParameters = [:]
      let copy = try change.createJob(
        name: arguments[newName], network: try NetworkQueries.get(change.sql, id: job.networkID), definition, secrets: secrets,
        changesDevices: job.changesDevices, copyOf: job)
      return try View(copy, change.sql)
    }
    context.show(.object(document(view, context))) {
      context.note("job '\(view.job.name)' created; it has no triggers")
    }
    return .done
  }

  static let delete = Command(
    ["job", "delete"], aliases: [["delete"]], summary: "delete a job with its triggers",
    discussion: "Its history, its approval log and the configurations that it stored stay.", needs: [.permission(.deleteJob)],
    parameters: [name, yes],
    examples: [
      Example("netjob job delete add-route --yes", "delete a job without being asked")
    ],
    exitCodes: [ExitCode(6, "the job is running")], seeAlso: ["job disable"]
  ) { context, arguments in
    let (id, title, triggers, document) = try context.store.read { sql -> (Int64, String, Int, JSONValue) in
      // One that cannot be read can only be deleted.
      if let job = try JobQueries.damaged(sql, arguments[name]) {
        try context.requireView(of: job.networkID, in: sql)
        let document: JSONValue = ["id": .integer(job.id), "name": .string(job.name), "network": .string(job.network)]
        return (job.id, job.name, try TriggerQueries.all(sql, job: job.id).count, document)
      }
      let job = try find(sql, arguments[name], context)
      let view = try View(job, sql)
      return (job.id, job.name, try TriggerQueries.all(sql, job: job.id).count, .object(Self.document(view, context)))
    }
    let what = triggers == 0 ? "" : triggers == 1 ? " and its trigger" : " and its \(triggers) triggers"
    try context.confirm("delete job '\(title)'\(what)?", yes: arguments[yes])
    try context.store.change(as: context.caller) { change in
      guard try change.deleteJob(id) else {
        throw ModelError(.notFound, "job '\(title)' was deleted by someone else meanwhile")
      }
    }
    context.show(document) { context.note("job '\(title)' deleted") }
    return .done
  }
}
