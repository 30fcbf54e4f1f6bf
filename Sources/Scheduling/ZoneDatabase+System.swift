extension ZoneDatabase {
  /// The name of the zone that the machine, or the caller's `TZ`, is set to.
  ///
  /// In this order: `tz` (the value of `TZ`, a leading colon and the database's folder removed; empty means UTC), the first
  /// line of `timezoneFile`, the target of `localtimeLink`, `UTC`. Throws `unknownTimeZone` if `tz` is set to something that
  /// is no zone of the database: another zone than the one asked for would be worse.
  package func systemZoneName(
    tz: String?, timezoneFile: String = "/etc/timezone", localtimeLink: String = "/etc/localtime"
  ) throws(ScheduleError) -> String {
    if let tz {
      var name = Substring(tz)
      if name.hasPrefix(":") { name = name.dropFirst() }
      if name.isEmpty { return "UTC" }
      do {
        return try rules(for: Self.nameInPath(name) ?? String(name)).name
      } catch {
        throw ScheduleError(
          error.code, "environment variable TZ: \(error.message)",
          hint: "set TZ to an IANA name such as Europe/Berlin, or give --timezone")
      }
    }
    if let bytes = SmallFile.read(timezoneFile, limit: 256),
      let word = Word.split(String(decoding: bytes.prefix { $0 != 10 && $0 != 13 }, as: UTF8.self)).first, has(word.text)
    {
      return word.text
    }
    if let target = SmallFile.linkTarget(localtimeLink), let name = Self.nameInPath(Substring(target)), has(name) {
      return name
    }
    return "UTC"
  }

  private func has(_ name: String) -> Bool { (try? rules(for: name)) != nil }

  /// The zone's name in a path like `/usr/share/zoneinfo/Europe/Berlin`, whichever folder links lead through.
  private static func nameInPath(_ path: Substring) -> String? {
    var parts = path.split(separator: "/")[...]
    guard path.hasPrefix("/") || path.hasPrefix("."), let folder = parts.lastIndex(of: "zoneinfo") else { return nil }
    parts = parts[(folder + 1)...]
    if parts.first == "posix" { parts = parts.dropFirst() }
    return parts.isEmpty ? nil : parts.joined(separator: "/")
  }
}
