private import Glibc
private import JobModel
package import JobRunner
package import Scheduling
private import Storage
private import Terminal

extension Context {
  /// The platforms and tools of the installation.
  package var catalogs: Catalogs { Catalogs(folder: installation.folder) }

  /// A time operand: without an offset it is in the system's zone.
  package func time(operand text: String) throws -> Timestamp {
    try Timestamp(operand: text, in: try systemZoneRules())
  }

  /// A time in the past, also one reckoned from now: `Timestamp.pastForms`.
  package func time(past text: String) throws(ScheduleError) -> Timestamp {
    try Timestamp(past: text, now: clock(), in: try systemZoneRules())
  }

  private func systemZoneRules() throws(ScheduleError) -> TimeZoneRules {
    try zones.rules(for: try zones.systemZoneName(tz: environment["TZ"]))
  }

  /// How messages name a file operand.
  package static func name(ofFile path: String) -> String { path == "-" ? "standard input" : TextRule.quoted(path) }

  /// The text of a file operand, or of standard input for `-`; a byte order mark is dropped.
  /// - Parameter what: names it in messages: `the list of devices`.
  /// - Throws: `.notPermitted` for files of a caller who came in through sudo, `.invalid` for what is no text or too long.
  package func text(ofFile path: String, as what: String, limit: Int = 4 << 20) throws -> String {
    try requireOwnFiles(path, as: what)
    let bytes: [UInt8]
    if path == "-" {
      bytes = try input.readAll(limit: limit)
    } else {
      let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
      guard descriptor >= 0 else { throw unreadable(path, what, errno) }
      defer { close(descriptor) }
      var information = stat()
      guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT != S_IFDIR else {
        throw unreadable(path, what, EISDIR)
      }
      bytes = try TextInput(descriptor: descriptor, name: "\(what) '\(TextRule.quoted(path))'").readAll(limit: limit)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ModelError(.invalid, "\(what) '\(TextRule.quoted(path))' is not UTF-8")
    }
    return text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
  }

  private func unreadable(_ path: String, _ what: String, _ status: Int32) -> ModelError {
    ModelError(.invalid, "\(what) '\(TextRule.quoted(path))' cannot be read: \(String(cString: strerror(status)))")
  }
}
