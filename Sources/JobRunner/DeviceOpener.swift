package import DeviceCLI
package import JobModel
package import Storage
package import Transports

/// A device with an open session, and how it came about.
package struct OpenedDevice: Sendable {
  package let session: DeviceSession
  package let hostKey: HostKey
  /// The credential that the device accepted; nil when it asked for none.
  package let credential: CredentialRecord?
  package let timings: PhaseTimings
  /// From the open shell to the learned prompt.
  package let promptDuration: Duration
  package let serverIdentification: String?
  package let transport: TransportKind
  /// `host:port` of the jump host on the way; nil when there is none.
  package let jumpHost: String?
  /// The secrets that were in use, for redaction of what is stored.
  package let redactor: Redactor
}

/// Opens sessions on devices: finds the credentials, checks or pins the host key, logs in, learns the prompt.
package struct DeviceOpener: Sendable {
  private let store: Store
  private let connector: any DeviceConnector
  private let catalogs: Catalogs
  private let caller: Caller

  package init(store: Store, connector: any DeviceConnector, catalogs: Catalogs, caller: Caller) {
    self.store = store
    self.connector = connector
    self.catalogs = catalogs
    self.caller = caller
  }

  /// What the database says of reaching a device.
  private struct Reach: Sendable {
    var network: NetworkRecord
    var credentials: [(record: CredentialRecord, secrets: CredentialSecrets)]
    var jumpCredential: (record: CredentialRecord, secrets: CredentialSecrets)?
    var deadlines: SessionDeadlines
    var maximumLoginAttempts: Int
  }

  /// Opens a session. Nothing stays open when it throws.
  /// - Parameters:
  ///   - jobSecrets: what is to be masked besides the credential's secrets: the job's secret parameters.
  ///   - deviceTime: the time for all of the session; nil takes that of the settings.
  /// - Throws: `TransportError`, `DeviceError`, `ModelError` (no credential), `CancellationError`.
  package func open(
    _ device: DeviceRecord, secrets jobSecrets: [String] = [], deviceTime: Duration? = nil
  ) async throws -> OpenedDevice {
    let platform = try catalogs.platforms.platform(named: device.platform)
    var reach = try await reach(device)
    if let deviceTime { reach.deadlines.device = deviceTime }
    let deadlines = reach.deadlines
    let credentials = reach.credentials
    guard !credentials.isEmpty else {
      throw ModelError(
        .invalid, "there is no credential for device '\(device.name)'",
        hint:
          "netjob credential add NAME --username USER --network \(device.network), or netjob device edit \(device.name) --credential NAME"
      )
    }
    let request = request(for: device, platform, reach)
    let shell: ConnectedShell
    do {
      shell = try await connector.connect(request)
    } catch let error as TransportError {
      throw told(error, of: device, reach.network)
    }
    let used = shell.credentialIndex.flatMap { credentials.indices.contains($0) ? credentials[$0] : nil }
    let secrets = (used.map { [$0] } ?? credentials).flatMap { $0.1.all } + jobSecrets
    let clock = ContinuousClock()
    let began = clock.now
    do {
      var modeSecrets: [PlatformMode: String] = [:]
      // A credential without a secret of its own for the enable mode shares the login's, as most devices are set up.
      if let secret = used?.1.enable ?? used?.1.password { modeSecrets[.enable] = secret }
      var options = SessionOptions()
      options.loginTimeout = deadlines.login
      options.commandTimeout = deadlines.command
      let session = try await DeviceSession.open(
        shell.channel, platform: platform, secrets: SessionSecrets(modeSecrets: modeSecrets, others: secrets), options: options)
      return OpenedDevice(
        session: session, hostKey: shell.hostKey, credential: used?.0, timings: shell.timings,
        promptDuration: clock.now - began, serverIdentification: shell.serverIdentification,
        transport: device.transport ?? reach.network.transport, jumpHost: reach.network.jump?.address, redactor: Redactor(secrets: secrets))
    } catch {
      await shell.channel.close()
      throw error
    }
  }

  /// What fetches the host key that a login to the device would verify.
  package func scanRequest(for device: DeviceRecord) async throws -> ConnectionRequest {
    let platform = try catalogs.platforms.platform(named: device.platform)
    var request = request(for: device, platform, try await reach(device))
    request.credentials = []
    request.options.hostKeyPin = nil
    return request
  }

  /// What fetches the host key of a network's jump host.
  package func scanRequest(forJumpHostOf network: NetworkRecord) async throws -> ConnectionRequest {
    guard let jump = network.jump else {
      throw ModelError(.invalid, "network '\(network.name)' has no jump host")
    }
    return ConnectionRequest(
      endpoint: Endpoint(host: jump.host, port: UInt16(clamping: jump.port)), credentials: [],
      deadlines: try await store.readAsync { try Self.deadlines($0, network.timeouts) }, verifier: { _ in })
  }

  private func reach(_ device: DeviceRecord) async throws -> Reach {
    let keys = try store.keys()
    return try await store.readAsync { sql in
      let network = try NetworkQueries.get(sql, id: device.networkID)
      return Reach(
        network: network,
        credentials: try CredentialQueries.candidates(sql, for: device).filter(\.logsIn).map { record in
          (record, try CredentialQueries.secrets(sql, of: record.id, keys: keys))
        },
        jumpCredential: try network.jump.map { jump in
          let record = try CredentialQueries.find(sql, jump.credential)
          return (record, try CredentialQueries.secrets(sql, of: record.id, keys: keys))
        },
        deadlines: try Self.deadlines(sql, device.timeouts.or(network.timeouts)),
        maximumLoginAttempts: Int(try SettingQueries.number(sql, of: "login.attempts")))
    }
  }

  private static func deadlines(_ sql: any SQLConnection, _ timeouts: SessionTimeouts) throws -> SessionDeadlines {
    func seconds(_ own: Int64?, _ key: String) throws -> Duration { .seconds(try own ?? SettingQueries.number(sql, of: key)) }
    return SessionDeadlines(
      connect: try seconds(timeouts.connect, "timeout.connect"), login: try seconds(timeouts.login, "timeout.login"),
      command: try seconds(timeouts.command, "timeout.command"), device: try seconds(nil, "timeout.device"))
  }

  private func request(for device: DeviceRecord, _ platform: Platform, _ reach: Reach) -> ConnectionRequest {
    let transport: ConnectionRequest.Transport =
      switch device.transport ?? reach.network.transport {
      case .libssh2: .libssh2
      case .openssh: .openSSH
      }
    return ConnectionRequest(
      endpoint: Endpoint(host: device.address, port: UInt16(clamping: device.port)), transport: transport,
      jump: jump(reach), credentials: reach.credentials.map { Self.login($0.record, $0.secrets) },
      options: SSHConnection.Options(
        hostKeyPin: pin(of: device), allowsLegacyAlgorithms: device.isLegacy || platform.allowsLegacyAlgorithms,
        maximumLoginAttempts: reach.maximumLoginAttempts),
      deadlines: reach.deadlines, verifier: verifier(device, reach.network.hostKeys))
  }

  private func jump(_ reach: Reach) -> JumpHost? {
    guard let jump = reach.network.jump, let credential = reach.jumpCredential else { return nil }
    var pin: HostKeyPin?
    if let type = jump.hostKeyType, let fingerprint = jump.hostKeyFingerprint {
      pin = HostKeyPin(algorithm: type, fingerprint: fingerprint)
    }
    return JumpHost(
      endpoint: Endpoint(host: jump.host, port: UInt16(clamping: jump.port)),
      credentials: [Self.login(credential.record, credential.secrets)],
      options: SSHConnection.Options(hostKeyPin: pin, maximumLoginAttempts: reach.maximumLoginAttempts),
      verifier: verifier(jump, of: reach.network))
  }

  private static func login(_ record: CredentialRecord, _ secrets: CredentialSecrets) -> LoginCredential {
    LoginCredential(
      user: record.username, password: secrets.password,
      privateKey: secrets.privateKey.map { .init(text: $0, passphrase: secrets.passphrase) }, usesAgent: record.usesAgent)
  }

  /// Adds the command that mends it, where there is one.
  private func told(_ error: TransportError, of device: DeviceRecord, _ network: NetworkRecord) -> TransportError {
    var told = error
    if error.concernsJumpHost {
      if error.code == .hostKeyChanged {
        told.hint = "find out why it changed; if the new key is right: netjob network trust \(network.name) --scan"
      }
    } else if error.code == .hostKeyChanged, device.hostKeyType != nil {
      told.hint = "find out why it changed; if the new key is right: netjob device trust \(device.name) --scan"
    } else if error.suggestsOpenSSH {
      let command = "netjob device edit \(device.name) --transport openssh"
      told.hint = error.hint.map { "\($0), or use the system's ssh: \(command)" } ?? command
    }
    return told
  }

  private func pin(of device: DeviceRecord) -> HostKeyPin? {
    guard let type = device.hostKeyType, let fingerprint = device.hostKeyFingerprint else { return nil }
    return HostKeyPin(algorithm: type, fingerprint: fingerprint)
  }

  /// Called before any secret is sent to the jump host.
  private func verifier(_ jump: NetworkRecord.JumpHost, of network: NetworkRecord) -> HostKeyVerifier {
    { [store, caller] key in
      if let fingerprint = jump.hostKeyFingerprint {
        guard fingerprint == key.fingerprint else {
          throw TransportError(
            .hostKeyChanged,
            "the host key of jump host '\(jump.address)' is not the pinned one: pinned is \(fingerprint), "
              + "presented is \(key.algorithm) \(key.fingerprint)",
            concernsJumpHost: true)
        }
        if jump.hostKeyType != nil { return }
      } else if network.hostKeys == .strict {
        throw TransportError(
          .hostKeyUnknown,
          "the host key of jump host '\(jump.address)' is not pinned and network '\(network.name)' is strict; "
            + "it offered \(key.algorithm) \(key.fingerprint)",
          hint: "compare it with the jump host, then: netjob network trust \(network.name) --fingerprint \(key.fingerprint)",
          concernsJumpHost: true)
      }
      try await store.changeAsync(as: caller) {
        try $0.pinFirstSeenJumpHost(of: network, keyType: key.algorithm, fingerprint: key.fingerprint)
      }
    }
  }

  /// Called before any secret is sent. A pinned key was compared already by the transport.
  private func verifier(_ device: DeviceRecord, _ policy: NetworkRecord.HostKeyPolicy) -> HostKeyVerifier {
    let isPinned = pin(of: device) != nil
    return { [store, caller] key in
      if isPinned { return }
      if let fingerprint = device.hostKeyFingerprint {
        // Pinned by its fingerprint alone: now its type is known as well.
        guard fingerprint == key.fingerprint else {
          throw TransportError(
            .hostKeyChanged,
            "the host key of device '\(device.name)' is not the pinned one: pinned is \(fingerprint), "
              + "presented is \(key.algorithm) \(key.fingerprint)",
            hint:
              "where the device has keys of several types, pin with netjob device trust \(device.name) --fingerprint ... --key-type TYPE"
          )
        }
        try await store.changeAsync(as: caller) {
          try $0.pinFirstSeen(device, keyType: key.algorithm, fingerprint: key.fingerprint)
        }
        return
      }
      switch policy {
      case .strict:
        throw TransportError(
          .hostKeyUnknown,
          "the host key of device '\(device.name)' is not pinned and network '\(device.network)' is strict; it offered \(key.algorithm) \(key.fingerprint)",
          hint: "compare it with the device, then: netjob device trust \(device.name) --fingerprint \(key.fingerprint)")
      case .acceptNew:
        try await store.changeAsync(as: caller) { change in
          // Another session may have pinned it in between.
          guard let now = try DeviceQueries.get(change.sql, id: device.id) else {
            throw ModelError(.notFound, "device '\(device.name)' was deleted meanwhile")
          }
          if let fingerprint = now.hostKeyFingerprint {
            guard fingerprint == key.fingerprint else {
              throw TransportError(.hostKeyChanged, "the host key of device '\(device.name)' is not the one pinned meanwhile")
            }
            return
          }
          try change.pinFirstSeen(device, keyType: key.algorithm, fingerprint: key.fingerprint)
        }
      }
    }
  }
}
