import CSSH2
import Glibc

/// The `direct-tcpip` channels of a connection to a jump host (RFC 4254 section 7.2), each pumped to and from a socket pair.
///
/// libssh2 allows many channels on a session, but two things at a time: one unfinished packet on its way out, which must be
/// finished by the very call that began it; and one channel being opened. Everything here is done by one task, `advance`
/// after `advance`, so that the first holds; the caller keeps to the second. It belongs to one actor.
final class Forwarding {
  /// One channel, and our end of its socket pair.
  final class Forward {
    let target: Endpoint
    let descriptor: Int32
    fileprivate var channel: OpaquePointer?
    /// The bytes on their way; libssh2 wants the same memory at each call.
    fileprivate let outgoing = UnsafeMutableBufferPointer<CChar>.allocate(capacity: Forwarding.bufferSize)
    fileprivate var outgoingRange = 0..<0
    fileprivate let incoming = UnsafeMutableBufferPointer<CChar>.allocate(capacity: Forwarding.bufferSize)
    fileprivate var incomingRange = 0..<0
    fileprivate var clientEnded = false
    fileprivate var serverEnded = false
    fileprivate var interest: UInt32 = 0
    /// Nobody waits for it to open any more.
    var isAbandoned = false
    /// Fires when the channel is open or could not be opened.
    var opened: EventLoop.Signal?
    var isOpen: Bool { channel != nil }
    var refusal: Refusal?
    /// Called once, when the channel is gone.
    var onEnd: (@Sendable (_ isAbandoned: Bool) -> Void)?

    /// - Parameter descriptor: our end of the pair; it is closed with the forward.
    init(target: Endpoint, descriptor: Int32) {
      self.target = target
      self.descriptor = descriptor
    }

    deinit {
      Glibc.close(descriptor)
      outgoing.deallocate()
      incoming.deallocate()
    }
  }

  /// Why a channel was not opened.
  enum Refusal {
    /// The jump host cannot reach the device.
    case unreachable
    /// The jump host forbids it, or has no room: another connection may do, in the second case.
    case prohibited
  }

  /// What `advance` came to.
  enum Progress {
    /// `events` tells when there is more to do.
    case waits
    /// The connection is lost, with this status of libssh2.
    case lost(Int32)
  }

  private enum Operation {
    case open(Forward)
    case read(Forward)
    case write(Forward)
    case close(Forward)
    case keepalive
  }

  private enum Step { case progress, idle, unfinished, lost(Int32) }

  private static let bufferSize = 32 * 1024

  /// Becomes readable when there is something to do: an epoll of the server's socket, our ends, and the wake-up.
  let events: Int32
  private let wakeUp: Int32
  private let server: Int32
  private var serverInterest: UInt32 = 0
  private(set) var forwards: [Forward] = []
  private(set) var opening: Forward?
  private var unfinished: Operation?
  private var wantsKeepalive = false
  let carrier = CarrierState()

  /// A packet is half sent: nothing else may be sent on the session.
  var isMidPacket: Bool { unfinished != nil }

