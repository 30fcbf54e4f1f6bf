private import Definitions
internal import DeviceCLI
internal import JobModel
private import SNMP
internal import Storage
internal import Transports

/// What answered at one endpoint.
struct DiscoveryFinding: Sendable {
  enum Result: Sendable {
    case identified(platform: String, DeviceFacts, CredentialRecord)
    /// It answers and takes a credential; what it is stays unknown.
    case unknown(CredentialRecord, reason: String)
    /// It was not logged in to, or not with success.
    case notEntered(reason: String)
  }

  let endpoint: Endpoint
  var hostKey: HostKey?
  var result: Result
  /// By SNMP.
  var systemName: String?
  /// Addresses of neighbours.
  var neighbors: [NetworkAddress] = []
  /// What makes it useless to go on, such as a jump host that is down.
  var fatal: TransportError?
}

/// Lets connections begin at a steady rate.
actor DiscoveryPacer {
  private let interval: Duration
  private var next = ContinuousClock.now

  /// - Parameter rate: per second.
  init(_ rate: Int) { interval = .seconds(1) / max(1, rate) }

  /// Waits for a turn.
  func wait() async throws {
    let now = ContinuousClock.now
    let turn = max(now, next)
    next = turn + interval
    if turn > now { try await Task.sleep(until: turn) } else { try Task.checkCancellation() }
  }
}

