import CSSH2
import Glibc

/// Lets `ssh` reach a stream that netjob holds, over a port of loopback that takes one connection, of this user's processes only.
actor StreamRelay {
  private nonisolated let loop: EventLoop
  private let stream: JumpStream
  private let listener: Int32
  private var connection: Int32 = -1
  nonisolated let endpoint: Endpoint

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  /// Takes over the stream.
  /// - Throws: `.system`; the stream is closed then.
  init(_ stream: JumpStream, on loop: EventLoop) throws(TransportError) {
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let listener = socket(AF_INET, type, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        listener >= 0 && bind(listener, pointer, length) == 0 && listen(listener, 4) == 0
          && getsockname(listener, pointer, &length) == 0
      }
    }
    guard isListening else {
      let number = errno
      if listener >= 0 { Glibc.close(listener) }
      Glibc.close(stream.descriptor)
      throw TransportError(.system, "cannot listen on loopback: \(SystemError(number))")
    }
    self.loop = loop
    self.stream = stream
    self.listener = listener
    endpoint = Endpoint(host: "127.0.0.1", port: UInt16(bigEndian: address.sin_port))
  }

  deinit {
    for descriptor in [listener, connection, stream.descriptor] where descriptor >= 0 {
      loop.abandon(descriptor)
      Glibc.close(descriptor)
    }
  }

  /// Takes the connection and passes bytes until both sides have ended.
  /// - Parameter deadline: for the connection to come.
  func run(until deadline: ContinuousClock.Instant) async {
    while connection < 0 {
      guard (try? await loop.wait(for: .readable, of: listener, until: deadline)) != nil else { return }
      let accepted = netjob_accept(listener)
      guard accepted >= 0 else { continue }
      if isOurs(accepted) { connection = accepted } else { Glibc.close(accepted) }
    }
    let (connection, stream) = (connection, stream.descriptor)
    async let back: Void = pass(from: stream, to: connection)
    await pass(from: connection, to: stream)
    await back
  }

  /// Other users of the machine could connect to the port as well: the kernel's table says whose a connection is (proc(5)).
  private func isOurs(_ accepted: Int32) -> Bool {
    var peer = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &peer) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(accepted, $0, &length) }
    }
    guard status == 0, let table = fopen("/proc/net/tcp", "re") else { return false }
    defer { fclose(table) }
    func hex(_ port: UInt16) -> String {
      let text = String(port, radix: 16, uppercase: true)
      return String(repeating: "0", count: 4 - text.count) + text
    }
    let wanted = [":" + hex(UInt16(bigEndian: peer.sin_port)), ":" + hex(endpoint.port)]
    var line = [CChar](repeating: 0, count: 512)
    while fgets(&line, Int32(line.count), table) != nil {
      let fields = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self).split(separator: " ")
      if fields.count > 7, fields[1].hasSuffix(wanted[0]), fields[2].hasSuffix(wanted[1]) {
        return UInt32(fields[7]) == geteuid()
      }
    }
    return false
  }

  private func pass(from source: Int32, to sink: Int32) async {
    let far = ContinuousClock.now + .seconds(7 * 86_400)
    var buffer = [UInt8](repeating: 0, count: 32 * 1024)
    while true {
      let count = recv(source, &buffer, buffer.count, 0)
      if count < 0 {
        guard errno == EAGAIN || errno == EINTR,
          (try? await loop.wait(for: .readable, of: source, until: far)) != nil
        else { break }
        continue
      }
      if count == 0 { break }
      var sent = 0
      while sent < count {
        let written = buffer.withUnsafeBytes {
          send(sink, $0.baseAddress?.advanced(by: sent), count - sent, Int32(MSG_NOSIGNAL))
        }
        if written >= 0 {
          sent += written
          continue
        }
        var isLost = errno != EAGAIN && errno != EINTR
        if !isLost { isLost = (try? await loop.wait(for: .writable, of: sink, until: far)) == nil }
        if isLost {
          shutdown(source, Int32(SHUT_RDWR))
          shutdown(sink, Int32(SHUT_RDWR))
          return
        }
      }
    }
    shutdown(sink, Int32(SHUT_WR))
  }
}
