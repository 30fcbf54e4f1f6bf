package import JobModel
package import Scheduling

/// A device, as stored.
package struct DeviceRecord: Equatable, Sendable {
  package enum Status: String, Sendable, CaseIterable { case unknown, up, down }

  package var id: Int64
  package var name: String
  package var address: String
  package var port: Int
  package var platform: String
  package var networkID: Int64
  package var network: String
  package var credentialID: Int64?
  package var credential: String?
  package var lastCredentialID: Int64?
  package var isEnabled: Bool
  /// Old algorithms are allowed for it.
  package var isLegacy: Bool
  package var comment: String
  package var fields: [String: String]
  package var tags: [String]
  package var hostKeyType: String?
  package var hostKeyFingerprint: String?
  package var hostname: String?
  package var vendor: String?
  package var model: String?
  package var version: String?
  package var serial: String?
  package var status: Status
  /// The running configuration differed from the startup configuration when last compared.
  package var isUnsaved: Bool
  package var lastSeen: Timestamp?
  /// When its configuration was last seen to have changed.
  package var changedAt: Timestamp?
  /// Its own transport; nil takes its network's.
  package var transport: TransportKind?
  package var timeouts: SessionTimeouts

  /// - Throws: `.corrupt` for what netjob did not write.
  fileprivate static func fields(_ row: SQLRow, of owner: String) throws -> [String: String] {
    do {
      return try CanonicalJSON.value([String: String].self, from: try row.text("fields"))
    } catch is DecodingError {
      throw StorageError(
        .corrupt, "the custom fields of \(owner) in the database are not as netjob writes them",
        hint: "netjob db check shows more; restore the database from a backup")
    }
  }

  init(_ row: SQLRow) throws {
    id = try row.int64("id")
    name = try row.text("name")
    address = try row.text("address")
    port = try row.int("port")
    platform = try row.text("platform")
    networkID = try row.int64("network_id")
    network = try row.text("network")
    credentialID = try row.optionalInt64("credential_id")
    credential = try row.optionalText("credential")
    lastCredentialID = try row.optionalInt64("last_credential_id")
    isEnabled = try row.bool("enabled")
    isLegacy = try row.bool("legacy")
    comment = try row.text("comment")
    fields = try Self.fields(row, of: "device '\(name)'")
    tags = (try row.optionalText("tags") ?? "").split(separator: "\n").map(String.init)
    hostKeyType = try row.optionalText("host_key_type")
    hostKeyFingerprint = try row.optionalText("host_key_fingerprint")
    hostname = try row.optionalText("hostname")
    vendor = try row.optionalText("vendor")
    model = try row.optionalText("model")
    version = try row.optionalText("version")
    serial = try row.optionalText("serial")
    status = try row.choice("status", as: Status.self)
    isUnsaved = try row.bool("unsaved")
    lastSeen = try row.optionalTimestamp("last_seen")
    changedAt = try row.optionalTimestamp("changed_at")
    transport = row.isNull("transport") ? nil : try row.choice("transport", as: TransportKind.self)
    timeouts = try SessionTimeouts(row)
  }
}

/// What a user gives of a device; nil leaves a value as it is.
package struct DeviceEdit: Equatable, Sendable {
  package var address: String?
  package var port: Int?
  package var platform: String?
  package var network: NetworkRecord?
  package var credential: CredentialRecord?
  /// Takes the device's own credential away, so that its network's are tried.
  package var clearsCredential = false
  package var tags: [String] = []
  package var untags: [String] = []
  package var fields: [String: String] = [:]
  package var comment: String?
  package var enabled: Bool?
  package var legacy: Bool?
  package var transport: TransportKind?
  /// Takes the device's own transport away, so that its network's is used.
  package var clearsTransport = false
  /// A limit of 0 is taken away.
  package var timeouts = SessionTimeouts()

  package init() {}
}

/// What a device said of itself.
package struct DeviceFacts: Equatable, Sendable {
  package var hostname: String?
  package var vendor: String?
  package var model: String?
  package var version: String?
  package var serial: String?

  package init(
    hostname: String? = nil, vendor: String? = nil, model: String? = nil, version: String? = nil, serial: String? = nil
  ) {
    self.hostname = hostname
    self.vendor = vendor
    self.model = model
    self.version = version
    self.serial = serial
  }
}

