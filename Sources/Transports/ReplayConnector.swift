import Synchronization

/// Answers connection requests with replays, by the endpoint's host, instead of reaching devices.
///
/// A host key is checked as `SSHConnector` does it: against the pin, then by the verifier. A host without an answer is
/// unreachable.
package final class ReplayConnector: DeviceConnector {
  package enum Answer: Sendable {
    /// The session, and the host key and the index of the accepted credential to report.
    case session(ReplayScript, hostKey: HostKey, credentialIndex: Int?)
    case failure(TransportError)

    package static func session(_ script: ReplayScript) -> Answer {
      .session(
        script, hostKey: HostKey(algorithm: "ssh-ed25519", fingerprint: "SHA256:replay", blob: []), credentialIndex: 0)
    }
  }

  private let answers: [String: Answer]
  private let wait: ReplayChannel.Wait
  private let log = Mutex<(hosts: [String], channels: [String: [ReplayChannel]])>(([], [:]))

  package init(_ answers: [String: Answer], wait: @escaping ReplayChannel.Wait = ReplayChannel.immediately) {
    self.answers = answers
    self.wait = wait
  }

  /// The hosts that were asked for, in order.
  package var requestedHosts: [String] { log.withLock { $0.hosts } }

  /// The channels that were opened to a host, in order.
  package func channels(to host: String) -> [ReplayChannel] { log.withLock { $0.channels[host] ?? [] } }

  package func connect(_ request: ConnectionRequest) async throws -> ConnectedShell {
    try Task.checkCancellation()
    let host = request.endpoint.host
    log.withLock { $0.hosts.append(host) }
    switch answers[host] {
    case nil:
      throw TransportError(.unreachable, "\(request.endpoint): there is no replay of this host")
    case .failure(let error):
      throw error
    case .session(let script, let hostKey, let credentialIndex):
      if let pin = request.options.hostKeyPin, pin != hostKey.pin {
        throw TransportError(.hostKeyChanged, "\(request.endpoint): the host key has changed")
      }
      try await request.verifier(hostKey)
      let channel = ReplayChannel(script, wait: wait)
      log.withLock { $0.channels[host, default: []].append(channel) }
      return ConnectedShell(channel: channel, hostKey: hostKey, credentialIndex: credentialIndex)
    }
  }
}
