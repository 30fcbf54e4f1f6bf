private import Definitions
private import Glibc
private import JobModel
package import JobRunner
package import Scheduling
private import Storage
private import Terminal

extension Context {
  /// The platforms and tools of the installation.
  package var catalogs: Catalogs { Catalogs(folder: installation.folder) }

  /// The time that an option says: without an offset it is in the system's zone.
  /// - Parameter option: names it in messages: `--at`.
  package func time(operand text: String, of option: String) throws -> Timestamp {
    try Self.naming(option, "a time is 2026-12-01, 2026-12-01T02:00, or RFC 3339 as in 2026-12-01T02:00:00Z") {
      () throws(ScheduleError) in try Timestamp(operand: text, in: try systemZoneRules())
    }
  }

  /// The time in the past that an option says, also one reckoned from now: `Timestamp.pastForms`.
  package func time(past text: String, of option: String) throws -> Timestamp {
    try Self.naming(option, "a time is one of " + Timestamp.pastForms) { () throws(ScheduleError) in
      try Timestamp(past: text, now: clock(), in: try systemZoneRules())
    }
  }

  /// What `read` answers, or its error with the option and, where it has no hint of its own, what is allowed there.
  static func naming<Value>(
    _ option: String, _ allowed: String, _ read: () throws(ScheduleError) -> Value
  ) throws(ScheduleError) -> Value {
    do {
      return try read()
    } catch {
      throw ScheduleError(
        error.code, "\(option): \(error.message)", hint: error.hint ?? allowed, column: error.column)
    }
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
      let place = TextPlace(of: TextPlace.invalidIndex(bytes), in: bytes)
      throw ModelError(
        .invalid,
        "\(what)\(path == "-" ? ", standard input," : " '\(TextRule.quoted(path))'") is not UTF-8: line \(place.line), "
          + "column \(place.column)")
    }
    return text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
  }

  private func unreadable(_ path: String, _ what: String, _ status: Int32) -> ModelError {
    ModelError(.invalid, "\(what) '\(TextRule.quoted(path))' cannot be read: \(String(cString: strerror(status)))")
  }
}