extension DeviceRecord {
  /// The device as search expressions see it.
  package var searchSubject: SearchSubject {
    SearchSubject(
      name: name, hostname: hostname ?? "", address: address, network: network, platform: platform, vendor: vendor ?? "",
      model: model ?? "", version: version ?? "", serial: serial ?? "", tags: tags, site: fields["site"] ?? "",
      status: isEnabled ? status.rawValue : "disabled", comment: comment, changed: changedAt?.milliseconds, fields: fields)
  }
}

package enum DeviceQueries {
  /// Words of the search expressions that mean the device's own values, so that no custom field can have them.
  static let reservedFieldNames: Set<String> = [
    "name", "hostname", "address", "network", "platform", "vendor", "model", "version", "serial", "tag", "status", "changed",
  ]

  private static let select = """
    SELECT d.*, n.name AS network, c.name AS credential,
      (SELECT group_concat(tag, char(10)) FROM (SELECT tag FROM device_tag t WHERE t.device_id = d.id ORDER BY tag)) AS tags
    FROM device d JOIN network n ON n.id = d.network_id LEFT JOIN credential c ON c.id = d.credential_id
    """

  /// Every device, by name; with `network`, of that network.
  package static func all(_ sql: any SQLConnection, network: Int64? = nil) throws -> [DeviceRecord] {
    if let network {
      return try sql.rows("\(select) WHERE d.network_id = ? ORDER BY d.name", network).map(DeviceRecord.init)
    }
    return try sql.rows("\(select) ORDER BY d.name").map(DeviceRecord.init)
  }

  /// The device with this name or number.
  package static func find(_ sql: any SQLConnection, _ name: String) throws -> DeviceRecord {
    guard let row = try sql.row("\(select) WHERE d.name = ? OR d.id = ?", name, Int64(name)) else {
      throw ModelError(.notFound, "there is no device '\(TextRule.quoted(name))'", hint: "netjob device list shows them")
    }
    return try DeviceRecord(row)
  }

  /// The device with this name or number, where `user` may see it; for those who may not there is none.
  package static func find(_ sql: any SQLConnection, _ name: String, seenBy user: String) throws -> DeviceRecord {
    let device = try find(sql, name)
    if try AccountQueries.rights(sql, of: user).allows(.view, network: device.networkID) { return device }
    throw ModelError(.notFound, "there is no device '\(TextRule.quoted(name))'", hint: "netjob device list shows them")
  }

  /// The platform of a device and those that it had before; empty where there is no such device.
  package static func platforms(_ sql: any SQLConnection, everOf id: Int64) throws -> [String] {
    try sql.rows(
      "SELECT platform FROM device WHERE id = ? UNION SELECT platform FROM device_past_platform WHERE device_id = ? ORDER BY 1",
      id, id
    ).map { try $0.text("platform") }
  }

  /// The device with this number; nil when it was deleted.
  package static func get(_ sql: any SQLConnection, id: Int64) throws -> DeviceRecord? {
    try sql.row("\(select) WHERE d.id = ?", id).map(DeviceRecord.init)
  }

  /// The names of the custom fields in use, for the search expressions.
  /// - Parameter user: who is told them: only of devices that they may see; nil for all.
  package static func fieldNames(_ sql: any SQLConnection, seenBy user: String? = nil) throws -> Set<String> {
    let rights = try user.map { try AccountQueries.rights(sql, of: $0) }
    var names: Set<String> = []
    for row in try sql.rows("SELECT DISTINCT fields, network_id FROM device WHERE fields <> '{}'") {
      if let rights, !rights.allows(.view, network: try row.int64("network_id")) { continue }
      names.formUnion(try DeviceRecord.fields(row, of: "a device").keys)
    }
    return names
  }

  /// The devices that a job's targets name now, and those of a static list that are left out, with the reason.
  package static func resolve(
    _ sql: any SQLConnection, _ targets: TargetSpecification, network: Int64, now: Timestamp
  ) throws -> Targets {
    switch targets {
    case .none: return Targets()
    case .allDevices:
      return Targets(devices: try all(sql, network: network).filter(\.isEnabled))
    case .search(let text):
      let expression = try parse(text, fields: try fieldNames(sql))
      return Targets(
        devices: try all(sql, network: network).filter {
          $0.isEnabled && expression.matches($0.searchSubject, now: now.milliseconds)
        })
    case .devices(let names):
      var result = Targets()
      for name in names {
        guard let row = try sql.row("\(select) WHERE d.name = ?", name) else {
          result.leftOut.append(Targets.LeftOut(name: name, address: "", reason: "the device no longer exists"))
          continue
        }
        let device = try DeviceRecord(row)
        if device.networkID != network {
          result.leftOut.append(
            Targets.LeftOut(name: name, address: device.address, reason: "the device is now in network '\(device.network)'"))
        } else if !device.isEnabled {
          result.leftOut.append(Targets.LeftOut(name: name, address: device.address, reason: "the device is disabled"))
        } else {
          result.devices.append(device)
        }
      }
      return result
    }
  }

  /// Parses a search expression, its error made one of this program's.
  package static func parse(_ text: String, fields: Set<String>) throws -> SearchExpression {
    do {
      return try SearchExpression(parsing: text, knownFields: fields)
    } catch {
      throw ModelError(.invalid, error.message, hint: error.hint)
    }
  }

  package struct Targets: Equatable, Sendable {
    package struct LeftOut: Equatable, Sendable {
      package var name: String
      package var address: String
      package var reason: String
    }

    package var devices: [DeviceRecord] = []
    package var leftOut: [LeftOut] = []
  }
}

