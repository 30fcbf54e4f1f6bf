package import JobModel

/// A setting: its key, what it means, what it may be.
package struct Setting: Sendable {
  package let key: String
  package let summary: String
  package let fallback: String
  package let allowed: String
  /// It is stored encrypted, read from standard input and never shown.
  package var isSecret = false
  let isValid: @Sendable (String) -> Bool

  /// Every setting, by key. A key that is not here does not exist.
  package static let all: [Setting] = (general + notifications).sorted { $0.key < $1.key }

  private static let general: [Setting] = [
    Setting(
      key: "approval.expires-after", summary: "seconds after which an approval that was not used is closed; 0 is never",
      fallback: "0", allowed: "a whole number of seconds from 0 to 31536000",
      isValid: { isNumber($0, in: 0...31_536_000) }),
    Setting(
      key: "approval.pin-targets", summary: "refuse devices that joined a search after the approval was requested",
      fallback: "false", allowed: "true or false", isValid: { ["true", "false"].contains($0) }),
    Setting(
      key: "approval.required-count", summary: "how many different people must approve a job", fallback: "1",
      allowed: "1, 2 or 3", isValid: { ["1", "2", "3"].contains($0) }),
    Setting(
      key: "audit.syslog", summary: "write every row of the audit log to syslog too (authpriv), where it cannot be cut off here",
      fallback: "off", allowed: "on or off", isValid: { ["on", "off"].contains($0) }),
    Setting(
      key: "discover.boundary",
      summary: "the addresses that discover jobs may look at, whatever their own ranges: nothing outside is sent a byte",
      fallback: "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, fc00::/7",
      allowed: "prefixes, addresses and spans, separated by commas",
      isValid: { ((try? AddressRanges(parsing: $0, as: "boundary"))?.items.isEmpty ?? true) == false }),
    Setting(
      key: "history.keep",
      summary: "seconds after which run-due deletes executions that have ended, with their outputs; 0 is never", fallback: "0",
      allowed: "0, or a whole number of seconds from 86400 to 3153600000", isValid: isAge),
    Setting(
      key: "history.keep-outputs",
      summary: "seconds after which run-due deletes what devices answered and reports, while the execution stays; 0 is never",
      fallback: "0", allowed: "0, or a whole number of seconds from 86400 to 3153600000", isValid: isAge),
    Setting(
      key: "session.command-timeout",
      summary: "seconds that a command on a device may take where its platform or tool says nothing",
      fallback: "60", allowed: "a whole number of seconds from 1 to 86400", isValid: { isNumber($0, in: 1...86_400) }),
    Setting(
      key: "session.connect-timeout", summary: "seconds for resolving a device's name and connecting to it", fallback: "10",
      allowed: "a whole number of seconds from 1 to 3600", isValid: { isNumber($0, in: 1...3600) }),
    Setting(
      key: "session.device-timeout", summary: "seconds for all of a job on one device, where the job does not say",
      fallback: "600", allowed: "a whole number of seconds from 1 to 604800", isValid: { isNumber($0, in: 1...604_800) }),
    Setting(
      key: "session.login-attempts",
      summary:
        "how many keys and passwords a device may refuse in one session before netjob stops, so as not to lock the account",
      fallback: "4", allowed: "a whole number from 1 to 20", isValid: { isNumber($0, in: 1...20) }),
    Setting(
      key: "session.login-timeout", summary: "seconds for a device's key exchange and login, and again for its first prompt",
      fallback: "20", allowed: "a whole number of seconds from 1 to 3600", isValid: { isNumber($0, in: 1...3600) }),
    Setting(
      key: "session.output-limit", summary: "bytes that one command on a device may print before its session is ended",
      fallback: "16777216", allowed: "a whole number of bytes from 65536 to 268435456",
      isValid: { isNumber($0, in: 65_536...268_435_456) }),
  ]

  @Sendable private static func isAge(_ text: String) -> Bool { text == "0" || isNumber(text, in: 86_400...3_153_600_000) }

  private static func isNumber(_ text: String, in range: ClosedRange<Int>) -> Bool {
    guard let value = Int(text), String(value) == text else { return false }
    return range.contains(value)
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
  /// The value in force: as set, else the fallback. Of a secret one, asterisks where it is set.
  package static func value(_ sql: any SQLConnection, of key: String) throws -> String {
    let setting = try Setting.named(key)
    if setting.isSecret {
      return try sql.row("SELECT 1 AS one FROM setting_secret WHERE key = ?", key) == nil ? setting.fallback : "******"
    }
    return try sql.row("SELECT value FROM setting WHERE key = ?", key)?.text("value") ?? setting.fallback
  }

  /// Where a secret setting is sealed for.
  static func secretPlace(_ key: String) -> String { "setting_secret/\(key)/value" }

  /// A secret setting, opened; nil while it is not set.
  static func secret(_ sql: any SQLConnection, of key: String, keys: KeyRing) throws -> String? {
    guard let row = try sql.row("SELECT value FROM setting_secret WHERE key = ?", key) else { return nil }
    return String(decoding: try keys.open(try row.blob("value"), place: secretPlace(key)), as: UTF8.self)
  }

  /// A setting that is a number.
  package static func number(_ sql: any SQLConnection, of key: String) throws -> Int {
    guard let number = Int(try value(sql, of: key)) else {
      throw StorageError(.corrupt, "setting '\(key)' is no number")
    }
    return number
  }

  /// How many different people must approve, 1 to 3. What was put into the database by hand and is none of these demands the most.
  package static func requiredApprovals(_ sql: any SQLConnection) throws -> Int {
    let number = try value(sql, of: "approval.required-count")
    return ["1": 1, "2": 2][number] ?? 3
  }
}

extension Change {
  package func set(_ key: String, to value: String) throws {
    try require(.manageSettings, network: nil)
    let setting = try Setting.named(key)
    guard setting.isValid(value) else {
      throw ModelError(.invalid, "setting '\(key)': '\(TextRule.quoted(value))' is not allowed: \(setting.allowed)")
    }
    if setting.isSecret { return try setSecret(setting, to: value) }
    if key == "mail.ca-file" && !value.isEmpty && caller.isDelegated {
      throw ModelError(
        .notPermitted, "setting 'mail.ca-file' names a file, which is refused through sudo",
        hint: "the account that owns the database can set it")
    }
    let before = try SettingQueries.value(sql, of: key)
    try sql.execute(
      "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value)
    try audit("setting.set", "setting \(key)", "\(before) -> \(value)")
    if key == "approval.required-count" { try reopenUncoveredApprovals() }
    if value != before { try forgetMailPassword(after: key, value) }
  }

  /// A password goes to the server that it was given for, and is not sent with less protection than it was given with: who may
  /// name another server need not know it.
  private func forgetMailPassword(after key: String, _ value: String) throws {
    guard key == "mail.server" || key == "mail.user" || (key == "mail.starttls" && value != "required") else { return }
    if try sql.execute("DELETE FROM setting_secret WHERE key = 'mail.password'") > 0 {
      try audit("setting.set", "setting mail.password", "forgotten: \(key) was changed")
    }
  }

  /// - Parameter value: the secret; empty forgets it.
  private func setSecret(_ setting: Setting, to value: String) throws {
    if value.isEmpty {
      try sql.execute("DELETE FROM setting_secret WHERE key = ?", setting.key)
    } else {
      let sealed = try keys.seal(Array(value.utf8), place: SettingQueries.secretPlace(setting.key))
      try sql.execute(
        "INSERT INTO setting_secret (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        setting.key,
        sealed)
    }
    try audit("setting.set", "setting \(setting.key)", value.isEmpty ? "forgotten" : "replaced")
  }
}
