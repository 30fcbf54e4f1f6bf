private import Arguments
private import JobModel
private import JobRunner
private import Storage
private import Terminal

extension ApprovalCommands {
  private static let job = Operand<String>("JOB", help: "the job's name or number", completion: .dynamic("job"))
  private static let message = RequiredOption<String>(
    "message", short: "m", valueName: "TEXT", help: "why; it stays in the approval log")

  static let request = Command(
    ["approval", "request"], summary: "ask for approval of a job",
    discussion: """
      Freezes what the job would do now: its definition, its tool, its triggers and the commands for each device. Any edit \
      takes the request back. Who asks, and who saved the job's revision, cannot approve it.
      """,
    needs: [.permission(.editJob)], parameters: [job, message],
    examples: [
      Example("netjob approval request add-route -m 'Route to the new site, change 4711'", "ask for the approval of a job")
    ],
    exitCodes: [ExitCode(6, "it is requested already, or the job needs no approval")],
    seeAlso: ["approval show", "approval approve"]
  ) { context, arguments in
    let catalogs = context.catalogs
    let (view, manifest) = try context.store.change(as: context.caller) { change in
      let job = try JobQueries.find(change.sql, arguments[job])
      try context.requireView(of: job.networkID, in: change.sql)
      let plan = try JobPlan.make(change.sql, job: job, catalogs: catalogs, keys: change.keys, now: change.now)
      try plan.requireNoProblems()
      let manifest = try plan.manifest(change.sql, catalogs: catalogs, keys: change.keys)
      let request = try change.requestApproval(of: job, manifest, message: arguments[message])
      return (View(request: request, required: try SettingQueries.requiredApprovals(change.sql)), manifest)
    }
    context.show(.object(document(view, context))) {
      context.output.write(ManifestText.render(manifest, .short))
      let people = view.required == 1 ? "another user" : "\(view.required) other users"
      context.note("approval of job '\(view.request.job)' requested")
      context.hint("\(people) can now run: netjob approval approve \(view.request.job) -m MESSAGE")
    }
    return .done
  }
}
