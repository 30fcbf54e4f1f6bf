extension TimeZoneRules {
  /// Reads a TZif file of version 1 or later (RFC 8536).
  ///
  /// Every count is checked against the file's length before it is used. Throws `malformedTimeZoneFile`.
  init(name: String, tzif bytes: [UInt8]) throws(ScheduleError) {
    do {
      var reader = TZifReader(bytes: bytes)
      var header = try reader.header()
      var timeLength = 4
      if header.version >= UInt8(ascii: "2") {
        // The first block repeats the second one as far as 32 bits reach.
        try reader.skip(header.blockLength(timeLength: 4))
        header = try reader.header()
        timeLength = 8
      }
      let block = try reader.block(header, timeLength: timeLength)
      let footer = timeLength == 8 ? try reader.footer() : nil
      self.init(name: name, transitions: block.transitions, offsets: block.offsets, footer: footer)
    } catch {
      throw ScheduleError(
        .malformedTimeZoneFile, "time zone file \(quoted(name)) is malformed: \(error.reason)",
        hint: "reinstall the tzdata package")
    }
  }
}

/// Takes a TZif file apart, front to back.
private struct TZifReader {
  struct Malformed: Error { let reason: String }

  struct Header {
    let version: UInt8
    let utCount, standardCount, leapCount, timeCount, typeCount, characterCount: Int

    func blockLength(timeLength: Int) -> Int {
      timeCount * (timeLength + 1) + typeCount * 6 + characterCount + leapCount * (timeLength + 4) + standardCount + utCount
    }
  }

  let bytes: [UInt8]
  private var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func skip(_ count: Int) throws(Malformed) { _ = try take(count) }

  private mutating func take(_ count: Int) throws(Malformed) -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - position else { throw Malformed(reason: "it ends at byte \(bytes.count)") }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// A signed big-endian integer of up to eight bytes.
  private mutating func integer(_ length: Int) throws(Malformed) -> Int64 {
    let value = try take(length).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let unused = 64 - length * 8
    return Int64(bitPattern: value << unused) >> unused
  }

  mutating func header() throws(Malformed) -> Header {
    guard try take(4).elementsEqual("TZif".utf8) else { throw Malformed(reason: "it does not begin with TZif") }
    let version = try integer(1)
    try skip(15)
    var counts: [Int] = []
    for _ in 0..<6 {
      // Read as signed: a count that large is longer than any file accepted here.
      let count = try integer(4)
      guard count >= 0, count <= bytes.count else { throw Malformed(reason: "a count is larger than the file") }
      counts.append(Int(count))
    }
    return Header(
      version: UInt8(truncatingIfNeeded: version), utCount: counts[0], standardCount: counts[1], leapCount: counts[2],
      timeCount: counts[3], typeCount: counts[4], characterCount: counts[5])
  }

  mutating func block(_ header: Header, timeLength: Int) throws(Malformed) -> (transitions: [Int64], offsets: [Int]) {
    guard header.leapCount == 0 else { throw Malformed(reason: "it counts leap seconds") }
    guard (1...256).contains(header.typeCount) else { throw Malformed(reason: "it has \(header.typeCount) local time types") }
    var transitions: [Int64] = []
    for _ in 0..<header.timeCount {
      let instant = try integer(timeLength)
      // RFC 8536 section 3.2: not before -2^59.
      guard instant >= -(1 << 59), instant <= 1 << 59, instant > transitions.last ?? .min else {
        throw Malformed(reason: "transition \(transitions.count + 1) is out of order or range")
      }
      transitions.append(instant)
    }
    let indexes = try take(header.timeCount)
    var typeOffsets: [Int] = []
    for _ in 0..<header.typeCount {
      let offset = try integer(4)
      guard abs(offset) < 26 * 3600 else { throw Malformed(reason: "an offset of \(offset) seconds") }
      typeOffsets.append(Int(offset))
      try skip(2)
    }
    try skip(header.characterCount + header.standardCount + header.utCount)
    var offsets = [typeOffsets[0]]
    for index in indexes {
      guard Int(index) < typeOffsets.count else { throw Malformed(reason: "a transition names a type that is not there") }
      offsets.append(typeOffsets[Int(index)])
    }
    return (transitions, offsets)
  }

  mutating func footer() throws(Malformed) -> PosixTimeZone? {
    let rest = bytes[position...]
    guard rest.count >= 2, rest.first == 10, rest.last == 10 else { throw Malformed(reason: "its footer is not one line") }
    let text = rest.dropFirst().dropLast()
    if text.isEmpty { return nil }
    guard text.count <= 128, let rule = PosixTimeZone(parsing: text) else {
      throw Malformed(reason: "its footer \(quoted(String(decoding: text.prefix(128), as: UTF8.self))) is not a POSIX rule")
    }
    return rule
  }
}
