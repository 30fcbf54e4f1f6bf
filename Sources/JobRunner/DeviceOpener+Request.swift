internal import DeviceCLI
internal import JobModel
package import Storage
package import Transports

extension DeviceOpener {
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
    let limits = try await store.readAsync { try SessionLimits($0).overridden(by: network.timeouts) }
    return ConnectionRequest(
      endpoint: Endpoint(host: jump.host, port: UInt16(clamping: jump.port)), credentials: [],
      deadlines: limits.deadlines(device: limits.device), verifier: { _ in })
  }

  /// How many file descriptors a session with the device takes.
  func descriptorCount(for device: DeviceRecord) async -> Int {
    // What fails here fails again, and is told, where the session is opened.
    guard let network = try? await access.rules(for: device).network else { return 0 }
    return descriptorCount(device.transport, in: network)
  }

  /// - Parameter transport: nil is the network's.
  func descriptorCount(_ transport: TransportKind?, in network: NetworkRecord) -> Int {
    (transport ?? network.transport).connection.descriptorCount(isBehindJumpHost: network.jump != nil)
  }

  /// How the device is reached, its own time limits put in.
  func reach(_ device: DeviceRecord) async throws -> AccessRules.Rules {
    var rules = try await access.rules(for: device)
    rules.limits = rules.limits.overridden(by: device.timeouts.or(rules.network.timeouts))
    return rules
  }

  func request(for device: DeviceRecord, _ platform: Platform, _ reach: AccessRules.Rules) -> ConnectionRequest {
    ConnectionRequest(
      endpoint: Endpoint(host: device.address, port: UInt16(clamping: device.port)),
      transport: (device.transport ?? reach.network.transport).connection,
      jump: jump(reach), credentials: reach.credentials.map { Self.login($0.record, $0.secrets, suffix: platform.loginSuffix) },
      options: SSHConnection.Options(
        hostKeyPin: pin(of: device), allowsLegacyAlgorithms: device.isLegacy || platform.allowsLegacyAlgorithms,
        maximumLoginAttempts: reach.limits.loginAttempts),
      deadlines: reach.limits.deadlines(device: reach.limits.device), verifier: verifier(device, reach.network.hostKeys))
  }

  func jump(_ reach: AccessRules.Rules) -> JumpHost? {
    guard let jump = reach.network.jump, let credential = reach.jumpCredential else { return nil }
    var pin: HostKeyPin?
    if let type = jump.hostKeyType, let fingerprint = jump.hostKeyFingerprint {
      pin = HostKeyPin(algorithm: type, fingerprint: fingerprint)
    }
    return JumpHost(
      endpoint: Endpoint(host: jump.host, port: UInt16(clamping: jump.port)),
      credentials: [Self.login(credential.record, credential.secrets)],
      options: SSHConnection.Options(hostKeyPin: pin, maximumLoginAttempts: reach.limits.loginAttempts),
      verifier: verifier(jump, of: reach.network))
  }

  static func login(
    _ record: CredentialRecord, _ secrets: CredentialSecrets, suffix: String = ""
  ) -> LoginCredential {
    LoginCredential(
      user: record.username + suffix, password: secrets.password,
      privateKey: secrets.privateKey.map { .init(text: $0, passphrase: secrets.passphrase) }, usesAgent: record.usesAgent)
  }

  /// Adds the command that mends it, where there is one.
  /// - Parameter credentials: those that were tried.
  package func told(
    _ error: TransportError, of device: DeviceRecord, with credentials: [LoginCredential] = []
  ) -> TransportError {
    var told = error
    if error.concernsJumpHost {
      if error.code == .hostKeyChanged {
        told.hint = "find out why it changed; if the new key is right: netjob network trust \(device.network) --scan"
      }
    } else if error.code == .hostKeyChanged, device.hostKeyType != nil {
      told.hint = "find out why it changed; if the new key is right: netjob device trust \(device.name) --scan"
    } else if error.suggestsOpenSSH {
      let command = "netjob device edit \(device.name) --transport openssh"
      told.hint = error.hint.map { "\($0), or use the system's ssh: \(command)" } ?? command
    } else if error.code == .authenticationFailed, error.hint == nil {
      told.hint =
        device.credential.map { Self.mending($0, credentials.first) }
        ?? "netjob credential list shows what there is; netjob device edit \(device.name) --credential NAME chooses one"
    }
    return told
  }

  /// What to do when a credential of a name is refused.
  private static func mending(_ name: String, _ credential: LoginCredential?) -> String {
    if credential?.password != nil { return "if its password has changed: netjob credential edit \(name) --password-stdin" }
    if credential?.privateKey != nil {
      return "if its key has changed: netjob credential edit \(name) --private-key-file FILE"
    }
    if credential?.usesAgent == true { return "ssh-add -l lists the keys of your agent; the device has to accept one of them" }
    return "netjob credential show \(name)"
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

extension TransportKind {
  /// What makes connections of this kind.
  var connection: ConnectionRequest.Transport {
    switch self {
    case .libssh2: .libssh2
    case .openssh: .openSSH
    }
  }
}
