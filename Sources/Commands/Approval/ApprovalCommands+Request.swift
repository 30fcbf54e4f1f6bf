private import Arguments
private import JobModel
private import JobRunner
private import Scheduling
private import Storage
private import Terminal

extension ApprovalCommands {
  private static let job = Operand<String>("JOB", help: "the job's name or number", completion: .dynamic("job"))
  private static let message = RequiredOption<String>(
    "message", short: "m", valueName: "TEXT", help: "why; it stays in the approval log")
  private static let dryRun = Flag("dry-run", help: "show all that would be asked, and ask for nothing")
  private static let yes = Flag("yes", short: "y", help: "do not show what would be asked first, and do not ask back")

  static let request = Command(
    ["approval", "request"], summary: "ask for approval of a job",
    discussion: """
      Freezes what the job would do now: its definition, its tool, its triggers and the commands for each device. Any edit \
      takes the request back. Who asks, and who saved the job's revision, cannot approve it.

      At a terminal it first shows all of that, with the difference to what was approved last, and asks whether to go on; what \
      is then asked for is what was shown, or nothing. Elsewhere it does not ask; --dry-run shows the same.
      """,
    needs: [.permission(.editJob)], parameters: [job, message, dryRun, yes],
    examples: [
      Example("netjob approval request add-route -m 'Route to the new site, change 4711'", "ask for the approval of a job"),
      Example("netjob approval request add-route -m test --dry-run", "read what the approver would read"),
    ],
    exitCodes: [ExitCode(6, "it is requested already, the job needs no approval, or it changed while you looked at it")],
    seeAlso: ["approval show", "approval approve"]
  ) { context, arguments in
    let isAsked = context.output.isTerminal && context.input.isTerminal && !context.isJSON && !arguments[yes]
    var shown: String?
    if isAsked || arguments[dryRun] {
      let sheet = try rehearse(context, arguments)
      if arguments[dryRun] {
        try context.show(document(sheet, context)) { try context.page(text(sheet, context)) }
        return .done
      }
      try context.page(text(sheet, context))
      try context.confirm(
        "ask for approval of revision \(sheet.manifest.revision) of job '\(sheet.manifest.job)'?", yes: false)
      shown = sheet.request.digest
    }
    let keys = try context.store.keys()
    let sheet = try context.store.change(as: context.caller) { change in
      try RequestSheet(change.sql, make(change, context, arguments, shown: shown), keys: keys, context)
    }
    context.show(sheet.document(context)) {
      if !isAsked { context.output.write(ManifestText.render(sheet.manifest, .short)) }
      let view = sheet.view
      context.note("approval of job '\(view.request.job)' requested")
      if view.eligible.count < view.missing {
        warnOfMissingPeople(view, context)
      } else {
        let people = view.required == 1 ? "another user" : "\(view.required) other users"
        context.hint("\(people) can now run: netjob approval approve \(view.request.job) -m MESSAGE")
      }
    }
    return .done
  }

  private static func make(
    _ change: Change, _ context: Context, _ arguments: ParsedArguments, shown: String?
  ) throws -> ApprovalRequestRecord {
    let catalogs = context.catalogs
    let job = try JobQueries.find(change.sql, arguments[job])
    try context.requireView(of: job.networkID, in: change.sql)
    let plan = try JobPlan.make(change.sql, job: job, catalogs: catalogs, keys: change.keys, now: change.now)
    try plan.requireNoProblems()
    let manifest = try plan.manifest(change.sql, catalogs: catalogs, keys: change.keys)
    return try change.requestApproval(of: job, manifest, message: arguments[message], shownDigest: shown)
  }

  /// What a rehearsal came to; thrown, so that nothing of it stays.
  private struct Rehearsal: Error {
    let sheet: RequestSheet
  }

  /// The request as it would be, or the error with which it would be refused.
  private static func rehearse(_ context: Context, _ arguments: ParsedArguments) throws -> RequestSheet {
    let keys = try context.store.keys()
    do {
      try context.store.change(as: context.caller) { change -> Never in
        throw Rehearsal(
          sheet: try RequestSheet(change.sql, make(change, context, arguments, shown: nil), keys: keys, context))
      }
    } catch let rehearsal as Rehearsal {
      return rehearsal.sheet
    }
  }

  private static func document(_ sheet: RequestSheet, _ context: Context) -> JSONValue {
    let view = sheet.view
    return [
      "job": .string(view.request.job), "revision": .int(view.request.revision), "digest": .string(view.request.digest),
      "required": .int(view.required), "eligible": .strings(view.eligible), "manifest": RequestSheet.document(sheet.manifest),
      "fires": RequestSheet.document(sheet.fires),
      "lastApproved": .optional(sheet.approvedBefore.map { Int64($0.revision) }), "difference": .optional(sheet.difference),
    ]
  }

  private static func text(_ sheet: RequestSheet, _ context: Context) -> String {
    let view = sheet.view
    let who = view.eligible.isEmpty ? "and nobody may approve it" : "of \(names(view.eligible, most: 10))"
    let approvals = view.missing == 1 ? "1 approval" : "\(view.missing) approvals"
    var text = escapeControls("needs       \(approvals), \(who)") + "\n" + "digest      \(view.request.digest)\n"
    text += RequestSheet.text(sheet.fires, context) + "\n" + ManifestText.render(sheet.manifest, .whole)
    if let before = sheet.approvedBefore, let difference = sheet.difference {
      let approved = before.approvedAt ?? before.requestedAt
      text +=
        "\n"
        + context.output.style.apply(
          .heading, escapeControls("Difference to revision \(before.revision), approved \(approved.rfc3339)")) + "\n"
      text += difference.isEmpty ? "none\n" : escapeControls(difference, .block)
    }
    return text
  }
}
