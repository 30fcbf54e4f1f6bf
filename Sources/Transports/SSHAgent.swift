import Glibc

/// A connection to an SSH agent (draft-miller-ssh-agent), which holds private keys and signs with them. It never blocks, as an
/// agent may ask its person first. It belongs to one actor.
final class SSHAgent {
  struct Identity: Equatable, Sendable {
    /// The type of key: `ssh-ed25519`, ...
    var algorithm: String
    /// The public key in SSH wire format.
    var blob: [UInt8]
  }

  private enum Message {
    static let failure: UInt8 = 5
    static let requestIdentities: UInt8 = 11
    static let identities: UInt8 = 12
    static let requestSignature: UInt8 = 13
    static let signature: UInt8 = 14
  }

  private static let maximumMessageByteCount = 256 * 1024
  private static let maximumIdentityCount = 256

  private let descriptor: Int32
  private let loop: EventLoop

  /// Connects to the agent that listens at `path`.
  /// - Throws: `.system` naming the path.
  init(path: String, on loop: EventLoop) throws(TransportError) {
    func failed(_ why: String) -> TransportError {
      TransportError(.system, "the SSH agent at '\(PrintableBytes(path.utf8))' cannot be reached: \(why)")
    }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard !bytes.isEmpty, bytes.count < MemoryLayout.size(ofValue: address.sun_path), !bytes.contains(0) else {
      throw failed("that is no path of a socket")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(AF_UNIX, type, 0)
    guard descriptor >= 0 else { throw failed("\(SystemError(errno))") }
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard status == 0 else {
      let number = errno
      Glibc.close(descriptor)
      throw failed("\(SystemError(number))")
    }
    self.descriptor = descriptor
    self.loop = loop
  }

  deinit {
    loop.abandon(descriptor)
    Glibc.close(descriptor)
  }

  /// The keys that the agent holds, in its order.
  /// - Throws: `.system` when it answers nonsense, `.timedOut`, `CancellationError`.
  nonisolated(nonsending) func identities(until deadline: ContinuousClock.Instant) async throws -> [Identity] {
    let answer = try await ask([Message.requestIdentities], until: deadline)
    var reader = SSHWireReader(answer)
    guard reader.byte() == Message.identities, let count = reader.uint32(), count <= Self.maximumIdentityCount else {
      throw Self.nonsense
    }
    var identities: [Identity] = []
    for _ in 0..<count {
      guard let blob = reader.string(), reader.string() != nil else { throw Self.nonsense }
      var blobReader = SSHWireReader(blob)
      guard let name = blobReader.string() else { throw Self.nonsense }
      identities.append(Identity(algorithm: String(decoding: name, as: UTF8.self), blob: blob))
    }
    return identities
  }

  /// Has `data` signed.
  /// - Parameter algorithm: as the server will verify it; for an RSA key it names the hash.
  /// - Returns: the signature without its algorithm's name; nil when the agent, or its person, refuses.
  /// - Throws: as `identities`.
  nonisolated(nonsending) func sign(
    _ data: [UInt8], with identity: Identity, algorithm: String, until deadline: ContinuousClock.Instant
  ) async throws -> [UInt8]? {
    let flags: UInt32 =
      switch algorithm {
      case "rsa-sha2-256": 2
      case "rsa-sha2-512": 4
      default: 0
      }
    let message =
      [Message.requestSignature] + Self.string(identity.blob) + Self.string(data) + Self.bytes(flags)
    var reader = SSHWireReader(try await ask(message, until: deadline))
    switch reader.byte() {
    case Message.failure?: return nil
    case Message.signature?: break
    default: throw Self.nonsense
    }
    guard let wrapped = reader.string() else { throw Self.nonsense }
    var inner = SSHWireReader(wrapped)
    guard let name = inner.string(), let signature = inner.string() else { throw Self.nonsense }
    // An agent that signs by another hash than asked for has not signed for this server.
    return String(decoding: name, as: UTF8.self) == algorithm ? signature : nil
  }

  private static let nonsense = TransportError(.system, "the SSH agent answered what is none of its protocol")

  private static func bytes(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }

  private static func string(_ content: [UInt8]) -> [UInt8] { bytes(UInt32(content.count)) + content }

  nonisolated(nonsending) private func ask(
    _ message: [UInt8], until deadline: ContinuousClock.Instant
  ) async throws -> [UInt8] {
    var rest = Self.string(message)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        try await loop.wait(for: .writable, of: descriptor, until: deadline)
      } else if errno != EINTR {
        throw TransportError(.system, "the SSH agent hung up: \(SystemError(errno))")
      }
    }
    var header = SSHWireReader(try await receive(4, until: deadline))
    guard let count = header.uint32(), count > 0, count <= Self.maximumMessageByteCount else { throw Self.nonsense }
    return try await receive(count, until: deadline)
  }

  nonisolated(nonsending) private func receive(_ wanted: Int, until deadline: ContinuousClock.Instant) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: min(wanted, 16 * 1024))
    while bytes.count < wanted {
      let count = recv(descriptor, &buffer, min(buffer.count, wanted - bytes.count), 0)
      if count > 0 {
        bytes += buffer.prefix(count)
      } else if count == 0 {
        throw TransportError(.system, "the SSH agent hung up")
      } else if errno == EAGAIN {
        try await loop.wait(for: .readable, of: descriptor, until: deadline)
      } else if errno != EINTR {
        throw TransportError(.system, "the SSH agent hung up: \(SystemError(errno))")
      }
    }
    return bytes
  }
}
