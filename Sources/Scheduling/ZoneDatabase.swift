import Glibc

/// The system's IANA time zone database, a folder of TZif files.
package struct ZoneDatabase: Sendable {
  private let directory: String

  /// `directory` as in `/usr/share/zoneinfo`.
  package init(directory: String = "/usr/share/zoneinfo") {
    self.directory = directory
  }

  /// The offsets of a zone by its IANA name, links included, in exact case.
  ///
  /// Throws `unknownTimeZone`, `missingTimeZoneData`, or `malformedTimeZoneFile`.
  package func rules(for name: String) throws(ScheduleError) -> TimeZoneRules {
    guard Self.isName(name) else { throw unknown(name) }
    guard let bytes = SmallFile.read("\(directory)/\(name)", limit: Self.largestFile) else {
      guard isInstalled else {
        throw ScheduleError(
          .missingTimeZoneData, "no time zone data in \(quoted(directory)) to look up \(quoted(name))",
          hint: "install the tzdata package")
      }
      throw unknown(name)
    }
    // Lists and notes lie in the same folder.
    guard bytes.starts(with: "TZif".utf8) else { throw unknown(name) }
    return try TimeZoneRules(name: name, tzif: bytes)
  }

  /// The release, `2025b`; without one in the folder, when the folder was changed last; nil without a folder.
  ///
  /// It differs after an update of the database, at which stored fire times want to be computed anew.
  package var version: String? {
    if let index = SmallFile.read("\(directory)/tzdata.zi", limit: 64, cutting: true) {
      let words = Word.split(String(decoding: index.prefix { $0 != 10 }, as: UTF8.self)).map(\.text)
      if words.count == 3, words[0] == "#", words[1] == "version" { return words[2] }
    }
    if let text = SmallFile.read("\(directory)/+VERSION", limit: 64),
      let word = Word.split(String(decoding: text.prefix { $0 != 10 }, as: UTF8.self)).first
    {
      return word.text
    }
    return SmallFile.modificationTime("\(directory)").map { "changed \($0)" }
  }

  /// Every name that `rules(for:)` accepts, sorted; it reads the whole folder.
  package var names: [String] {
    var found: [String] = []
    collect(into: &found, below: "", depth: 1)
    return found.sorted()
  }

  /// Whether a text may be the name of an IANA zone or link; says nothing about its being installed.
  package static func isName(_ text: String) -> Bool {
    guard text.utf8.count <= 64, !unlisted.contains(text) else { return false }
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count <= deepest, !copies.contains(where: { parts[0].elementsEqual($0.utf8) }) else { return false }
    return parts.allSatisfy { part in
      guard let first = part.first, isLetter(first) else { return false }
      // Digits and + occur as in Etc/GMT+2, EST5EDT; dots, blanks, colons and commas nowhere.
      return part.allSatisfy { isLetter($0) || (48...57).contains($0) || $0 == 43 || $0 == 45 || $0 == 95 }
    }
  }

  /// Zone files beside the database's own: `Factory` means "not configured", the others are the machine's settings.
  private static let unlisted: Set<String> = ["Factory", "localtime", "posixrules"]
  /// Copies of the whole database under another name, one of them with leap seconds.
  private static let copies: Set<String> = ["posix", "right"]
  private static let deepest = 3
  private static let largestFile = 1 << 18

  private static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }

  private var isInstalled: Bool {
    SmallFile.read("\(directory)/UTC", limit: 4, cutting: true) != nil
      || SmallFile.read("\(directory)/tzdata.zi", limit: 4, cutting: true) != nil || !SmallFile.entries(directory).isEmpty
  }

  private func collect(into found: inout [String], below prefix: String, depth: Int) {
    for entry in SmallFile.entries("\(directory)/\(prefix)") {
      let name = prefix + entry
      guard Self.isName(name) else { continue }
      if let magic = SmallFile.read("\(directory)/\(name)", limit: 4, cutting: true) {
        if magic.starts(with: "TZif".utf8) { found.append(name) }
      } else if depth < Self.deepest {
        collect(into: &found, below: "\(name)/", depth: depth + 1)
      }
    }
  }

  private func unknown(_ name: String) -> ScheduleError {
    var hint = "use an IANA name such as Europe/Berlin, Etc/GMT-2 or UTC"
    let wanted = name.lowercased()
    if !wanted.isEmpty, name.utf8.count <= 64,
      let close = names.first(where: { $0.lowercased() == wanted || $0.lowercased().hasSuffix("/\(wanted)") })
    {
      hint = "did you mean \(close)?"
    }
    return ScheduleError(
      .unknownTimeZone, "time zone \(quoted(name)): not in the time zone database", hint: hint)
  }
}
