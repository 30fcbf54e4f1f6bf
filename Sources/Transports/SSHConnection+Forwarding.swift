import CSSH2
import Glibc

extension SSHConnection {
  /// Whether streams can still be opened on the connection.
  var carriesStreams: Bool { !isClosedOrBroken && forwarding?.carrier.failure == nil }

  /// Opens a stream through this server, which takes one such call at a time.
  /// - Parameter onEnd: called once when the stream is gone, also when it was not opened.
  /// - Returns: the stream; nil when the server refuses further channels.
  /// - Throws: `.unreachable` (of the device), `.timedOut`, `.connectionLost`, `CancellationError`.
  func openStream(
    to target: Endpoint, until deadline: ContinuousClock.Instant, onEnd: @escaping @Sendable (_ isAbandoned: Bool) -> Void
  ) async throws -> (descriptor: Int32, carrier: CarrierState)? {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
      let number = errno
      onEnd(false)
      throw TransportError(.system, "cannot make a socket pair: \(SystemError(number))")
    }
    let forwarding: Forwarding
    do {
      forwarding = try startForwarding()
    } catch {
      Glibc.close(ends[0])
      Glibc.close(ends[1])
      onEnd(false)
      throw error
    }
    let forward = Forwarding.Forward(target: target, descriptor: ends[1])
    forward.onEnd = onEnd
    do {
      try await loop.waitForSignal(until: deadline) { signal in
        forward.opened = signal
        forwarding.begin(forward)
      }
    } catch {
      forward.isAbandoned = true
      Glibc.close(ends[0])
      guard (error as? TransportError)?.code == .timedOut else { throw error }
      throw TransportError(
        .timedOut, "\(target): timed out during connect through jump host \(endpoint)",
        hint: "the device is down, or a firewall drops packets from the jump host to port \(target.port)")
    }
    if forward.isOpen { return (ends[0], forwarding.carrier) }
    Glibc.close(ends[0])
    switch forward.refusal {
    case .unreachable?:
      throw TransportError(.unreachable, "\(target): jump host \(endpoint) cannot connect to it")
    case .prohibited?: return nil
    case nil: throw forwarding.carrier.failure ?? TransportError(.connectionLost, "\(endpoint): the connection is closed")
    }
  }

  /// Starts the task that pumps, with the first stream.
  private func startForwarding() throws(TransportError) -> Forwarding {
    if let forwarding { return forwarding }
    guard let session, carriesStreams else { throw TransportError(.connectionLost, "\(endpoint): the connection is closed") }
    let forwarding = try Forwarding(server: session.socket.descriptor)
    self.forwarding = forwarding
    Task { await pump() }
    return forwarding
  }

  /// Moves bytes until the connection is closed or lost.
  private func pump() async {
    guard let forwarding else { return }
    let failure = await pumpUntilEnd(forwarding)
    session?.isBroken = true
    forwarding.end(failure)
    loop.abandon(forwarding.events)
  }

  private func pumpUntilEnd(_ forwarding: Forwarding) async -> TransportError {
    while let session, carriesStreams {
      session.context.beginSlice()
      switch forwarding.advance(session) {
      case .waits: break
      case .lost(let status):
        var failure = error(status, .session, session)
        failure.message = "jump host \(failure.message)"
        failure.concernsJumpHost = true
        return failure
      }
      do {
        let interval = options.keepaliveInterval > .zero ? options.keepaliveInterval : .seconds(3600)
        try await loop.wait(for: .readable, of: forwarding.events, until: .now + interval)
      } catch {
        guard (error as? TransportError)?.code == .timedOut else { break }
        forwarding.askForKeepalive()
      }
    }
    return TransportError(.connectionLost, "jump host \(endpoint): the connection was closed", concernsJumpHost: true)
  }
}
