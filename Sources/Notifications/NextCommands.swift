package import JobModel

/// What whoever is told of an event may want to run next: complete command lines, the likeliest first.
package enum NextCommands {
  /// - Parameter program: how people here call netjob, such as `sudo -u netjob netjob`.
  package static func lines(for notice: Notice, program: String = "netjob") -> [String] {
    words(for: notice).map { "\(program) \($0)" }
  }

  private static func words(for notice: Notice) -> [String] {
    let job = notice.job ?? ""
    let execution = notice.execution.map(String.init) ?? ""
    if notice.report != nil { return ["history report \(execution)", "history show \(execution)"] }
    switch notice.event {
    case .requested:
      var bound = notice.revision.map { " --revision \($0)" } ?? ""
      if let digest = notice.digest { bound += " --digest \(digest)" }
      return [
        "approval show \(job)", "approval approve \(job)\(bound) -m MESSAGE", "approval reject \(job)\(bound) -m MESSAGE",
        "approval comment \(job) -m MESSAGE",
      ]
    case .approved:
      return notice.status == ApprovalStatus.approved.rawValue
        ? ["job run \(job)", "upcoming", "approval show \(job)"] : ["approval show \(job)", "approval log \(job)"]
    case .rejected, .closed, .reset:
      return ["approval log \(job)", "job show \(job)", "approval request \(job) -m MESSAGE"]
    case .commented: return ["approval log \(job)", "approval show \(job)", "approval comment \(job) -m MESSAGE"]
    case .executed: return ["history show \(execution)", "cancel \(execution)"]
    case .completed, .failed: return ["history show \(execution)", "history output \(execution)"]
    case .notApproved: return ["approval log \(job)", "approval request \(job) -m MESSAGE"]
    case .hostKeyChanged:
      let device = notice.device ?? ""
      return ["device show \(device)", "device trust \(device) --scan"]
    case .test: return []
    }
  }
}
