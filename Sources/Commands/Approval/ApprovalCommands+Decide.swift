private import Arguments
private import JobModel
private import JobRunner
private import Storage
private import Terminal

extension ApprovalCommands {
  private static let job = Operand<String>("JOB", help: "the job's name or number", completion: .dynamic("job"))
  private static let message = RequiredOption<String>(
    "message", short: "m", valueName: "TEXT", help: "why; it stays in the approval log")
  private static let revision = Option<Int>(
    "revision", valueName: "N", help: "refuse when the job or its request is at another revision (for scripts)",
    conversion: .integer(in: 1...Int.max))
  private static let digest = Option<String>(
    "digest", valueName: "SHA256:...", help: "refuse when something else is asked than what has this digest (for scripts)")
  private static let yes = Flag("yes", short: "y", help: "do not show what is asked, and do not ask")

  static let approve = Command(
    ["approval", "approve"], summary: "approve what is asked for",
    discussion: """
      At a terminal it shows what is asked and approves exactly that: when it moves meanwhile, the approval is refused. Who asked \
      for it, or had a hand in its revisions or triggers since it was approved last, cannot approve it. A script says with --digest \
      what it read. When enough people approved, the job may run once.
      """,
    needs: [.permission(.approveToolJob)], parameters: [job, message, revision, digest, yes],
    examples: [
      Example("netjob approval approve add-route -m 'Checked with the site'", "approve what is asked, after seeing it"),
      Example("netjob approval approve add-route --revision 3 -m ok", "approve revision 3 and nothing else, from a script"),
    ],
    exitCodes: [ExitCode(6, "there is no open request, it moved meanwhile, or you approved it already")],
    seeAlso: ["approval show", "approval reject"]
  ) { context, arguments in
    let isAsked =
      context.output.isTerminal && context.input.isTerminal && !context.isJSON && !arguments[yes]
      && !arguments.isGiven(revision) && !arguments.isGiven(digest)
    var shown: Int64?
    if isAsked {
      let keys = try context.store.keys()
      let sheet = try context.store.read { sql in
        let job = try JobQueries.find(sql, arguments[job])
        try context.requireView(of: job.networkID, in: sql)
        return try RequestSheet(sql, try latest(sql, of: job), keys: keys, context)
      }
      let request = sheet.request
      if request.status == .requested {
        try context.page(sheet.text(context))
        try context.confirm("approve revision \(request.revision) of job '\(request.job)'?", yes: false)
        shown = request.id
      }
    }
    return try decide(
      .approve, context, arguments, revision: arguments[revision], digest: arguments[digest], shown: shown)
  }

  static let reject = Command(
    ["approval", "reject"], summary: "reject what is asked for, or withdraw an approval",
    needs: [.permission(.approveToolJob)], parameters: [job, message, revision, digest],
    examples: [Example("netjob approval reject add-route -m 'Not before Monday'", "reject a request, saying why")],
    exitCodes: [ExitCode(6, "there is no request to reject, or it moved meanwhile")], seeAlso: ["approval approve"]
  ) { context, arguments in
    try decide(.reject, context, arguments, revision: arguments[revision], digest: arguments[digest], shown: nil)
  }

  static let comment = Command(
    ["approval", "comment"], summary: "add a message to a request", needs: [.oneOf([.approveToolJob, .editJob])],
    parameters: [job, message],
    examples: [Example("netjob approval comment add-route -m 'Which site is it?'", "ask the applicant something")],
    seeAlso: ["approval log"]
  ) { context, arguments in
    try decide(.comment, context, arguments, revision: nil, shown: nil)
  }

  static let close = Command(
    ["approval", "close"], summary: "take a request back",
    discussion: "Its requester can, and an administrator. The job then needs a new request.", needs: [.database],
    parameters: [job, message],
    examples: [Example("netjob approval close add-route -m 'No longer wanted'", "take one's own request back")],
    seeAlso: ["approval request"]
  ) { context, arguments in
    try decide(.close, context, arguments, revision: nil, shown: nil)
  }

