import Glibc
import Synchronization

@testable import Transports

/// Listens on a free port of 127.0.0.1 and hands each connection to a closure, on one thread; closes it afterwards.
final class LoopbackListener: Sendable {
  let port: UInt16
  private let descriptor: Int32
  private let thread: pthread_t
  var endpoint: Endpoint { Endpoint(host: "127.0.0.1", port: port) }

  /// - Parameter handle: returns whether the connection is to stay open until the listener goes.
  init(backlog: Int32 = 256, handle: (@Sendable (Int32) -> Bool)?) throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        bind(descriptor, pointer, length) == 0 && listen(descriptor, backlog) == 0
          && getsockname(descriptor, pointer, &length) == 0
      }
    }
    guard status else { throw ChildProcess.Failure(description: "cannot listen: error \(errno)") }
    port = UInt16(bigEndian: address.sin_port)
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
