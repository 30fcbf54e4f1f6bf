/// What a server offers in its SSH_MSG_KEXINIT, which is clear text (RFC 4253 sections 4.2, 6 and 7.1).
struct AlgorithmOffer: Sendable, Equatable {
  /// The name-lists in the order of the message.
  private let lists: [[String]]

  enum Reading: Equatable {
    case offer(AlgorithmOffer)
    /// The bytes end too early.
    case incomplete
    /// Not SSH.
    case malformed
  }

  /// Reads the lines before the identification, the identification and the first packet from a server's first bytes.
  static func read(_ bytes: [UInt8]) -> Reading {
    var rest = bytes[...]
    while true {
      guard let end = rest.firstIndex(of: 0x0A) else { return .incomplete }
      let line = rest[rest.startIndex..<end]
      rest = rest[(end + 1)...]
      if line.starts(with: Array("SSH-".utf8)) { break }
    }
    guard let length = takeUInt32(&rest) else { return .incomplete }
    guard length >= 24, length <= 35_000 else { return .malformed }
    guard rest.count >= length else { return .incomplete }
    let padding = Int(rest[rest.startIndex])
    guard padding < length - 1 else { return .malformed }
    var payload = rest.dropFirst().prefix(length - 1 - padding)
    guard payload.first == 20, payload.count > 17 else { return .malformed }
    payload = payload.dropFirst(17)
    var lists: [[String]] = []
    for _ in 0..<10 {
      guard let count = takeUInt32(&payload), count <= payload.count else { return .malformed }
      lists.append(payload.prefix(count).split(separator: 0x2C).map { String(decoding: $0, as: UTF8.self) })
      payload = payload.dropFirst(count)
    }
    return .offer(AlgorithmOffer(lists: lists))
  }

  /// The name-lists of a category: one, or both directions.
  func directions(_ category: AlgorithmCategory) -> [[String]] {
    switch category {
    case .keyExchange: [lists[0].filter { !AlgorithmPolicy.isMarker($0) }]
    case .hostKey: [lists[1]]
    case .cipher: [lists[2], lists[3]]
    case .mac: [lists[4], lists[5]]
    }
  }

  /// All names of a category, in the server's order, each once.
  func algorithms(_ category: AlgorithmCategory) -> [String] {
    var names: [String] = []
    for name in directions(category).joined() where !names.contains(name) { names.append(name) }
    return names
  }

  private static func takeUInt32(_ bytes: inout ArraySlice<UInt8>) -> Int? {
    guard bytes.count >= 4 else { return nil }
    let value = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    bytes = bytes.dropFirst(4)
    return value
  }
}
