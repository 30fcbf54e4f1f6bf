internal import JobModel
package import Scheduling

/// The SNMP engine that traps come from (RFC 3414, section 2.2). It lives in the database: all processes are that one engine,
/// whose time goes on while none runs, so that none of them makes another's traps look old to a receiver.
package struct SNMPEngine: Equatable, Sendable {
  /// 13 octets: net-snmp's enterprise, format 5 (octets), 8 octets of chance (RFC 3411, SnmpEngineID).
  package var identifier: [UInt8]
  package var boots: Int64
  package var bootedAt: Timestamp

  /// Seconds since it booted.
  package func seconds(at now: Timestamp) -> Int64 { max(0, now.milliseconds(since: bootedAt) / 1000) }

  /// The engine; nil until it is first needed.
  package static func load(_ sql: any SQLConnection) throws -> SNMPEngine? {
    try sql.row("SELECT * FROM snmp_engine WHERE id = 1").map { row in
      SNMPEngine(
        identifier: try row.blob("identifier"), boots: try row.int64("boots"), bootedAt: try row.timestamp("booted_at"))
    }
  }
}

extension Change {
  /// Receivers drop what is more than 150 s older than what they have seen (RFC 3414, section 2.2.3).
  private static let toleranceSeconds: Int64 = 60
  private static let longestSeconds: Int64 = 2_147_483_647

  /// The engine for a trap that is sent now. It boots anew when the clock was set back, or after 68 years.
  package func useEngine() throws -> SNMPEngine {
    guard var engine = try SNMPEngine.load(sql) else {
      var generator = SystemRandomNumberGenerator()
      let chance = (0..<8).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let engine = SNMPEngine(identifier: [0x80, 0x00, 0x1F, 0x88, 0x05] + chance, boots: 1, bootedAt: now)
      try sql.execute(
        "INSERT INTO snmp_engine (id, identifier, boots, booted_at, seen_at) VALUES (1, ?, ?, ?, ?)", engine.identifier,
        engine.boots, now, now)
      return engine
    }
    let seen = try sql.row("SELECT seen_at FROM snmp_engine WHERE id = 1")?.timestamp("seen_at") ?? now
    let isSetBack = now.adding(seconds: Self.toleranceSeconds) < seen
    if isSetBack || engine.seconds(at: now) >= Self.longestSeconds {
      engine.boots = min(engine.boots + 1, Self.longestSeconds)
      engine.bootedAt = now
    }
    try sql.execute(
      "UPDATE snmp_engine SET boots = ?, booted_at = ?, seen_at = ? WHERE id = 1", engine.boots, engine.bootedAt,
      isSetBack ? now : max(now, seen))
    return engine
  }
}
