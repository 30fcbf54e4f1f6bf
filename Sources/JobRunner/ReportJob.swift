internal import JobModel
private import Reports
internal import Scheduling
package import Storage
private import Terminal
internal import ToolCatalog

/// Makes a report of what is stored of the job's network, for whom the job runs.
package struct ReportJob: WholeTask {
  /// No report has more rows.
  private static let rowLimit = 100_000
  static let standardSince = "30d"

  static let parameters = [
    ToolParameter(
      "format", .choice, default: .text(ReportFormat.html.rawValue), choices: ReportFormat.allCases.map(\.rawValue),
      help: "The form: a page (html), a table for spreadsheets (csv), json, or text"),
    ToolParameter(
      "since", .string, default: .text(standardSince),
      help: "How far reports look back that tell of a time: 24h, 30d, 1w"),
    ToolParameter("search", .string, help: "Only of devices that match this search expression"),
    ToolParameter(
      "mail-to", .string, example: "alice,noc@example.net",
      help: "Whom it is mailed to, as an attachment: names of users and mail addresses, with commas between them"),
  ]

  let kind: ReportKind
  let format: ReportFormat
  let seconds: Int64
  let search: String?
  /// Names of users and mail addresses.
  let recipients: [String]

  init(_ job: JobRecord) throws {
    guard let name = job.definition.report, let kind = ReportKind(rawValue: name) else {
      throw ModelError(.invalid, "job '\(job.name)' names no report")
    }
    self.kind = kind
    let values: ToolValues
    do {
      values = try ParameterSet(owner: "a job of type report", Self.parameters).validate(parameters: job.definition.parameters)
    } catch {
      throw ModelError(.invalid, error.message, hint: error.hint)
    }
    format = ReportFormat(rawValue: values.texts["format"] ?? "") ?? .html
    do {
      seconds = try DurationText.seconds(values.texts["since"] ?? Self.standardSince)
    } catch {
      throw ModelError(.invalid, "parameter 'since': \(error.message)")
    }
    search = values.texts["search"]
    recipients = try Self.recipients(values.texts["mail-to"] ?? "")
  }

  private static func recipients(_ text: String) throws -> [String] {
    let recipients = text.split { $0 == "," || $0 == " " }.map(String.init)
    for recipient in recipients {
      do throws(ModelError) {
        if recipient.contains("@") { try MailAddress.check(recipient) } else { try TextRule.name(recipient, of: "user") }
      } catch {
        throw ModelError(.invalid, "parameter 'mail-to': \(error.message)", hint: error.hint)
      }
    }
    if let twice = Dictionary(grouping: recipients, by: { $0 }).first(where: { $0.value.count > 1 }) {
      throw ModelError(.invalid, "parameter 'mail-to' names '\(twice.key)' twice")
    }
    return recipients
  }

  /// Checks the parameters of a job that is to be saved, the people it is mailed to included.
  /// - Throws: `.invalid`.
  package static func checkRecipients(_ parameters: [String: String], _ sql: any SQLConnection) throws {
    for name in try recipients(parameters["mail-to"] ?? "") where !name.contains("@") {
      guard let row = try sql.row("SELECT mail FROM account WHERE name = ?", name) else {
        throw ModelError(.invalid, "parameter 'mail-to': there is no user '\(name)'", hint: "netjob user list shows them")
      }
      if try row.optionalText("mail") == nil {
        throw ModelError(
          .invalid, "parameter 'mail-to': user '\(name)' has no mail address", hint: "netjob user edit \(name) --mail ADDRESS")
      }
    }
  }

  var steps: [String] {
    let report = "report '\(kind.rawValue)' as \(format.rawValue)" + (kind.looksBack ? ", of the last \(seconds) seconds" : "")
    return [report] + (recipients.isEmpty ? [] : ["mail it to \(recipients.joined(separator: ", "))"])
  }

  func run(_ run: WholeRun) async throws -> WholeOutcome {
    let job = run.job
    let table = try await run.store.readAsync { [claim = run.claim] sql in
      let execution = try ExecutionQueries.find(sql, claim.id)
      // What is in the report is what they may see for whom it runs.
      guard try AccountQueries.rights(sql, of: execution.user).allows(.view, network: job.networkID) else {
        throw ModelError(.notPermitted, "user '\(execution.user)' may not see network '\(job.network)'")
      }
      return try makeTable(sql, job, now: run.store.clock())
    }
    let text =
      switch format {
      case .html: table.html
      case .csv: table.csv
      case .json: table.json
      case .text: table.text
      }
    let problems = try await run.store.changeAsync(as: run.caller) { [claim = run.claim, kind, format, recipients] change in
      try change.keepReport(claim, kind.rawValue, format, text: text, mailTo: recipients)
    }
    let count = table.rows.count
    var summary = "\(kind.rawValue), \(count) row\(count == 1 ? "" : "s"), \(format.rawValue)"
    let mailed = recipients.count - problems.count
    if mailed > 0 { summary += "; mailed to \(mailed)" }
    if !problems.isEmpty { summary += "; not mailed to \(problems.joined(separator: ", "))" }
    return WholeOutcome(isSucceeded: problems.isEmpty, summary: summary)
  }

  // MARK: Rows

  private func makeTable(_ sql: any SQLConnection, _ job: JobRecord, now: Timestamp) throws -> ReportTable {
    let since = now.adding(seconds: -seconds)
    var facts = [("Network", job.network), ("Made", now.rfc3339), ("By job", job.name)]
    if kind.looksBack { facts.append(("Since", since.rfc3339)) }
    if let search { facts.append(("Search", search)) }
    let targets: TargetSpecification = search.map { .search($0) } ?? .allDevices
    // Disabled devices are the network's too, where nobody searches.
    let devices =
      search == nil
      ? try DeviceQueries.all(sql, network: job.networkID)
      : try DeviceQueries.resolve(sql, targets, network: job.networkID, now: now).devices
    var table = ReportTable(title: kind.title, facts: facts.map { (name: $0.0, value: $0.1) }, columns: Self.columns(of: kind))
    try fill(&table, sql, job, devices, since)
    table.charts = charts(of: table, since: since, now: now)
    return table
  }

  private static func columns(of kind: ReportKind) -> [ReportTable.Column] {
    let pairs: [(String, String)] =
      switch kind {
      case .inventory:
        [
          ("name", "Name"), ("address", "Address"), ("platform", "Platform"), ("vendor", "Vendor"), ("model", "Model"),
          ("version", "Version"), ("serial", "Serial"), ("tags", "Tags"), ("status", "Status"), ("enabled", "Enabled"),
          ("lastSeen", "Last seen"),
        ]
      case .backupSummary:
        [
          ("device", "Device"), ("platform", "Platform"), ("lastBackup", "Last backup"), ("result", "Result"),
          ("revision", "Revision"), ("changed", "Last change"), ("error", "Error"),
        ]
      case .configChanges:
        [
          ("time", "Time"), ("device", "Device"), ("kind", "Kind"), ("revision", "Revision"), ("added", "Added"),
          ("removed", "Removed"), ("execution", "Execution"), ("user", "User"),
        ]
      case .jobHistory:
        [
          ("execution", "Execution"), ("job", "Job"), ("type", "Type"), ("startTime", "Started"), ("endTime", "Ended"),
          ("user", "User"), ("status", "Status"), ("devicesTotal", "Devices"), ("devicesFailed", "Failed"),
          ("summary", "Summary"),
        ]
      case .approvalAudit:
        [
          ("time", "Time"), ("job", "Job"), ("revision", "Revision"), ("request", "Request"), ("user", "User"),
          ("event", "Event"),
          ("message", "Message"),
        ]
      case .credentialsUsed:
        [
          ("device", "Device"), ("address", "Address"), ("credential", "Own credential"), ("lastUsed", "Last accepted"),
          ("lastSeen", "Last seen"),
        ]
      case .neighbors:
        [
          ("device", "Device"), ("protocol", "Protocol"), ("localInterface", "Interface"), ("neighbor", "Neighbor"),
          ("neighborInterface", "Neighbor interface"), ("address", "Address"), ("state", "State"), ("present", "Present"),
          ("firstSeen", "First seen"),
          ("lastSeen", "Last seen"),
        ]
      case .unsavedChanges: [("device", "Device"), ("address", "Address"), ("platform", "Platform"), ("lastSeen", "Last seen")]
      }
    return pairs.map { ReportTable.Column($0.0, $0.1) }
  }

  private func fill(
    _ table: inout ReportTable, _ sql: any SQLConnection, _ job: JobRecord, _ devices: [DeviceRecord], _ since: Timestamp
  ) throws {
    func time(_ time: Timestamp?) -> ReportTable.Value { time.map { .time($0.rfc3339) } ?? .none }
    let names = search.map { _ in Set(devices.map(\.name)) }
    func isWanted(_ device: String) -> Bool { names?.contains(device) ?? true }
    switch kind {
    case .inventory:
      for device in devices {
        table.append([
          .text(device.name), .text(device.address), .text(device.platform), .init(device.vendor), .init(device.model),
          .init(device.version), .init(device.serial), .text(device.tags.joined(separator: " ")),
          .status(device.status.rawValue, Self.tone(device.status)),
          .flag(device.isEnabled), time(device.lastSeen),
        ])
      }
    case .backupSummary:
      let last = try ReportQueries.lastBackups(sql, network: job.networkID)
      for device in devices {
        let newest = try ConfigQueries.latest(sql, deviceID: device.id, kind: .running)?.record
        let backup = last[device.id]
        table.append([
          .text(device.name), .text(device.platform), time(backup?.time),
          backup.map { .status($0.status.rawValue, $0.status.tone) } ?? .status(Self.never, .muted),
          newest.map { .number(Int64($0.revision)) } ?? .none, time(newest?.time), .init(backup?.error),
        ])
      }
    case .configChanges:
      for (revision, user) in try ReportQueries.configChanges(sql, network: job.networkID, since: since, limit: Self.rowLimit)
      where isWanted(revision.device) {
        table.append([
          time(revision.time), .text(revision.device), .text(revision.kind.rawValue), .number(Int64(revision.revision)),
          .number(Int64(revision.added)), .number(Int64(revision.removed)), revision.executionID.map { .number($0) } ?? .none,
          .init(user),
        ])
      }
    case .jobHistory:
      var filter = ExecutionQueries.Filter()
      filter.visible = [job.networkID]
      filter.since = since
      filter.limit = Self.rowLimit
      for execution in try ExecutionQueries.list(sql, filter) {
        table.append([
          .number(execution.id), .text(execution.job), .text(execution.type.rawValue), time(execution.startTime),
          time(execution.endTime), .text(execution.user),
          .status(execution.status.rawValue, execution.status.tone),
          .number(Int64(execution.devicesTotal)), .number(Int64(execution.devicesFailed)), .text(execution.summary),
        ])
      }
    case .approvalAudit:
      for entry in try ReportQueries.approvals(sql, network: job.network, since: since, limit: Self.rowLimit) {
        table.append([
          time(entry.time), .text(entry.job), .number(Int64(entry.revision)), entry.request.map { .number($0) } ?? .none,
          .text(entry.user), .status(entry.event, Self.tone(ofEvent: entry.event)), .text(entry.message),
        ])
      }
    case .credentialsUsed:
      let credentials = Dictionary(
        try CredentialQueries.all(sql).map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
      for device in devices {
        table.append([
          .text(device.name), .text(device.address), .init(device.credential),
          .init(device.lastCredentialID.flatMap { credentials[$0] }), time(device.lastSeen),
        ])
      }
    case .neighbors:
      let records = try NeighborQueries.all(sql).filter { $0.networkID == job.networkID && isWanted($0.device) }
      table.map = try Self.map(of: records, devices) { try OwnAddresses.all(sql, of: devices) }
      for record in records {
        let sighting = record.sighting
        table.append([
          .text(record.device), .text(record.protocolName), .init(sighting.localInterface),
          .init(sighting.name ?? sighting.routerID),
          .init(sighting.neighborInterface), .init(sighting.address), .init(sighting.state), .flag(record.isPresent),
          time(record.firstSeen),
          time(record.lastSeen),
        ])
      }
    case .unsavedChanges:
      for device in devices where device.isUnsaved {
        table.append([.text(device.name), .text(device.address), .text(device.platform), time(device.lastSeen)])
      }
    }
  }
}