extension Change {
  @discardableResult
  package func addDevice(name: String, _ edit: DeviceEdit, network: NetworkRecord) throws -> Int64 {
    try require(.manageDevices, network: network.id)
    return try insertDevice(name: name, edit, network: network, remark: "")
  }

  /// Stores a new device; rights are the caller's to check.
  func insertDevice(name: String, _ edit: DeviceEdit, network: NetworkRecord, remark: String) throws -> Int64 {
    try TextRule.name(name, of: "device")
    guard let address = edit.address, let platform = edit.platform else {
      throw ModelError(.invalid, "a device needs an address and a platform")
    }
    try validate(edit)
    if let credential = edit.credential { try checkCredential(credential.networkID, credential.name, for: network) }
    guard try sql.row("SELECT id FROM device WHERE name = ?", name) == nil else {
      throw ModelError(.conflict, "device '\(name)' exists already", hint: "netjob device edit \(name) changes it")
    }
    let id = try sql.insert(
      """
      INSERT INTO device (name, address, port, platform, network_id, credential_id, enabled, legacy, comment, fields, created_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
      """, name, address, edit.port ?? 22, platform, network.id, edit.credential?.id, edit.enabled ?? true,
      edit.legacy ?? false, edit.comment ?? "", try CanonicalJSON.text(edit.fields.filter { !$0.value.isEmpty }), now)
    try writeReach(edit, of: id, before: nil)
    try writeTags(edit, of: id)
    try audit("device.add", "device \(name)", "\(address) port \(edit.port ?? 22), \(platform), network \(network.name)\(remark)")
    return id
  }