/// Which credentials may still be tried. Until one has been accepted for the first time it is tried at one device at a time, so
/// that a wrong one is refused by few devices and not by hundreds at once.
actor CredentialTrials {
  private struct State {
    var isProven = false
    var isBusy = false
    var refusals = 0
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let limit: Int
  private var states: [Int64: State] = [:]
  private var names: [Int64: String] = [:]

  init(_ limit: Int) { self.limit = limit }

  /// The credentials that are tried no more, by name.
  var suspended: [String] { states.filter { $0.value.refusals >= limit }.compactMap { names[$0.key] }.sorted() }

  /// - Returns: whether it may be tried; `end` must follow then.
  func begin(_ credential: CredentialRecord) async -> Bool {
    names[credential.id] = credential.name
    while true {
      let state = states[credential.id] ?? State()
      if state.refusals >= limit { return false }
      if state.isProven || !state.isBusy { break }
      await withCheckedContinuation { states[credential.id, default: State()].waiting.append($0) }
    }
    states[credential.id, default: State()].isBusy = true
    return true
  }

  /// - Parameter isAccepted: nil where the device did not come to judge it.
  func end(_ credential: CredentialRecord, isAccepted: Bool?) {
    var state = states[credential.id] ?? State()
    state.isBusy = false
    if isAccepted == true {
      state.isProven = true
      state.refusals = 0
    } else if isAccepted == false {
      state.refusals += 1
    }
    let waiting = state.waiting
    state.waiting = []
    states[credential.id] = state
    for one in waiting { one.resume() }
  }
}

/// Looks at endpoints: who is there, who lets us in, and what it is.
struct DiscoverySearch: Sendable {
  struct Look: Sendable {
    /// nil where nobody answers.
    var finding: DiscoveryFinding?
    /// Whether it was looked at, to the end.
    var isDone: Bool
  }

  typealias Credential = (record: CredentialRecord, secrets: CredentialSecrets)

  let job: DiscoverJob
  let run: WholeRun
  let rules: AccessRules.Rules
  let pacer: DiscoveryPacer
  let trials: CredentialTrials
  /// The devices of the network.
  let known: [DeviceRecord]

  func look(at endpoint: Endpoint) async -> Look {
    let descriptors = run.opener.descriptorCount(nil, in: rules.network)
    guard await run.budget.acquire(for: run.claim.id, descriptors: descriptors) else { return Look(isDone: false) }
    let activity = DeviceActivity()
    activity.current = "connecting"
    let number = run.progress?.begin(device: "\(endpoint)", activity)
    var look = Look(isDone: true)
    do {
      look.finding = try await finding(endpoint, activity)
    } catch {
      look.isDone = false
    }
    if let number { run.progress?.end(device: number, .succeeded) }
    await run.budget.release(descriptors: descriptors)
    return look
  }

  /// - Returns: nil where nobody answers.
  /// - Throws: `CancellationError`.
  private func finding(_ endpoint: Endpoint, _ activity: DeviceActivity) async throws -> DiscoveryFinding? {
    let device = known.first { $0.address == endpoint.host && $0.port == Int(endpoint.port) }
    var finding = DiscoveryFinding(endpoint: endpoint, result: .notEntered(reason: ""))
    // No job runs on a device that was switched off, this one neither.
    if let device, !device.isEnabled {
      finding.result = .notEntered(reason: "device '\(device.name)' is disabled")
      return finding
    }
    do {
      let key = try await hostKey(of: endpoint, device)
      finding.hostKey = key
      if let refusal = try await refusal(of: key, device) {
        finding.result = .notEntered(reason: refusal)
        return finding
      }
      activity.current = "identifying"
      var evidence = DeviceEvidence()
      if let system = try await system(of: endpoint) {
        evidence.sysDescr = system.description
        evidence.sysObjectID = system.identifier
        finding.systemName = system.name
      }
      try await enter(endpoint, key, device, evidence, &finding)
    } catch let error as CancellationError {
      throw error
    } catch let error as TransportError {
      if error.concernsJumpHost {
        finding.fatal = error
        return finding
      }
      if error.code == .hostKeyChanged, let device {
        try? await run.store.changeAsync(as: run.caller) { try $0.noteChangedHostKey(device, message: error.message) }
      }
      if finding.hostKey == nil, [.unreachable, .timedOut, .nameNotResolved].contains(error.code) { return nil }
      finding.result = .notEntered(reason: reason(error))
    } catch {
      finding.result = .notEntered(reason: reason(error))
    }
    return finding
  }

  private func reason(_ error: any Error) -> String {
    let secrets = rules.credentials.flatMap(\.secrets.all)
    let message = (error as? TransportError)?.message ?? (error as? DeviceError)?.message ?? "\(error)"
    return Redactor(secrets: secrets).redacting(message)
  }

  // MARK: Who is there

  private struct Seen: Error {
    let key: HostKey
  }

  private func request(
    _ endpoint: Endpoint, _ credentials: [LoginCredential], pin: HostKeyPin?, isLegacy: Bool, connect: Duration,
    verifier: @escaping HostKeyVerifier
  ) -> ConnectionRequest {
    var deadlines = rules.limits.deadlines(device: rules.limits.device)
    deadlines.connect = connect
    return ConnectionRequest(
      endpoint: endpoint, transport: rules.network.transport.connection, jump: run.opener.jump(rules), credentials: credentials,
      options: SSHConnection.Options(
        hostKeyPin: pin, allowsLegacyAlgorithms: isLegacy, maximumLoginAttempts: rules.limits.loginAttempts),
      deadlines: deadlines, verifier: verifier)
  }

  /// Exchanges keys and goes.
  /// - Parameter device: the known one there: it may have keys of several types, and its pinned one is asked for.
  private func hostKey(of endpoint: Endpoint, _ device: DeviceRecord?) async throws -> HostKey {
    try await pacer.wait()
    let type = device?.hostKeyType
    let pin = type.flatMap { type in device?.hostKeyFingerprint.map { HostKeyPin(algorithm: type, fingerprint: $0) } }
    let request = request(endpoint, [], pin: pin, isLegacy: job.allowsLegacy, connect: job.patience) { throw Seen(key: $0) }
    do {
      let shell = try await run.opener.connector.connect(request)
      await shell.channel.close()
      return shell.hostKey
    } catch let seen as Seen {
      return seen.key
    }
  }

  /// Why no secret may be sent to a holder of this key.
  private func refusal(of key: HostKey, _ device: DeviceRecord?) async throws -> String? {
    if let device, let pinned = device.hostKeyFingerprint {
      // Of several host keys of a device any may have been negotiated: only one of the same type contradicts.
      if pinned == key.fingerprint { return nil }
      let message = "the host key of device '\(device.name)' has changed: it presents \(key.algorithm) \(key.fingerprint)"
      try? await run.store.changeAsync(as: run.caller) { try $0.noteChangedHostKey(device, message: message) }
      return message
    }
    if device == nil, let disabled = known.first(where: { !$0.isEnabled && $0.hostKeyFingerprint == key.fingerprint }) {
      return "it has the host key of device '\(disabled.name)', which is disabled"
    }
    guard rules.network.hostKeys == .strict else { return nil }
    if known.contains(where: { $0.hostKeyFingerprint == key.fingerprint }) { return nil }
    return "its host key \(key.algorithm) \(key.fingerprint) is not pinned and network '\(rules.network.name)' is strict"
  }

  private static let questions = SessionBudget(16)

  private func system(of endpoint: Endpoint) async throws -> SNMPSystem? {
    guard job.asksSNMP, rules.network.jump == nil else { return nil }
    var asked: Set<String> = []
    for community in rules.credentials.compactMap(\.secrets.snmpCommunity) where asked.insert(community).inserted {
      try Task.checkCancellation()
      _ = await Self.questions.acquire()
      let answer = await Result.of {
        try await SNMPQuery.system(of: Endpoint(host: endpoint.host, port: 161), community: community, timeout: .seconds(1))
      }
      await Self.questions.release()
      if let system = try answer.get() { return system }
    }
    return nil
  }

  // MARK: Who lets us in

  /// Those for the endpoint: what worked at the known device first.
  private func credentials(for device: DeviceRecord?) -> [Credential] {
    let all = rules.credentials.filter(\.record.logsIn)
    if let own = device?.credentialID {
      let owned = all.filter { $0.record.id == own }
      if !owned.isEmpty { return owned }
    }
    guard let last = device?.lastCredentialID else { return all }
    return all.filter { $0.record.id == last } + all.filter { $0.record.id != last }
  }

  private func enter(
    _ endpoint: Endpoint, _ key: HostKey, _ device: DeviceRecord?, _ evidence: DeviceEvidence, _ finding: inout DiscoveryFinding
  ) async throws {
    var refused: [String] = []
    var spared: [String] = []
    var unusable: [String] = []
    // One host's account is not to be locked by many credentials either.
    var rest = rules.limits.loginAttempts
    for credential in credentials(for: device) {
      guard rest > 0, await trials.begin(credential.record) else {
        spared.append(credential.record.name)
        continue
      }
      let shell: ConnectedShell
      do {
        shell = try await connect(endpoint, key, credential, platform: nil, attempts: rest)
      } catch {
        let failure = error as? TransportError
        await trials.end(credential.record, isAccepted: failure?.code == .authenticationFailed ? false : nil)
        switch failure?.code {
        case .authenticationFailed: refused.append(credential.record.name)
        case .badKey: unusable.append(credential.record.name)
        default: throw error
        }
        rest -= failure?.attemptCount ?? 0
        continue
      }
      await trials.end(credential.record, isAccepted: true)
      var evidence = evidence
      evidence.sshBanner = shell.serverIdentification
      try await identify(endpoint, key, credential, shell, evidence, &finding)
      return
    }
    var words = refused.isEmpty ? [] : ["it refused \(refused.joined(separator: ", "))"]
    if !unusable.isEmpty { words.append("no key that can be used: \(unusable.joined(separator: ", "))") }
    if !spared.isEmpty { words.append("not tried any more: \(spared.joined(separator: ", "))") }
    finding.result = .notEntered(reason: words.joined(separator: "; "))
  }

  private func connect(
    _ endpoint: Endpoint, _ key: HostKey, _ credential: Credential, platform: Platform?, attempts: Int? = nil
  ) async throws -> ConnectedShell {
    try await pacer.wait()
    let login = DeviceOpener.login(credential.record, credential.secrets, suffix: platform?.loginSuffix ?? "")
    // The secret goes to whom was judged, and to nobody else who may be there by now.
    var request = request(
      endpoint, [login], pin: key.pin, isLegacy: job.allowsLegacy || platform?.allowsLegacyAlgorithms == true,
      connect: rules.limits.connect, verifier: { _ in })
    if let attempts { request.options.maximumLoginAttempts = attempts }
    return try await run.opener.connector.connect(request)
  }

  private func open(_ shell: ConnectedShell, _ credential: Credential, _ platform: Platform) async throws -> DeviceSession {
    var options = SessionOptions()
    options.loginTimeout = rules.limits.login
    options.commandTimeout = rules.limits.command
    options.outputByteLimit = rules.limits.outputByteCount
    options.budget = run.opener.budget
    var modeSecrets: [PlatformMode: String] = [:]
    if let secret = credential.secrets.enable ?? credential.secrets.password { modeSecrets[.enable] = secret }
    do {
      return try await DeviceSession.open(
        shell.channel, platform: platform,
        secrets: SessionSecrets(modeSecrets: modeSecrets, others: credential.secrets.all), options: options)
    } catch {
      await shell.channel.close()
      throw error
    }
  }

  // MARK: What it is

  private func identify(
    _ endpoint: Endpoint, _ key: HostKey, _ credential: Credential, _ shell: ConnectedShell, _ evidence: DeviceEvidence,
    _ finding: inout DiscoveryFinding
  ) async throws {
    let catalog = run.opener.catalogs.platforms
    var evidence = evidence
    do {
      let session = try await open(shell, credential, try catalog.platform(named: "generic"))
      let result = await Result.of { try await version(session, evidence) }
      await session.close()
      evidence.version = try result.get()
    } catch let error as DeviceError {
      // A command line that no general rule understands may still be known by its banner or by SNMP.
      finding.result = .unknown(credential.record, reason: reason(error))
    }
    let candidates = try catalog.detect(evidence)
    guard let name = candidates.first else {
      if case .unknown = finding.result { return }
      finding.result = .unknown(credential.record, reason: "no platform is known by what it prints")
      return
    }
    let platform = try catalog.platform(named: name)
    do {
      let session = try await open(try await connect(endpoint, key, credential, platform: platform), credential, platform)
      do {
        let facts = try await session.inventory()
        let hostname = await session.hostname
        if job.crawl != nil {
          finding.neighbors = try await session.neighbors([.lldp, .cdp]).compactMap { $0.fields[.address] }
            .compactMap { NetworkAddress($0) }
        }
        await session.close()
        finding.result = .identified(
          platform: name,
          DeviceFacts(
            hostname: facts[.hostname] ?? hostname, vendor: facts[.vendor] ?? platform.vendor, model: facts[.model],
            version: facts[.version], serial: facts[.serial]), credential.record)
      } catch {
        await session.close()
        throw error
      }
    } catch let error as CancellationError {
      throw error
    } catch {
      finding.result = .unknown(credential.record, reason: "it looks like \(name), and then: \(reason(error))")
    }
  }

  /// Asks for the version in the words of the likely platforms, then in those of all others, until one knows the answer.
  private func version(_ session: DeviceSession, _ evidence: DeviceEvidence) async throws -> String {
    let catalog = run.opener.catalogs.platforms
    func command(of name: String) -> String? { (try? catalog.platform(named: name))?.inventory.first?.command }
    let likely = try catalog.detect(evidence).compactMap(command)
    var counts: [String: Int] = [:]
    for name in try catalog.names() { if let command = command(of: name) { counts[command, default: 0] += 1 } }
    let others = counts.keys.sorted { (counts[$1] ?? 0, $0) < (counts[$0] ?? 0, $1) }
    var said = ""
    var asked: Set<String> = []
    for command in likely + others where asked.insert(command).inserted {
      let result = try await session.run(command)
      if result.refusal != nil { continue }
      let own = DeviceEvidence(version: result.output)
      said += result.output
      if try !catalog.detect(own).isEmpty { return result.output }
    }
    return said
  }
}

extension Result where Failure == any Error {
  fileprivate static func of(_ body: () async throws -> Success) async -> Result {
    do { return .success(try await body()) } catch { return .failure(error) }
  }
}
