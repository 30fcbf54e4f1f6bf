/// What libssh2 asks to have signed with a key of the SSH agent, between two calls into it.
struct AgentSigning {
  let identity: SSHAgent.Identity
  /// The data of RFC 4252 section 7, once libssh2 has made it.
  var data: [UInt8]?
  var signature: [UInt8]?
  /// The agent would not.
  var isRefused = false

  /// libssh2 waits for the answer.
  var isAsked: Bool { data != nil && signature == nil && !isRefused }

  /// The algorithm that the data names: with RSA keys it decides on the hash.
  var algorithm: String? {
    guard let data else { return nil }
    var reader = SSHWireReader(data)
    // Session id, 50, user, service, "publickey", TRUE, algorithm.
    guard reader.string() != nil, reader.byte() == 50, reader.string() != nil, reader.string() != nil, reader.string() != nil,
      reader.byte() != nil, let name = reader.string()
    else { return nil }
    return String(decoding: name, as: UTF8.self)
  }
}

/// Reads the data types of SSH (RFC 4251 section 5); nil at the end.
struct SSHWireReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  mutating func byte() -> UInt8? { rest.popFirst() }

  mutating func uint32() -> Int? {
    guard rest.count >= 4 else { return nil }
    let value = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    rest = rest.dropFirst(4)
    return value
  }

  mutating func string() -> [UInt8]? {
    guard let count = uint32(), count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }
}
