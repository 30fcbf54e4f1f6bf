import Glibc
import Scheduling
import Testing

@Suite struct ZoneDatabaseTests {
  @Test(arguments: [
    "Europe/Berlin", "UTC", "GMT", "EST", "CET", "EST5EDT", "US/Eastern", "Europe/Kiev", "Etc/GMT+2", "Etc/GMT-14", "GMT+0",
    "America/Argentina/Buenos_Aires", "America/Port-au-Prince", "Asia/Ust-Nera", "W-SU", "NZ-CHAT", "Zulu", "PRC",
  ])
  func accepts(name: String) throws {
    #expect(try Zones.system.rules(for: name).name == name)
  }

  @Test(arguments: [
    "", " ", "CEST", "PDT", "UTC+2", "GMT+2", "+02:00", "Z", "EST5EDT,M3.2.0,M11.1.0", "<+02>-2", "CET-1CEST", "Local", "local",
    "localtime", "posixrules", "Factory", "right/Europe/Berlin", "posix/Europe/Berlin", "right", "posix", "zone.tab", "tzdata.zi",
    "iso3166.tab", "leapseconds", "zone1970.tab", "../zoneinfo/Europe/Berlin", "../../etc/passwd", "/Europe/Berlin",
    "/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin/", "Europe//Berlin", "Europe/./Berlin", "Europe", "europe/berlin",
    "EUROPE/BERLIN", "Europe/berlin", "utc", "Utc", "W. Europe Standard Time", "Europe/Berlin ", " Europe/Berlin",
    "Europe/Berlin\u{0}", "Europe\u{0}/Berlin", "Europe/Berlín", ":Europe/Berlin", ".", "..", "~", "Europe/Berlin\n",
    "A/B/C/D", "2026b", "-03",
  ])
  func refuses(name: String) {
    do {
      _ = try Zones.system.rules(for: name)
      Issue.record("\(name) was taken")
    } catch {
      #expect(error.code == .unknownTimeZone)
      #expect(error.message.hasPrefix("time zone '"))
      #expect(error.hint != nil)
    }
  }

  @Test(arguments: [("europe/berlin", "Europe/Berlin"), ("berlin", "Europe/Berlin"), ("utc", "UTC"), ("Tokyo", "Asia/Tokyo")])
  func suggests(name: String, suggestion: String) {
    do {
      _ = try Zones.system.rules(for: name)
      Issue.record("\(name) was taken")
    } catch {
      #expect(error.hint?.hasPrefix("did you mean ") == true)
      #expect(error.hint?.hasSuffix("\(suggestion)?") == true, "\(error.hint ?? "")")
    }
  }

  /// Every zone and link that the database's own index lists, and not one more.
  @Test(.enabled(if: access("/usr/share/zoneinfo/tzdata.zi", R_OK) == 0))
  func namesAreThoseOfTheIndex() throws {
    let listed = try Set(
      Self.lines("/usr/share/zoneinfo/tzdata.zi").compactMap { line -> String? in
        let words = line.split(separator: " ")
        switch words.first {
        case "Z": return String(words[1])
        case "L": return String(words[2])
        default: return nil
        }
      })
    let installed = listed.filter { access("/usr/share/zoneinfo/\($0)", R_OK) == 0 && $0 != "Factory" }
    #expect(installed.count > 300)
    #expect(Set(Zones.system.names) == installed)
    for name in installed { #expect(throws: Never.self) { try Zones.system.rules(for: name) } }
  }

  @Test func missingDatabase() throws {
    let folder = try TemporaryFolder()
    for path in [folder.path, folder.path + "/none"] {
      let zones = ZoneDatabase(directory: path)
      #expect(zones.names == [])
      do {
        _ = try zones.rules(for: "Europe/Berlin")
        Issue.record("there is no such file")
      } catch {
        #expect(error.code == .missingTimeZoneData)
        #expect(error.hint == "install the tzdata package")
      }
    }
    #expect(ZoneDatabase(directory: folder.path + "/none").version == nil)
  }

  @Test func version() throws {
    let folder = try TemporaryFolder()
    let zones = ZoneDatabase(directory: folder.path)
    #expect(zones.version?.hasPrefix("changed 20") == true)
    try folder.write("+VERSION", "2024a\n".utf8)
    #expect(zones.version == "2024a")
    try folder.write("tzdata.zi", "# version 2026c\n# This zic input file is in the public domain.\n".utf8)
    #expect(zones.version == "2026c")
    try folder.write("tzdata.zi", "R d 1916 o - Jun 14 23s 1 S\n".utf8)
    #expect(zones.version == "2024a")
  }

  @Test func systemZone() throws {
    let folder = try TemporaryFolder()
    let (timezone, localtime) = (folder.path + "/timezone", folder.path + "/localtime")
    func name(tz: String?) throws -> String {
      try Zones.system.systemZoneName(tz: tz, timezoneFile: timezone, localtimeLink: localtime)
    }
    #expect(try name(tz: nil) == "UTC")
    symlink("/usr/share/zoneinfo/Asia/Tokyo", localtime)
    #expect(try name(tz: nil) == "Asia/Tokyo")
    try folder.write("timezone", "nonsense\n".utf8)
    #expect(try name(tz: nil) == "Asia/Tokyo")
    try folder.write("timezone", "Europe/Berlin\n".utf8)
    #expect(try name(tz: nil) == "Europe/Berlin")
    #expect(try name(tz: "") == "UTC")
    #expect(try name(tz: "America/Havana") == "America/Havana")
    #expect(try name(tz: ":America/Havana") == "America/Havana")
    #expect(try name(tz: ":/usr/share/zoneinfo/America/Havana") == "America/Havana")
    #expect(try name(tz: "/usr/share/zoneinfo/posix/America/Havana") == "America/Havana")
    unlink(localtime)
    unlink(timezone)
    symlink("../usr/share/zoneinfo/America/Argentina/Ushuaia", localtime)
    #expect(try name(tz: nil) == "America/Argentina/Ushuaia")
    for tz in ["CET-1CEST", "/etc/localtime", "../../etc/passwd", "Europe/Nowhere", "/usr/share/zoneinfo/", "UTC+2"] {
      do {
        _ = try name(tz: tz)
        Issue.record("\(tz) was taken")
      } catch {
        let message = (error as? ScheduleError)?.message ?? ""
        #expect(message.hasPrefix("environment variable TZ: time zone '"))
      }
    }
  }

  static func lines(_ path: String) throws -> [String] {
    guard let file = fopen(path, "r") else { throw POSIXFailure(code: errno) }
    defer { fclose(file) }
    return allLines(file)
  }

  static func allLines(_ file: UnsafeMutablePointer<FILE>) -> [String] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      if count == 0 { break }
      bytes += chunk.prefix(count)
    }
    return bytes.split(separator: 10).map { String(decoding: $0, as: UTF8.self) }
  }
}
