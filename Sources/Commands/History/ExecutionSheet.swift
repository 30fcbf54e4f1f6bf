internal import JobModel
private import JobRunner
internal import Reports
private import Scheduling
internal import Storage
private import Terminal

/// An execution on one page, for a ticket: what was run, why it was allowed, and what became of each device.
///
/// Secrets are hidden whoever asks for it.
struct ExecutionSheet {
  private struct Device {
    let record: ExecutionDeviceRecord
    let differences: [HistoryCommands.Part]
    let output: String?
  }

  private let execution: ExecutionRecord
  private let devices: [Device]
  /// Nil where the job is gone.
  private let revision: JobQueries.Revision?
  private let request: ApprovalRequestRecord?
  private let log: [ApprovalLogRecord]

  /// - Parameter execution: one that the caller may see.
  init(_ sql: any SQLConnection, _ execution: ExecutionRecord, _ context: Context) throws {
    self.execution = execution
    let mask = ConfigurationMask(forOthers: context)
    devices = try ExecutionQueries.devices(sql, of: execution.id).map { record in
      Device(
        record: record, differences: try HistoryCommands.differences(sql, of: record, in: execution, mask),
        output: try record.output.map {
          try mask.transcript(try Blobs.get(sql, $0), device: record.deviceID, network: execution.networkID, in: sql)
        })
    }
    revision = try JobQueries.revision(sql, of: execution.jobID, execution.revision).map { revision in
      // Whichever device a line was for.
      func hidden(_ values: [String: String]) throws -> [String: String] {
        try values.mapValues { try mask.masked($0, device: nil, in: sql) }
      }
      var revision = revision
      revision.definition.parameters = try hidden(revision.definition.parameters)
      revision.definition.values = try revision.definition.values.mapValues(hidden)
      return revision
    }
    request = try execution.requestID.flatMap { try ApprovalQueries.get(sql, id: $0) }
    log = try execution.requestID.map { try ApprovalQueries.log(sql, request: $0) } ?? []
  }

  func page(_ context: Context) -> HTMLDocument {
    let title = "Execution \(execution.id): \(execution.job)"
    var body: [HTMLNode] = [.element(.h1, title)]
    body += doubts
    body.append(.terms(summary(context)))
    body += overview
    body += approval
    body += definition
    if !devices.isEmpty { body += section("Devices (\(devices.count))", [table]) }
    let changed = devices.filter { device in device.differences.contains { !$0.difference.text.isEmpty } }
    if !changed.isEmpty { body += section("Changes of configurations", changed.flatMap(differences)) }
    let answered = devices.filter { $0.output?.isEmpty == false }
    if !answered.isEmpty { body += section("Output", answered.map(output)) }
    return HTMLDocument(title: title, body: body)
  }

  private func section(_ title: String, _ content: [HTMLNode]) -> [HTMLNode] { [.element(.h2, title)] + content }

  /// What a person must look at before anything else.
  private var doubts: [HTMLNode] {
    let lines = devices.filter { $0.record.status == .inDoubt }.map { device in
      "In doubt: nobody knows how far the change of \(device.record.name) got"
        + (device.record.lastCommand.map { "; the last command on its way was: \($0)" } ?? "")
    }
    return lines.isEmpty ? [] : [.element(.div, style: "warning", lines.map { .element(.p, $0) })]
  }

  private func summary(_ context: Context) -> [(term: String, description: HTMLNode)] {
    func time(_ time: Timestamp?) -> HTMLNode { .element(.span, style: "time", time?.rfc3339 ?? "-") }
    var rows: [(String, HTMLNode)] = [
      ("Status", .word(execution.status.rawValue, execution.status.tone)),
      ("Summary", .text(execution.summary.isEmpty ? "-" : execution.summary)),
      ("Job", .text("\(execution.job), revision \(execution.revision)")),
      ("Type", .text(execution.type.rawValue + (execution.changesDevices ? ", changes devices" : ", changes no device"))),
      ("Network", .text(execution.network)), ("Ran for", .text(execution.user)),
      ("Trigger", .text(execution.trigger ?? "none: it was run by hand")),
    ]
    if let due = execution.scheduledTime { rows.append(("Due", time(due))) }
    rows.append(("Started", time(execution.startTime)))
    if let end = execution.endTime {
      rows.append(("Ended", .text("\(end.rfc3339), after \(Self.duration(from: execution.startTime, to: end))")))
    } else {
      rows.append(("Ended", .text("-")))
    }
    rows.append(("Devices", .text("\(execution.devicesTotal), \(execution.devicesFailed) failed")))
    rows.append(("Printed", .text("\(context.clock().rfc3339) by \(context.caller.name), netjob")))
    return rows.map { (term: $0.0, description: $0.1) }
  }