  private static func decide(
    _ event: ApprovalEvent, _ context: Context, _ arguments: ParsedArguments, revision: Int?, digest: String? = nil, shown: Int64?
  ) throws -> ExitStatus {
    let catalogs = context.catalogs
    let decision: Decision = try context.store.change(as: context.caller) { change in
      let job = try JobQueries.find(change.sql, arguments[job])
      try context.requireView(of: job.networkID, in: change.sql)
      if event == .approve, let reasons = try resetIfStale(change, job, catalogs) { return .stale(job, reasons) }
      let request = try change.decide(
        event, on: job, message: arguments[message], revision: revision, digest: digest, shownRequest: shown)
      let triggers = try TriggerQueries.all(change.sql, job: job.id)
      var reader = try RequestReader(change.sql)
      return .made(
        try reader.view(request), hasTriggers: triggers.contains { $0.nextFire != nil })
    }
    let view: View
    let hasTriggers: Bool
    switch decision {
    case .made(let made, let has): (view, hasTriggers) = (made, has)
    // Thrown here and not inside: the reset has to stay.
    case .stale(let job, let reasons):
      throw ModelError(
        .conflict, "what was asked for would not run any more: \(reasons.joined(separator: "; "))",
        hint: "it is back to not-requested; netjob approval request \(job.name) -m MESSAGE asks for what would run now")
    }
    context.show(.object(document(view, context))) { tell(event, view, hasTriggers: hasTriggers, context) }
    return .done
  }

  /// What became of a wish to decide.
  private enum Decision: Sendable {
    case made(View, hasTriggers: Bool)
    /// The request was put back, and why.
    case stale(JobRecord, [String])
  }

  /// Puts a request back whose tool, platform or devices were changed behind it: nobody can approve what would not run.
  /// - Returns: why; nil where the request still asks for what would run.
  private static func resetIfStale(_ change: Change, _ job: JobRecord, _ catalogs: Catalogs) throws -> [String]? {
    try change.require(.approveToolJob, network: job.networkID)
    guard let latest = try ApprovalQueries.latest(change.sql, job: job.id).first else { return nil }
    let reasons = try ApprovalGate.drift(
      change.sql, job: job, request: latest, catalogs: catalogs, keys: change.keys, now: change.now
    ).changes
    if reasons.isEmpty { return nil }
    try change.resetApproval(of: job.id, because: reasons.joined(separator: "; "))
    return reasons
  }

  /// Says that there are not enough people for the request.
  static func warnOfMissingPeople(_ view: View, _ context: Context) {
    let who = view.eligible.isEmpty ? "nobody" : "only \(names(view.eligible))"
    context.warn(
      "\(view.missing) more \(view.missing == 1 ? "user has" : "users have") to approve it, and \(who) may: whoever asked or "
        + "saved it does not count")
    context.hint("an administrator can run: netjob user grant USER approver")
  }

  /// What was done, and what comes next.
  private static func tell(_ event: ApprovalEvent, _ view: View, hasTriggers: Bool, _ context: Context) {
    let request = view.request
    let what = "revision \(request.revision) of job '\(request.job)'"
    switch (event, request.status) {
    case (.approve, .approved):
      context.note("\(what) is approved, for one execution")
      context.hint(
        hasTriggers
          ? "netjob run-due fires it when its trigger is due; netjob job run \(request.job) runs it now"
          : "netjob job run \(request.job) runs it")
    case (.approve, _):
      context.note("\(what) is approved by \(request.approvals.count - view.lapsed.count) of \(view.required)")
      if view.eligible.count < view.missing {
        warnOfMissingPeople(view, context)
      } else {
        context.hint("another user can run: netjob approval approve \(request.job) -m MESSAGE")
      }
    case (.reject, _):
      context.note("\(what) is rejected")
      context.hint("netjob approval request \(request.job) -m MESSAGE asks again, after an edit or without")
    case (.close, _): context.note("the request for \(what) is closed")
    default: context.note("the message is in the log: netjob approval log \(request.job)")
    }
  }
}
