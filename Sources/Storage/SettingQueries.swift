package import JobModel

/// A setting: its key, what it means, what it may be.
package struct Setting: Sendable {
  package let key: String
  package let summary: String
  package let fallback: String
  package let allowed: String
  let isValid: @Sendable (String) -> Bool

  /// Every setting, by key. A key that is not here does not exist.
  package static let all: [Setting] = [
    Setting(
      key: "approval.expires-after", summary: "seconds after which an approval that was not used is closed; 0 is never",
      fallback: "0", allowed: "a whole number of seconds from 0 to 31536000",
      isValid: { text in
        guard let value = Int(text), String(value) == text else { return false }
        return (0...31_536_000).contains(value)
      }),
    Setting(
      key: "approval.pin-targets", summary: "refuse devices that joined a search after the approval was requested",
      fallback: "false", allowed: "true or false", isValid: { ["true", "false"].contains($0) }),
    Setting(
      key: "approval.required-count", summary: "how many different people must approve a job", fallback: "1",
      allowed: "1, 2 or 3", isValid: { ["1", "2", "3"].contains($0) }),
    .whole(
      "login.attempts", "how many keys and passwords a device may refuse in one session before netjob stops, so as not to lock the account",
      fallback: 4, in: 1...20),
    .whole(
      "timeout.command", "seconds that a command may take, where its tool, platform, device or network does not say", fallback: 60,
      in: 1...86_400),
    .whole(
      "timeout.connect", "seconds that name resolution and connection may take, where device or network does not say",
      fallback: 10, in: 1...3600),
    .whole("timeout.device", "seconds for all of a job on one device, where the job does not say", fallback: 600, in: 1...604_800),
    .whole(
      "timeout.login", "seconds that key exchange and login may take, where device or network does not say", fallback: 20,
      in: 1...3600),
  ]

  private static func whole(
    _ key: String, _ summary: String, fallback: Int64, in range: ClosedRange<Int64>
  ) -> Setting {
    Setting(
      key: key, summary: summary, fallback: "\(fallback)", allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)",
      isValid: { text in
        guard let value = Int64(text), "\(value)" == text else { return false }
        return range.contains(value)
      })
  }

  /// The setting with this key.
  /// - Throws: `.notFound`, listing the keys.
  package static func named(_ key: String) throws(ModelError) -> Setting {
    guard let setting = all.first(where: { $0.key == key }) else {
      throw ModelError(
        .notFound, "there is no setting '\(TextRule.quoted(key))': they are \(all.map(\.key).joined(separator: ", "))")
    }
    return setting
  }
}

package enum SettingQueries {
  /// The value in force: as set, else the fallback.
  package static func value(_ sql: any SQLConnection, of key: String) throws -> String {
    let setting = try Setting.named(key)
    return try sql.row("SELECT value FROM setting WHERE key = ?", key)?.text("value") ?? setting.fallback
  }

  /// The whole number in force; the key must be one of those.
  package static func number(_ sql: any SQLConnection, of key: String) throws -> Int64 {
    let text = try value(sql, of: key)
    guard let number = Int64(text) else { throw StorageError(.corrupt, "setting '\(key)' is no number") }
    return number
  }

  /// How many different people must approve.
  package static func requiredApprovals(_ sql: any SQLConnection) throws -> Int {
    Int(try value(sql, of: "approval.required-count")) ?? 1
  }
}

extension Change {
  package func set(_ key: String, to value: String) throws {
    try require(.manageSettings, network: nil)
    let setting = try Setting.named(key)
    guard setting.isValid(value) else {
      throw ModelError(.invalid, "setting '\(key)': '\(TextRule.quoted(value))' is not allowed: \(setting.allowed)")
    }
    let before = try SettingQueries.value(sql, of: key)
    try sql.execute(
      "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value)
    try audit("setting.set", "setting \(key)", "\(before) -> \(value)")
    if key == "approval.required-count" { try reopenApprovals(below: Int(value) ?? 1) }
  }
}
