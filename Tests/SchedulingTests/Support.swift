import Glibc
import Scheduling

/// Zones from the machine's own database, read once.
enum Zones {
  static let system = ZoneDatabase()

  static func named(_ name: String) throws -> TimeZoneRules { try system.rules(for: name) }
}

extension Schedule {
  /// The next timings as RFC 3339 texts, with filter rules in their text form.
  func nextTexts(after: String, count: Int, zone: String, excluding rules: [String] = []) throws -> [String] {
    let zone = try Zones.named(zone)
    let bound = try rules.map { try FilterRule(parsing: $0).bound(in: Zones.system, fallback: zone) }
    return next(after: try Timestamp(parsing: after), count: count, in: zone, excluding: bound).map(\.rfc3339)
  }
}

/// A folder that goes away with its last reference.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/netjob-scheduling-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw POSIXFailure(code: errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { Self.delete(path) }

  private static func delete(_ path: String) {
    if unlink(path) == 0 { return }
    if let folder = opendir(path) {
      while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if name != "." && name != ".." { delete("\(path)/\(name)") }
      }
      closedir(folder)
    }
    rmdir(path)
  }

  /// Writes a file, with its folders.
  @discardableResult
  func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
    var folder = path
    for part in name.split(separator: "/").dropLast() {
      folder += "/\(part)"
      mkdir(folder, 0o700)
    }
    let file = "\(path)/\(name)"
    guard let stream = fopen(file, "we") else { throw POSIXFailure(code: errno) }
    defer { fclose(stream) }
    let bytes = Array(bytes)
    guard fwrite(bytes, 1, bytes.count, stream) == bytes.count else { throw POSIXFailure(code: errno) }
    return file
  }
}

struct POSIXFailure: Error { let code: Int32 }

/// A generator with a fixed sequence (xorshift64*), so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed | 1 }

  mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 2_685_821_657_736_338_717
  }
}

/// Builds zone files for zones that do not exist.
struct ZoneFile {
  var version: UInt8 = 0x32
  var transitions: [(instant: Int64, type: UInt8)] = []
  var offsets: [Int32] = [0]
  var footer = "\n\n"
  var leapCount: UInt32 = 0

  var bytes: [UInt8] {
    let abbreviation = Array("ABC".utf8) + [0]
    var types: [UInt8] = []
    for offset in offsets { types += Self.bigEndian(offset) + [0, 0] as [UInt8] }
    // The first block is what an old reader sees: one type, no transitions.
    var bytes = header(times: 0, types: 1, leaps: 0)
    bytes += types.prefix(6)
    bytes += abbreviation
    bytes += header(times: transitions.count, types: offsets.count, leaps: leapCount)
    for transition in transitions { bytes += Self.bigEndian(transition.instant) }
    bytes += transitions.map(\.type)
    bytes += types
    bytes += abbreviation
    bytes += [UInt8](repeating: 0, count: Int(leapCount) * 12)
    bytes += Array(footer.utf8)
    return bytes
  }

  private func header(times: Int, types: Int, leaps: UInt32) -> [UInt8] {
    var bytes = Array("TZif".utf8) + [version] + [UInt8](repeating: 0, count: 15)
    for count in [0, 0, leaps, UInt32(times), UInt32(types), 4] { bytes += Self.bigEndian(count) }
    return bytes
  }

  private static func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }
}
