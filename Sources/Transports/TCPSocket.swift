import Glibc

/// A non-blocking, close-on-exec TCP socket; closed with its last reference at the latest.
///
/// Not `Sendable`: it belongs to one actor.
final class TCPSocket {
  let descriptor: Int32
  private let loop: EventLoop
  /// What carries the bytes, when it is no connection of our own.
  let carrier: CarrierState?

  /// Takes over a stream through a jump host.
  init(adopting stream: JumpStream, on loop: EventLoop) {
    descriptor = stream.descriptor
    carrier = stream.carrier
    self.loop = loop
  }

  private init(family: Int32, loop: EventLoop) throws(TransportError) {
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    descriptor = socket(family, type, 0)
    guard descriptor >= 0 else {
      let number = errno
      let code: TransportError.Code = number == EAFNOSUPPORT ? .unreachable : .system
      throw TransportError(code, "cannot make a socket: \(SystemError(number))")
    }
    self.loop = loop
    carrier = nil
  }

  deinit {
    loop.abandon(descriptor)
    Glibc.close(descriptor)
  }

  /// Connects to the first of `addresses` that answers; each gets its share of the time that is left.
  /// - Throws: the last address's `.unreachable`, `.timedOut` or `.system`; `CancellationError`.
  nonisolated(nonsending) static func connect(
    to addresses: [SocketAddress], of endpoint: Endpoint, until deadline: ContinuousClock.Instant, on loop: EventLoop
  ) async throws -> TCPSocket {
    var lastError = TransportError(.unreachable, "\(endpoint): has no address")
    for (index, address) in addresses.enumerated() {
      let now = ContinuousClock.now
      let share = now + (deadline - now) / (addresses.count - index)
      do {
        return try await connect(to: address, of: endpoint, until: share, on: loop)
      } catch let error as TransportError {
        lastError = error
      }
    }
    throw lastError
  }

  nonisolated(nonsending) private static func connect(
    to address: SocketAddress, of endpoint: Endpoint, until deadline: ContinuousClock.Instant, on loop: EventLoop
  ) async throws -> TCPSocket {
    let socket = try TCPSocket(family: address.family, loop: loop)
    let number: Int32
    do {
      number = try await socket.attempt(address, until: deadline)
    } catch let error as TransportError where error.code == .timedOut {
      throw TransportError(
        .timedOut, "\(endpoint): timed out during connect",
        hint: "the device is down, or a firewall drops packets to port \(endpoint.port)")
    }
    if number == 0 { return socket }
    let code: TransportError.Code =
      switch number {
      case ETIMEDOUT: .timedOut
      case ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENETDOWN, EHOSTDOWN, ECONNRESET, EACCES, EPERM, EADDRNOTAVAIL, EINVAL:
        .unreachable
      default: .system
      }
    let hint =
      number == ECONNREFUSED
      ? "nothing listens on port \(endpoint.port): check the port and that SSH is on"
      : number == EINVAL ? endpoint.scopeHint : nil
    throw TransportError(code, "\(endpoint): \(SystemError(number))", hint: hint)
  }

  /// Connects.
  /// - Returns: 0, or the error number.
  /// - Throws: `.timedOut`, `CancellationError`.
  nonisolated(nonsending) private func attempt(
    _ address: SocketAddress, until deadline: ContinuousClock.Instant
  ) async throws -> Int32 {
    setOptions()
    let started = address.withPointer { Glibc.connect(descriptor, $0, $1) } ?? -1
    var number = started == 0 ? 0 : errno
    if number == EINPROGRESS || number == EINTR {
      try await loop.wait(for: .writable, of: descriptor, until: deadline)
      var length = socklen_t(MemoryLayout<Int32>.size)
      if getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &length) != 0 { number = errno }
    }
    return number
  }

  /// Sees whether a port takes connections, at the first address of `endpoint`, and hangs up.
  /// - Parameter timeout: for the answer; as much again for the name.
  nonisolated(nonsending) static func probe(
    _ endpoint: Endpoint, timeout: Duration, on loop: EventLoop
  ) async throws -> PortState {
    let addresses = try await AddressResolver.shared.resolve(endpoint, until: .now + timeout + .seconds(10), on: loop)
    guard let address = addresses.first else { throw TransportError(.nameNotResolved, "\(endpoint): has no address") }
    let socket = try TCPSocket(family: address.family, loop: loop)
    do {
      switch try await socket.attempt(address, until: .now + timeout) {
      case 0: return .open
      case ECONNREFUSED, ECONNRESET: return .closed
      case ETIMEDOUT: return .filtered
      case let number: return .unreachable(reason: "\(SystemError(number))")
      }
    } catch let error as TransportError where error.code == .timedOut {
      return .filtered
    }
  }

  /// A peer that vanished is noticed after some 60 s: without data by keepalive probes, with unacknowledged data by the
  /// user time-out (tcp(7)).
  private func setOptions() {
    set(SOL_SOCKET, SO_KEEPALIVE, 1)
    set(Int32(IPPROTO_TCP), TCP_KEEPIDLE, 30)
    set(Int32(IPPROTO_TCP), TCP_KEEPINTVL, 10)
    set(Int32(IPPROTO_TCP), TCP_KEEPCNT, 3)
    set(Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, 60_000)
    set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
  }

  private func set(_ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Whether the other side has ended the connection, even where there is more to read.
  var hasHungUp: Bool {
    // POLLRDHUP of <poll.h>, which Glibc does not show to Swift.
    let hangUp: Int16 = 0x2000
    let ends = hangUp | Int16(POLLHUP) | Int16(POLLERR)
    var poll = pollfd(fd: descriptor, events: hangUp, revents: 0)
    return Glibc.poll(&poll, 1, 0) > 0 && poll.revents & ends != 0
  }

  /// Ends both directions, so that whatever libssh2 still tries to send or receive fails instead of waiting.
  func shutDown() { shutdown(descriptor, Int32(SHUT_RDWR)) }
}