  package func editDevice(_ device: DeviceRecord, _ edit: DeviceEdit) throws {
    try require(.manageDevices, network: device.networkID)
    if let network = edit.network { try require(.manageDevices, network: network.id) }
    try validate(edit)
    if !edit.clearsCredential, edit.credential != nil || edit.network != nil,
      let credential = try (edit.credential?.id ?? device.credentialID).flatMap({ try CredentialQueries.find(sql, "\($0)") })
    {
      let network = try edit.network ?? NetworkQueries.get(sql, id: device.networkID)
      try checkCredential(credential.networkID, credential.name, for: network)
    }
    var fields = device.fields
    for (key, value) in edit.fields { fields[key] = value.isEmpty ? nil : value }
    let address = edit.address ?? device.address
    let port = edit.port ?? device.port
    // Another address is another box until its host key says otherwise.
    let isMoved = address != device.address || port != device.port
    try sql.execute(
      """
      UPDATE device SET address = ?, port = ?, platform = ?, network_id = ?, credential_id = ?, enabled = ?, legacy = ?,
        comment = ?, fields = ? WHERE id = ?
      """, address, port, edit.platform ?? device.platform, edit.network?.id ?? device.networkID,
      edit.clearsCredential ? nil : edit.credential?.id ?? device.credentialID, edit.enabled ?? device.isEnabled,
      edit.legacy ?? device.isLegacy,
      edit.comment ?? device.comment, try CanonicalJSON.text(fields), device.id)
    if isMoved {
      try sql.execute("UPDATE device SET host_key_type = NULL, host_key_fingerprint = NULL WHERE id = ?", device.id)
    }
    if let platform = edit.platform, platform != device.platform {
      try sql.execute(
        "INSERT INTO device_past_platform (device_id, platform) VALUES (?, ?) ON CONFLICT DO NOTHING", device.id, device.platform)
    }
    try writeReach(edit, of: device.id, before: device)
    try writeTags(edit, of: device.id)
    if isMoved || edit.platform.map({ $0 != device.platform }) ?? false || !edit.fields.isEmpty
      || edit.network.map({ $0.id != device.networkID }) ?? false
    {
      try resetApprovals(naming: device.name, because: "device '\(device.name)' was changed by \(caller.name)")
    }
    var details = isMoved ? ["address \(address) port \(port); host key forgotten"] : []
    if let now = try DeviceQueries.get(sql, id: device.id) {
      if now.transport != device.transport { details.append("transport \(now.transport?.rawValue ?? "of its network")") }
      if now.platform != device.platform { details.append("platform \(device.platform) -> \(now.platform)") }
      if now.network != device.network { details.append("network \(device.network) -> \(now.network)") }
      if now.credential != device.credential {
        details.append("credential \(device.credential ?? "none") -> \(now.credential ?? "none")")
      }
      if now.isEnabled != device.isEnabled { details.append(now.isEnabled ? "enabled" : "disabled") }
      if now.isLegacy != device.isLegacy { details.append("legacy \(now.isLegacy ? "on" : "off")") }
      for tag in now.tags where !device.tags.contains(tag) { details.append("+tag \(tag)") }
      for tag in device.tags where !now.tags.contains(tag) { details.append("-tag \(tag)") }
      for key in Set(now.fields.keys).union(device.fields.keys).sorted() where now.fields[key] != device.fields[key] {
        details.append("field \(key)=\(now.fields[key] ?? "")")
      }
      if now.comment != device.comment { details.append("comment") }
    }
    try audit("device.edit", "device \(device.name)", details.joined(separator: "; "))
  }

  /// How it is reached changes neither where its traffic goes nor what is sent, and its pinned key holds: approvals stay.
  private func writeReach(_ edit: DeviceEdit, of id: Int64, before: DeviceRecord?) throws {
    let timeouts = (before?.timeouts ?? SessionTimeouts()).edited(edit.timeouts)
    let transport = edit.clearsTransport ? nil : edit.transport ?? before?.transport
    try sql.execute(
      "UPDATE device SET transport = ?, connect_timeout = ?, login_timeout = ?, command_timeout = ? WHERE id = ?",
      transport?.rawValue, timeouts.connect, timeouts.login, timeouts.command, id)
  }

  package func deleteDevice(_ device: DeviceRecord) throws {
    try require(.manageDevices, network: device.networkID)
    for row in try sql.rows(
      """
      SELECT j.name, r.revision, r.definition FROM job j JOIN job_revision r ON r.job_id = j.id AND r.revision = j.revision
      ORDER BY j.name
      """)
    {
      let definition = try JobRecord.definition(row, of: try row.text("name"), revision: try row.int("revision"))
      if case .devices(let names) = definition.targets, names.contains(device.name) {
        throw ModelError(
          .conflict, "device '\(device.name)' is named by job '\(try row.text("name"))'",
          hint: "edit the job first, or use netjob device edit \(device.name) --disabled")
      }
    }
    try sql.execute("DELETE FROM device WHERE id = ?", device.id)
    try audit("device.delete", "device \(device.name)", device.address)
  }

  /// Pins the host key of a device.
  /// - Parameter keyType: nil where only the fingerprint is known; the first contact fills it in.
  package func trust(_ device: DeviceRecord, keyType: String?, fingerprint: String, reason: String) throws {
    try require(.manageDevices, network: device.networkID)
    try pin(device, keyType: keyType, fingerprint: fingerprint, reason: reason)
  }

