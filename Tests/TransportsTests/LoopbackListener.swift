import Glibc
import Synchronization

@testable import Transports

/// Listens on a free port of 127.0.0.1 or ::1 and hands each connection to a closure, on one thread; closes it afterwards.
final class LoopbackListener: Sendable {
  let port: UInt16
  private let descriptor: Int32
  private let thread: pthread_t
  private let isIPv6: Bool
  var endpoint: Endpoint { Endpoint(host: isIPv6 ? "::1" : "127.0.0.1", port: port) }

  /// - Parameter handle: returns whether the connection is to stay open until the listener goes.
  init(backlog: Int32 = 256, isIPv6: Bool = false, handle: (@Sendable (Int32) -> Bool)?) throws {
    self.isIPv6 = isIPv6
    let descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    // Large enough for both families.
    var address = sockaddr_in6()
    var length = socklen_t(isIPv6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size)
    withUnsafeMutableBytes(of: &address) { bytes in
      bytes.storeBytes(of: sa_family_t(isIPv6 ? AF_INET6 : AF_INET), as: sa_family_t.self)
      if isIPv6 { bytes[23] = 1 } else { bytes.storeBytes(of: UInt32(0x7F00_0001).bigEndian, toByteOffset: 4, as: UInt32.self) }
    }
    let status = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        bind(descriptor, pointer, length) == 0 && listen(descriptor, backlog) == 0
          && getsockname(descriptor, pointer, &length) == 0
      }
    }
    guard status else { throw ChildProcess.Failure(description: "cannot listen: error \(errno)") }
    port = UInt16(bigEndian: address.sin6_port)
    self.descriptor = descriptor
    thread = try LoopThread.start {
      guard let handle else { return }
      var kept: [Int32] = []
      while true {
        let connection = accept(descriptor, nil, nil)
        if connection < 0 { break }
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        if handle(connection) { kept.append(connection) } else { close(connection) }
      }
      for connection in kept { close(connection) }
    }
  }

  deinit {
    shutdown(descriptor, Int32(SHUT_RDWR))
    pthread_join(thread, nil)
    close(descriptor)
  }

  /// Sends all of `bytes`; returns false when the peer is gone.
  static func send(_ bytes: [UInt8], to connection: Int32) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(connection, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return false }
      sent += count
    }
    return true
  }
}