  init(server: Int32) throws(TransportError) {
    self.server = server
    events = epoll_create1(Int32(EPOLL_CLOEXEC))
    wakeUp = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(fd: wakeUp))
    guard events >= 0, wakeUp >= 0, epoll_ctl(events, EPOLL_CTL_ADD, wakeUp, &event) == 0 else {
      let number = errno
      if events >= 0 { Glibc.close(events) }
      if wakeUp >= 0 { Glibc.close(wakeUp) }
      throw TransportError(.system, "cannot wait for a jump host: \(SystemError(number))")
    }
  }

  deinit {
    Glibc.close(events)
    Glibc.close(wakeUp)
  }

  /// Begins to open a channel; one at a time. Where everything has ended already, so has this.
  func begin(_ forward: Forward) {
    precondition(opening == nil, "channels are opened one at a time")
    opening = forward
    if carrier.failure == nil { wake() } else { endOpening() }
  }

  /// Lets whoever waits for `events` look.
  func wake() { eventfd_write(wakeUp, 1) }

  func askForKeepalive() { wantsKeepalive = true }

  /// Does what can be done without waiting, and sets what `events` waits for.
  func advance(_ session: SSHSession) -> Progress {
    var count: eventfd_t = 0
    eventfd_read(wakeUp, &count)
    defer { updateInterest() }
    if let operation = unfinished {
      switch run(operation, session) {
      case .unfinished: return .waits
      case .lost(let status): return .lost(status)
      case .progress, .idle: unfinished = nil
      }
    }
    var rounds = 0
    while true {
      var hasProgress = false
      let receivedByteCount = session.context.receivedByteCount
      for operation in operations() {
        switch run(operation, session) {
        case .progress: hasProgress = true
        case .idle: break
        case .lost(let status): return .lost(status)
        case .unfinished:
          unfinished = operation
          return .waits
        }
      }
      // Any call may receive, and queue, what one before it waited for; no descriptor tells of it again.
      if session.context.receivedByteCount != receivedByteCount { hasProgress = true }
      rounds += 1
      if session.context.sliceIsUsedUp || (hasProgress && rounds == 16) {
        // Others get their turn, and then it goes on at once: what libssh2 has queued makes no descriptor ready.
        wake()
        return .waits
      }
      if !hasProgress { return .waits }
    }
  }

  /// Everything has ended: tells those that wait, and closes our ends.
  func end(_ error: TransportError) {
    carrier.fail(error)
    endOpening()
    for forward in forwards { finish(forward) }
  }

  private func endOpening() {
    guard let opening else { return }
    finishOpening(opening)
    opening.onEnd?(opening.isAbandoned)
    opening.onEnd = nil
  }

  private func operations() -> [Operation] {
    var operations: [Operation] = []
    if wantsKeepalive { operations.append(.keepalive) }
    if let opening { operations.append(.open(opening)) }
    for forward in forwards {
      receive(forward)
      operations.append(.read(forward))
      if !forward.outgoingRange.isEmpty { operations.append(.write(forward)) }
      if forward.clientEnded, forward.outgoingRange.isEmpty { operations.append(.close(forward)) }
    }
    return operations
  }

  private func run(_ operation: Operation, _ session: SSHSession) -> Step {
    switch operation {
    case .open(let forward): open(forward, session)
    case .read(let forward): read(forward, session)
    case .write(let forward): write(forward, session)
    case .close(let forward): close(forward, session)
    case .keepalive: keepalive(session)
    }
  }

  /// What EAGAIN means: a packet is half sent, or there is nothing to receive.
  private func again(_ session: SSHSession) -> Step {
    libssh2_session_block_directions(session.handle) & LIBSSH2_SESSION_BLOCK_OUTBOUND != 0 ? .unfinished : .idle
  }

  // MARK: Operations

  private func open(_ forward: Forward, _ session: SSHSession) -> Step {
    let channel = libssh2_channel_direct_tcpip_ex(
      session.handle, forward.target.host, Int32(forward.target.port), "127.0.0.1", 0)
    if let channel {
      forward.channel = channel
      session.context.receivableByteCount += 1 << 20
      forwards.append(forward)
      finishOpening(forward)
      if forward.isAbandoned { forward.clientEnded = true }
      return .progress
    }
    let status = session.lastStatus
    switch status {
    case LIBSSH2_ERROR_EAGAIN: return again(session)
    case LIBSSH2_ERROR_CHANNEL_FAILURE, LIBSSH2_ERROR_CHANNEL_UNKNOWN:
      // libssh2 puts the reason of RFC 4254 section 5.1 into words only.
      forward.refusal = session.lastMessage.contains("connect failed") ? .unreachable : .prohibited
      finishOpening(forward)
      forward.onEnd?(forward.isAbandoned)
      forward.onEnd = nil
      return .progress
    default: return .lost(status)
    }
  }

  private func finishOpening(_ forward: Forward) {
    opening = nil
    forward.opened?.fire()
    forward.opened = nil
  }

  /// Server to client: flushes what is pending, then reads more.
  private func read(_ forward: Forward, _ session: SSHSession) -> Step {
    var hasProgress = false
    if !forward.incomingRange.isEmpty {
      let start = forward.incoming.baseAddress?.advanced(by: forward.incomingRange.lowerBound)
      let count = send(forward.descriptor, start, forward.incomingRange.count, Int32(MSG_NOSIGNAL))
      if count < 0 {
        if errno == EAGAIN || errno == EINTR { return .idle }
        forward.incomingRange = 0..<0
        forward.clientEnded = true
      } else {
        forward.incomingRange = (forward.incomingRange.lowerBound + count)..<forward.incomingRange.upperBound
        if !forward.incomingRange.isEmpty { return .idle }
        hasProgress = true
      }
    }
    guard !forward.serverEnded, let channel = forward.channel else { return hasProgress ? .progress : .idle }
    let count = libssh2_channel_read_ex(channel, 0, forward.incoming.baseAddress, forward.incoming.count)
    if count > 0 {
      // Packets of one byte of data take up to 100; beyond that, it is something that nobody asked for.
      session.context.receivableByteCount += count * 128
      forward.incomingRange = 0..<count
      return .progress
    }
    if count == Int(LIBSSH2_ERROR_EAGAIN) {
      let step = again(session)
      if case .idle = step, hasProgress { return .progress }
      return step
    }
    if count == 0 && libssh2_channel_eof(channel) == 0 { return hasProgress ? .progress : .idle }
    if count < 0 && count != Int(LIBSSH2_ERROR_CHANNEL_CLOSED) { return .lost(Int32(clamping: count)) }
    forward.serverEnded = true
    shutdown(forward.descriptor, Int32(SHUT_WR))
    return .progress
  }

  /// Client to us, when there is room.
  private func receive(_ forward: Forward) {
    guard forward.outgoingRange.isEmpty, !forward.clientEnded else { return }
    let count = recv(forward.descriptor, forward.outgoing.baseAddress, forward.outgoing.count, 0)
    if count > 0 {
      forward.outgoingRange = 0..<count
    } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
      forward.clientEnded = true
    }
  }

  /// Us to server.
  private func write(_ forward: Forward, _ session: SSHSession) -> Step {
    guard let channel = forward.channel else { return .idle }
    let start = forward.outgoing.baseAddress?.advanced(by: forward.outgoingRange.lowerBound)
    let count = libssh2_channel_write_ex(channel, 0, start, forward.outgoingRange.count)
    if count > 0 {
      session.context.receivableByteCount += 512
      forward.outgoingRange = (forward.outgoingRange.lowerBound + count)..<forward.outgoingRange.upperBound
      return .progress
    }
    switch Int32(clamping: count) {
    case 0: return .idle
    case LIBSSH2_ERROR_EAGAIN: return again(session)
    case LIBSSH2_ERROR_CHANNEL_CLOSED, LIBSSH2_ERROR_CHANNEL_EOF_SENT:
      forward.outgoingRange = 0..<0
      forward.clientEnded = true
      return .progress
    case let status: return .lost(status)
    }
  }

  private func close(_ forward: Forward, _ session: SSHSession) -> Step {
    guard let channel = forward.channel else { return .idle }
    let closed = libssh2_channel_close(channel)
    if closed == LIBSSH2_ERROR_EAGAIN { return again(session) }
    let freed = libssh2_channel_free(channel)
    if freed == LIBSSH2_ERROR_EAGAIN { return again(session) }
    forward.channel = nil
    finish(forward)
    return .progress
  }

  private func keepalive(_ session: SSHSession) -> Step {
    var seconds: Int32 = 0
    libssh2_keepalive_config(session.handle, 0, 1)
    let status = libssh2_keepalive_send(session.handle, &seconds)
    if status == LIBSSH2_ERROR_EAGAIN { return again(session) }
    wantsKeepalive = false
    return status == 0 ? .idle : .lost(status)
  }

  private func finish(_ forward: Forward) {
    forwards.removeAll { $0 === forward }
    arm(forward.descriptor, 0, &forward.interest)
    shutdown(forward.descriptor, Int32(SHUT_RDWR))
    forward.onEnd?(forward.isAbandoned)
    forward.onEnd = nil
  }

  // MARK: What is waited for

  private func updateInterest() {
    let isSending = unfinished != nil
    arm(server, isSending ? EPOLLOUT.rawValue : EPOLLIN.rawValue, &serverInterest)
    for forward in forwards {
      var wanted: UInt32 = 0
      // While a packet is half sent nothing else can be done for them.
      if !isSending {
        if forward.outgoingRange.isEmpty, !forward.clientEnded { wanted |= EPOLLIN.rawValue }
        if !forward.incomingRange.isEmpty { wanted |= EPOLLOUT.rawValue }
      }
      arm(forward.descriptor, wanted, &forward.interest)
    }
  }

  /// A descriptor that nothing is wanted of is left out: its hang-up would else be reported for ever.
  private func arm(_ descriptor: Int32, _ wanted: UInt32, _ current: inout UInt32) {
    guard wanted != current else { return }
    var event = epoll_event(events: wanted, data: epoll_data_t(fd: descriptor))
    let operation = wanted == 0 ? EPOLL_CTL_DEL : current == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD
    epoll_ctl(events, operation, descriptor, &event)
    current = wanted
  }
}