  /// Pins the first host key seen, as the network's policy says; no person's right is needed.
  /// - Parameter device: the device as it was when the connection to its address was opened.
  /// - Throws: `.conflict` when another key was pinned or the address was edited meanwhile: this key is not that device's.
  package func pinFirstSeen(_ device: DeviceRecord, keyType: String, fingerprint: String) throws {
    guard let now = try DeviceQueries.get(sql, id: device.id), now.address == device.address, now.port == device.port else {
      throw ModelError(.conflict, "device '\(device.name)' was changed by someone else meanwhile")
    }
    if let pinned = now.hostKeyFingerprint {
      guard pinned == fingerprint, now.hostKeyType == nil || now.hostKeyType == keyType else {
        throw ModelError(.conflict, "the host key of device '\(device.name)' is not the one pinned meanwhile")
      }
      if now.hostKeyType != nil { return }
    }
    try pin(device, keyType: keyType, fingerprint: fingerprint, reason: "first seen")
  }

  private func pin(_ device: DeviceRecord, keyType: String?, fingerprint: String, reason: String) throws {
    try sql.execute(
      "UPDATE device SET host_key_type = ?, host_key_fingerprint = ? WHERE id = ?", keyType, fingerprint, device.id)
    try audit("device.trust", "device \(device.name)", "\(keyType.map { $0 + " " } ?? "")\(fingerprint) (\(reason))")
  }

  /// Notes that a device answered, or did not; and which credential worked.
  package func noteContact(deviceID: Int64, isUp: Bool, credentialID: Int64?) throws {
    if isUp {
      try sql.execute(
        "UPDATE device SET status = 'up', last_seen = ?, last_credential_id = coalesce(?, last_credential_id) WHERE id = ?", now,
        credentialID, deviceID)
    } else {
      try sql.execute("UPDATE device SET status = 'down' WHERE id = ?", deviceID)
    }
  }

  /// Stores what a device said of itself; what it did not say stays.
  package func noteFacts(deviceID: Int64, _ facts: DeviceFacts) throws {
    try sql.execute(
      """
      UPDATE device SET hostname = coalesce(?, hostname), vendor = coalesce(?, vendor), model = coalesce(?, model),
        version = coalesce(?, version), serial = coalesce(?, serial) WHERE id = ?
      """, facts.hostname, facts.vendor, facts.model, facts.version, facts.serial, deviceID)
  }

  package func noteUnsaved(deviceID: Int64, _ isUnsaved: Bool) throws {
    try sql.execute("UPDATE device SET unsaved = ? WHERE id = ?", isUnsaved, deviceID)
  }

  /// Whoever manages the devices of one network could else have another network's secrets sent to an address of their choice.
  private func checkCredential(_ owner: Int64?, _ name: String, for network: NetworkRecord) throws {
    if let owner, owner != network.id {
      // What other networks have is told to those only who may see it.
      guard try AccountQueries.rights(sql, of: caller.name).allows(.view, network: owner) else {
        throw ModelError(.invalid, "the credential is of another network than '\(network.name)'")
      }
      let other = try NetworkQueries.get(sql, id: owner).name
      throw ModelError(
        .invalid, "credential '\(name)' is of network '\(other)', the device is in network '\(network.name)'",
        hint: "a credential without a network serves them all")
    }
  }

  private func validate(_ edit: DeviceEdit) throws {
    if let address = edit.address { try DeviceAddress.validate(address) }
    if let port = edit.port, !(1...65_535).contains(port) {
      throw ModelError(.invalid, "port \(port) is out of range 1-65535")
    }
    if let comment = edit.comment { try TextRule.prose(comment, as: "comment") }
    for tag in edit.tags + edit.untags { try TextRule.line(tag, as: "tag") }
    if let tag = edit.tags.first(where: { $0.contains(";") }) {
      throw ModelError(.invalid, "tag: '\(TextRule.quoted(tag))' has a ';', which stands between tags in files of devices")
    }
    for (key, value) in edit.fields {
      try TextRule.name(key, of: "field")
      try TextRule.prose(value, as: "field '\(key)'")
      if DeviceQueries.reservedFieldNames.contains(key) {
        throw ModelError(.invalid, "a field cannot be named '\(key)': searches use that word for the device's own \(key)")
      }
    }
  }

  private func writeTags(_ edit: DeviceEdit, of id: Int64) throws {
    for tag in edit.untags { try sql.execute("DELETE FROM device_tag WHERE device_id = ? AND tag = ?", id, tag) }
    for tag in edit.tags {
      try sql.execute("INSERT INTO device_tag (device_id, tag) VALUES (?, ?) ON CONFLICT DO NOTHING", id, tag)
    }
  }
}
