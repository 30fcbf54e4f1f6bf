internal import DeviceCLI
internal import JobModel
internal import Reports
internal import Scheduling
internal import Storage
private import Transports

/// Sorts out what a discovery has found: which are one device by several addresses, which are known, which are new.
struct DiscoveryLedger: Sendable {
  private struct Row: Sendable {
    var address: String
    var port: Int
    var result: String
    var device: String?
    var platform: String?
    var hostname: String?
    var version: String?
    var credential: String?
    var note: String?
  }

  /// What makes two answers one device: the same host key and the same name; clones share their keys.
  private struct Identity: Hashable {
    var fingerprint: String
    var hostname: String
  }

  private let job: DiscoverJob
  private let claim: ExecutionClaim
  private let record: JobRecord
  private let known: [DeviceRecord]
  private var rows: [Row] = []
  private var names: [Identity: String] = [:]
  private(set) var counts: [String: Int] = [:]

  init(_ job: DiscoverJob, claim: ExecutionClaim, job record: JobRecord, known: [DeviceRecord]) {
    self.job = job
    self.claim = claim
    self.record = record
    self.known = known
  }

  /// Adds and notes devices, the known ones first, else in the order of their addresses.
  mutating func enter(_ findings: [DiscoveryFinding], _ change: Change) throws {
    let ordered = findings.map { (finding: $0, address: NetworkAddress($0.endpoint.host), known: device(at: $0)) }.sorted {
      ($0.known == nil ? 1 : 0, $0.address ?? NetworkAddress(ipv4: 0), $0.finding.endpoint.port)
        < ($1.known == nil ? 1 : 0, $1.address ?? NetworkAddress(ipv4: 0), $1.finding.endpoint.port)
    }
    for item in ordered { rows.append(try enter(item.finding, item.known, change)) }
    rows.sort { one, other in
      let (a, b) = (NetworkAddress(one.address), NetworkAddress(other.address))
      return (a ?? NetworkAddress(ipv4: 0), one.port) < (b ?? NetworkAddress(ipv4: 0), other.port)
    }
    for row in rows { counts[row.result, default: 0] += 1 }
  }

  /// The known device at the very endpoint.
  private func device(at finding: DiscoveryFinding) -> DeviceRecord? {
    known.first { $0.address == finding.endpoint.host && $0.port == Int(finding.endpoint.port) }
  }

  private mutating func enter(_ finding: DiscoveryFinding, _ atEndpoint: DeviceRecord?, _ change: Change) throws -> Row {
    var row = Row(address: finding.endpoint.host, port: Int(finding.endpoint.port), result: "")
    row.hostname = finding.systemName
    row.device = atEndpoint?.name
    switch finding.result {
    case .notEntered(let reason):
      row.result = "not-entered"
      row.note = reason
    case .unknown(let credential, let reason):
      row.result = "not-identified"
      row.credential = credential.name
      row.note = reason
    case .identified(let platform, let facts, let credential):
      row.platform = platform
      row.hostname = facts.hostname
      row.version = facts.version
      row.credential = credential.name
      guard let key = finding.hostKey else { break }
      let found = DiscoveredDevice(
        address: finding.endpoint.host, port: Int(finding.endpoint.port), platform: platform, keyType: key.algorithm,
        fingerprint: key.fingerprint, credentialID: credential.id, facts: facts, isLegacy: job.allowsLegacy, tags: job.tags)
      try settle(found, atEndpoint, &row, change)
    }
    return row
  }

  private mutating func settle(
    _ found: DiscoveredDevice, _ atEndpoint: DeviceRecord?, _ row: inout Row, _ change: Change
  ) throws {
    let hostname = found.facts.hostname?.lowercased() ?? ""
    let identity = Identity(fingerprint: found.fingerprint, hostname: hostname)
    if let name = names[identity] {
      row.result = "same-device"
      row.device = name
      row.note = "another address of \(name)"
      return
    }
    let met =
      atEndpoint
      ?? known.first { device in
        guard device.hostKeyFingerprint == found.fingerprint else { return false }
        return [device.hostname?.lowercased(), device.name.lowercased()].contains(hostname) || device.hostname == nil
      }
    if let met {
      names[identity] = met.name
      row.device = met.name
      row.result = "known"
      if met.platform != found.platform { row.note = "it is noted as \(met.platform) and looks like \(found.platform)" }
      if atEndpoint == nil { row.note = "another address of \(met.name), which is at \(met.address)" }
      if !job.isDryRun, try change.noteDiscovered(claim, met, found, for: record) { row.result = "updated" }
      return
    }
    var choices = [found.address.replacing(":", with: "-")]
    if let own = found.facts.hostname { choices = [own, "\(own)-\(choices[0])"] + choices }
    // Networks may use the same private addresses and host names.
    choices += choices.map { "\($0)-\(record.network)" }
    if job.isDryRun {
      row.result = "would-add"
      row.device = choices[0]
    } else {
      row.device = try change.addDiscovered(claim, found, names: choices, for: record)
      row.result = row.device == nil ? "not-added" : "added"
      if row.device == nil { row.note = "other devices have its names: \(choices.joined(separator: ", "))" }
    }
    names[identity] = row.device
  }

  // MARK: What is told

  func table(now: Timestamp, addresses: String) -> ReportTable {
    var table = ReportTable(
      title: "Discovery",
      facts: [
        (name: "Network", value: record.network), (name: "Made", value: now.rfc3339), (name: "By job", value: record.name),
        (name: "Ranges", value: addresses),
      ],
      columns: [
        .init("address", "Address"), .init("port", "Port"), .init("result", "Result"), .init("device", "Device"),
        .init("platform", "Platform"), .init("hostname", "Hostname"), .init("version", "Version"),
        .init("credential", "Credential"), .init("note", "Note"),
      ])
    for row in rows {
      table.append([
        .text(row.address), .number(Int64(row.port)), .text(row.result), .init(row.device), .init(row.platform),
        .init(row.hostname), .init(row.version), .init(row.credential), .init(row.note),
      ])
    }
    table.charts = [table.bars("Answers by result", of: "result", [.init("answers", .plain, nil)])]
    return table
  }

  /// - Parameters:
  ///   - looked: how many endpoints were looked at.
  ///   - suspended: credentials that were tried no more.
  func summary(looked: Int, suspended: [String]) -> String {
    var words = ["\(looked) looked at, \(rows.count) answer\(rows.count == 1 ? "s" : "")"]
    for (result, word) in [
      ("added", "added"), ("would-add", "would be added"), ("not-added", "not added, as their names are taken"),
      ("updated", "updated"), ("known", "known"),
      ("same-device", "further addresses of one device"), ("not-identified", "not identified"),
      ("not-entered", "not logged in to"),
    ] {
      if let count = counts[result] { words.append("\(count) \(word)") }
    }
    var text = words.joined(separator: ", ")
    if !suspended.isEmpty {
      text += "; refused too often and not tried any more: \(suspended.joined(separator: ", "))"
    }
    return text
  }
}
