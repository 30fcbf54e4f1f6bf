internal import JobModel

/// A device that a discovery has found, logged in to and identified.
package struct DiscoveredDevice: Sendable {
  package var address: String
  package var port: Int
  package var platform: String
  package var keyType: String
  package var fingerprint: String
  package var credentialID: Int64
  package var facts: DeviceFacts
  package var isLegacy: Bool
  package var tags: [String]

  package init(
    address: String, port: Int, platform: String, keyType: String, fingerprint: String, credentialID: Int64,
    facts: DeviceFacts, isLegacy: Bool, tags: [String]
  ) {
    self.address = address
    self.port = port
    self.platform = platform
    self.keyType = keyType
    self.fingerprint = fingerprint
    self.credentialID = credentialID
    self.facts = facts
    self.isLegacy = isLegacy
    self.tags = tags
  }
}

extension Change {
  /// Adds what a discovery found, for the owner of its job.
  /// - Parameter names: what to call it, the best first; a name that another device has is passed over.
  /// - Returns: the name that it got; nil where none is free, and it was not added.
  /// - Throws: `.conflict` where the claim is lost, `.notPermitted`.
  package func addDiscovered(
    _ claim: ExecutionClaim, _ found: DiscoveredDevice, names: [String], for job: JobRecord
  ) throws -> String? {
    try check(claim)
    try requireDiscovery(job)
    let name = try names.first { name in
      guard (try? TextRule.name(name, of: "device")) != nil else { return false }
      return try sql.row("SELECT id FROM device WHERE name = ?", name) == nil
    }
    guard let name else { return nil }
    var edit = DeviceEdit()
    edit.address = found.address
    edit.port = found.port
    edit.platform = found.platform
    edit.tags = found.tags
    edit.legacy = found.isLegacy
    let network = try NetworkQueries.get(sql, id: job.networkID)
    let id = try insertDevice(name: name, edit, network: network, remark: ", found by execution \(claim.id) of job \(job.name)")
    try meet(id, found)
    return name
  }

  /// Notes that a discovery met a device that is known: what it says of itself, and the credential that it took.
  /// - Returns: whether anything of it is news.
  package func noteDiscovered(
    _ claim: ExecutionClaim, _ device: DeviceRecord, _ found: DiscoveredDevice, for job: JobRecord
  ) throws -> Bool {
    try check(claim)
    try requireDiscovery(job)
    let facts = found.facts
    let isNews = [
      (facts.hostname, device.hostname), (facts.vendor, device.vendor), (facts.model, device.model),
      (facts.version, device.version), (facts.serial, device.serial),
    ].contains { $0.0 != nil && $0.0 != $0.1 }
    try meet(device.id, found)
    return isNews
  }

  private func meet(_ id: Int64, _ found: DiscoveredDevice) throws {
    guard let device = try DeviceQueries.get(sql, id: id) else { return }
    if device.hostKeyFingerprint == nil, device.address == found.address, device.port == found.port {
      try pinFirstSeen(device, keyType: found.keyType, fingerprint: found.fingerprint)
    }
    try noteFacts(deviceID: id, found.facts)
    try noteContact(deviceID: id, isUp: true, credentialID: found.credentialID)
  }

  /// Whoever saved the job has to be one who may add devices still.
  private func requireDiscovery(_ job: JobRecord) throws {
    guard try AccountQueries.rights(sql, of: job.owner).allows(.manageDevices, network: job.networkID) else {
      throw ModelError(
        .notPermitted, "user '\(job.owner)', who saved job '\(job.name)', may not manage devices in network '\(job.network)'")
    }
  }
}
