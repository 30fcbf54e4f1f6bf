package import JobModel
private import Scheduling
private import Terminal

/// The words of a notification: what happened in a line, and all that is known as a text.
package struct NotificationText: Equatable, Sendable {
  /// One line without control characters.
  package let headline: String
  /// Lines ended by `\n`; control characters of what people and devices wrote are made visible.
  package let body: String

  /// - Parameters:
  ///   - program: how people here call netjob.
  ///   - host: the machine that sends it.
  ///   - remark: a line of its own below the headline.
  package init(_ notice: Notice, program: String, host: String, remark: String? = nil) {
    headline = escapeControls(Self.headline(of: notice))
    var lines = [headline, ""]
    if let remark { lines += [escapeControls(remark), ""] }
    let facts = Self.facts(of: notice)
    let width = (facts.map { $0.label.count }.max() ?? 0) + 2
    for fact in facts {
      let value = escapeControls(fact.value)
      lines.append("  \(fact.label):" + String(repeating: " ", count: width - fact.label.count) + value)
    }
    if let message = notice.message, !message.isEmpty {
      lines.append("")
      for line in escapeControls(message, .block).split(separator: "\n", omittingEmptySubsequences: false) {
        lines.append(line.isEmpty ? "  |" : "  | \(line)")
      }
    }
    let commands = NextCommands.lines(for: notice, program: program)
    if !commands.isEmpty {
      lines += ["", "What you can run now:", ""]
      lines += commands.map { "    " + escapeControls($0) }
    }
    if let row = notice.auditRow, let head = notice.auditHead { lines += ["", "Head of the audit log: row \(row), \(head)"] }
    // The delimiter of a signature (RFC 3676, section 4.3) ends in a space.
    lines += ["", "-- ", "netjob on \(escapeControls(host))"]
    body = lines.joined(separator: "\n") + "\n"
  }

  private static func headline(of notice: Notice) -> String {
    let job = "job \(notice.job ?? "")"
    if let report = notice.report { return "report \(report) by \(job)" }
    switch notice.event {
    case .requested: return "approval of \(job) requested by \(notice.requestedBy ?? notice.actor)"
    case .approved:
      let count = notice.approvals?.count ?? 0
      let isEnough = notice.status == ApprovalStatus.approved.rawValue
      return "\(job) approved by \(notice.actor)" + (isEnough ? "" : " (\(count) of \(notice.required ?? count))")
    case .rejected: return "\(job) rejected by \(notice.actor)"
    case .commented: return "comment by \(notice.actor) on the request for \(job)"
    case .closed: return "request for \(job) closed"
    case .reset: return "request for \(job) taken back: what it asked for was changed"
    case .executed: return "\(job) started"
    case .completed: return "\(job) completed"
    case .failed: return "\(job) \(notice.status ?? "failed")"
    case .notApproved: return "\(job) not run: it is not approved"
    case .hostKeyChanged: return "host key of device \(notice.device ?? "") changed: the connection was refused"
    case .test: return "test"
    }
  }

  private static func facts(of notice: Notice) -> [(label: String, value: String)] {
    var facts: [(label: String, value: String)] = []
    func add(_ label: String, _ value: String?) {
      if let value, !value.isEmpty { facts.append((label, value)) }
    }
    add("Job", notice.job.map { job in notice.revision.map { "\(job), revision \($0)" } ?? job })
    add("Device", notice.device)
    add("Network", notice.network)
    add("Status", notice.status)
    add("By", notice.actor)
    add("Owner", notice.owner)
    add("Requested by", notice.requestedBy)
    if let approvals = notice.approvals, let required = notice.required {
      let names = approvals.isEmpty ? "" : ": \(approvals.joined(separator: ", "))"
      add("Approvals", "\(approvals.count) of \(required)\(names)")
    }
    add("Digest", notice.digest)
    add("Execution", notice.execution.map(String.init))
    add("Runs for", notice.runsFor)
    add("Trigger", notice.trigger)
    add("Scheduled", notice.scheduledTime?.rfc3339)
    if let total = notice.devicesTotal {
      let failed = notice.devicesFailed.map { $0 > 0 ? ", \($0) failed" : "" } ?? ""
      add("Devices", "\(total)\(failed)")
    }
    add("Time", notice.time.rfc3339)
    return facts
  }
}