  /// A picture where the table is too long to be taken in at a glance.
  private var overview: [HTMLNode] {
    guard devices.count > 5 else { return [] }
    let statuses = DeviceStatus.allCases.filter { status in devices.contains { $0.record.status == status } }
    guard statuses.count > 1 else { return [] }
    let counts = statuses.map { status in devices.count { $0.record.status == status } }
    let series = statuses.map { Chart.Series($0.rawValue, $0.tone) }
    return section(
      "Overview",
      [.chart(Chart(title: "Devices by result", form: .bars, series: series, groups: [Chart.Group("devices", counts)]))])
  }

  private var approval: [HTMLNode] {
    guard let request else {
      return execution.changesDevices ? section("Approval", [.element(.p, "No request allowed this execution.")]) : []
    }
    let people = request.approvals.isEmpty ? "nobody" : request.approvals.joined(separator: ", ")
    let messages = log.map { line -> [HTMLNode] in
      [
        .element(.span, style: "time", line.time.rfc3339), .text(line.user), .text(line.event),
        .element(.div, style: "message", [.lines(line.message)]),
      ]
    }
    return section(
      "Approval",
      [
        .terms([
          ("Request", .text("\(request.id), of revision \(request.revision)")),
          ("Asked by", .text("\(request.requestedBy), \(request.requestedAt.rfc3339)")),
          ("Approved by", .text(people + (request.approvedAt.map { ", \($0.rfc3339)" } ?? ""))),
          ("Digest", .element(.code, request.digest)),
        ]), .element(.h3, "Messages"), .table(["Time", "User", "Event", "Message"], messages),
      ])
  }

  private var definition: [HTMLNode] {
    guard let revision else { return [] }
    let definition = revision.definition
    var terms: [(term: String, description: HTMLNode)] = []
    if let tool = definition.tool { terms.append(("Tool", .text(tool))) }
    if let agent = definition.agent { terms.append(("Agent", .text(agent))) }
    if let report = definition.report { terms.append(("Report", .text(report))) }
    if !definition.comment.isEmpty { terms.append(("Comment", .element(.div, style: "message", [.lines(definition.comment)]))) }
    if execution.type.hasTargets { terms.append(("Targets", .text(definition.targets.sentence))) }
    terms += RequestSheet.terms(definition, secrets: definition.sealedParameters.keys)
    terms.append(("Saved by", .text("\(revision.savedBy), \(revision.savedAt.rfc3339)")))
    return section("Job, as it was then", [.terms(terms)])
  }

  private var table: HTMLNode {
    .table(
      ["Device", "Address", "Status", "Changed", "Time", "Result"],
      devices.map { device in
        let record = device.record
        var taken = "-"
        if let start = record.startTime, let end = record.endTime {
          taken = Self.duration(from: start, to: end)
        }
        return [
          .text(record.name), .text(record.address), .word(record.status.rawValue, record.status.tone),
          .text(record.changed ? "yes" : "no"), .element(.span, style: "time", taken),
          record.error.map { .element(.div, style: "message", [.lines($0)]) } ?? .text(record.summary),
        ]
      })
  }

  private static func duration(from start: Timestamp, to end: Timestamp) -> String {
    let seconds = end.milliseconds(since: start) / 1000
    return seconds < 1 ? "less than 1s" : DurationText.text(seconds: seconds)
  }

  private func differences(of device: Device) -> [HTMLNode] {
    device.differences.filter { !$0.difference.text.isEmpty }.flatMap { part -> [HTMLNode] in
      [
        .element(
          .h3, "\(device.record.name), \(part.kind): \(part.difference.added) added, \(part.difference.removed) removed"),
        .difference(part.difference.text),
      ]
    }
  }

  private func output(of device: Device) -> HTMLNode {
    .element(.section, [.element(.h3, device.record.name), .preformatted(device.output ?? "")])
  }
}
