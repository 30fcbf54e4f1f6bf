internal import JobModel

/// A network: a set of devices with its own people, credentials and host-key policy.
package struct NetworkRecord: Equatable, Sendable {
  package enum HostKeyPolicy: String, Sendable, CaseIterable {
    /// A device's key must have been pinned with `device trust`.
    case strict
    /// The first key seen is pinned.
    case acceptNew = "accept-new"
  }

  package var id: Int64
  package var name: String
  package var comment: String
  package var hostKeys: HostKeyPolicy

  init(_ row: SQLRow) throws {
    id = try row.int64("id")
    name = try row.text("name")
    comment = try row.text("comment")
    hostKeys = try row.choice("host_keys", as: HostKeyPolicy.self)
  }
}

package enum NetworkQueries {
  package static func all(_ sql: any SQLConnection) throws -> [NetworkRecord] {
    try sql.rows("SELECT * FROM network ORDER BY name").map(NetworkRecord.init)
  }

  /// The network with this name or number.
  package static func find(_ sql: any SQLConnection, _ name: String) throws -> NetworkRecord {
    guard let row = try sql.row("SELECT * FROM network WHERE name = ? OR id = ?", name, Int64(name)) else {
      throw ModelError(.notFound, "there is no network '\(TextRule.quoted(name))'", hint: "netjob network list shows them")
    }
    return try NetworkRecord(row)
  }

  package static func get(_ sql: any SQLConnection, id: Int64) throws -> NetworkRecord {
    guard let row = try sql.row("SELECT * FROM network WHERE id = ?", id) else {
      throw StorageError(.corrupt, "network \(id) is missing")
    }
    return try NetworkRecord(row)
  }
}

extension Change {
  @discardableResult
  package func addNetwork(name: String, comment: String, hostKeys: NetworkRecord.HostKeyPolicy) throws -> Int64 {
    try require(.manageDevices, network: nil)
    try TextRule.name(name, of: "network")
    try TextRule.prose(comment, as: "comment")
    guard try sql.row("SELECT id FROM network WHERE name = ?", name) == nil else {
      throw ModelError(.conflict, "network '\(name)' exists already")
    }
    let id = try sql.insert(
      "INSERT INTO network (name, comment, host_keys) VALUES (?, ?, ?) RETURNING id", name, comment, hostKeys.rawValue)
    try audit("network.add", "network \(name)")
    return id
  }

  package func editNetwork(_ network: NetworkRecord, comment: String?, hostKeys: NetworkRecord.HostKeyPolicy?) throws {
    try require(.manageDevices, network: network.id)
    if let comment { try TextRule.prose(comment, as: "comment") }
    try sql.execute(
      "UPDATE network SET comment = ?, host_keys = ? WHERE id = ?", comment ?? network.comment,
      (hostKeys ?? network.hostKeys).rawValue, network.id)
    try audit("network.edit", "network \(network.name)", "host keys \((hostKeys ?? network.hostKeys).rawValue)")
  }

  package func deleteNetwork(_ network: NetworkRecord) throws {
    try require(.manageDevices, network: nil)
    if network.name == "default" { throw ModelError(.conflict, "the network 'default' stays") }
    for table in ["device", "job", "credential"] {
      let count = try sql.row("SELECT count(*) AS n FROM \(table) WHERE network_id = ?", network.id)?.int("n") ?? 0
      if count > 0 {
        throw ModelError(
          .conflict, "network '\(network.name)' still has \(count) \(table)\(count == 1 ? "" : "s")",
          hint: "delete or move them first")
      }
    }
    try sql.execute("DELETE FROM network WHERE id = ?", network.id)
    try audit("network.delete", "network \(network.name)")
  }
}
