package import DeviceCLI
package import JobModel
package import Storage
package import Transports

/// A device with an open session, and how it came about. A class: whatever waits for the device holds a reference.
package final class OpenedDevice: Sendable {
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
  private let watch: (any SessionWatch)?

  fileprivate init(
    session: DeviceSession, shell: ConnectedShell, credential: CredentialRecord?, promptDuration: Duration,
    transport: TransportKind, jumpHost: String?, redactor: Redactor, watch: (any SessionWatch)?
  ) {
    self.session = session
    hostKey = shell.hostKey
    self.credential = credential
    timings = shell.timings
    self.promptDuration = promptDuration
    serverIdentification = shell.serverIdentification
    self.transport = transport
    self.jumpHost = jumpHost
    self.redactor = redactor
    self.watch = watch
  }

  /// Ends the session politely.
  /// - Parameter error: what made it end before its time.
  /// - Returns: what showed at the end that a configuration was cut short, see `DeviceSession.close`.
  @discardableResult
  package func close(because error: (any Error)? = nil) async -> DeviceError? {
    if let error { watch?.note("ended: \(redactor.redacting("\(error)"))") }
    let cut = await session.close()
    if let cut { watch?.note("ended: \(cut)") }
    watch?.end()
    return cut
  }
}

/// Opens sessions on devices: finds the credentials, checks or pins the host key, logs in, learns the prompt.
package struct DeviceOpener: Sendable {
  let store: Store
  let access: AccessRules
  let connector: any DeviceConnector
  let catalogs: Catalogs
  let caller: Caller
  let budget: OutputBudget
  private let watcher: (any SessionWatcher)?

  /// - Parameters:
  ///   - budget: for the output of all devices together; give the same to all openers of a process.
  ///   - watcher: looks on at the sessions.
  package init(
    store: Store, connector: any DeviceConnector, catalogs: Catalogs, caller: Caller, budget: OutputBudget = OutputBudget(),
    watcher: (any SessionWatcher)? = nil
  ) {
    self.watcher = watcher
    self.store = store
    access = AccessRules(store: store)
    self.budget = budget
    self.connector = connector
    self.catalogs = catalogs
    self.caller = caller
  }

  /// As that of `DeviceConnector`; the opener holds the connector.
  func nextExecutor() -> (any TaskExecutor)? { connector.nextExecutor() }

  /// Opens a session. Nothing stays open when it throws.
  /// - Parameters:
  ///   - execution: whose session it is.
  ///   - jobSecrets: what is to be masked besides the credential's secrets: the job's secret parameters.
  ///   - credential: the one to log in with; nil takes those that the device has, in order.
  ///   - timeout: for the whole session; nil takes that of the settings.
  ///   - activity: hears what the session is about to do, a word or two without secrets.
  ///   - recorder: keeps all that is sent and typed, the login of the transport left out.
  /// - Throws: `TransportError`, `DeviceError`, `ModelError` (no credential), `CancellationError`.
  package func open(
    _ device: DeviceRecord, for execution: Int64? = nil, secrets jobSecrets: [String] = [],
    with credential: (record: CredentialRecord, secrets: CredentialSecrets)? = nil, timeout: Duration? = nil,
    activity: (@Sendable (String) -> Void)? = nil, recorder: SessionRecorder? = nil
  ) async throws -> OpenedDevice {
    let platform = try catalogs.platforms.platform(named: device.platform)
    var reach = try await reach(device)
    if let credential { reach.credentials = [credential] }
    let credentials = reach.credentials
    let limits = reach.limits
    guard !credentials.isEmpty else { throw missingCredential(device) }
    var request = request(for: device, platform, reach)
    if let timeout { request.deadlines.device = timeout }
    activity?("connecting and logging in")
    let watch = watcher?.watch(device, platform, execution: execution)
    let everything = watch.map { _ in Redactor(secrets: credentials.flatMap { $0.secrets.all } + jobSecrets) }
    watch?.note(
      "connecting to \(request.endpoint)\(reach.network.jump.map { " through jump host \($0.address)" } ?? ""), "
        + "credentials \(credentials.map { "'\($0.record.name)'" }.joined(separator: ", "))")
    let shell: ConnectedShell
    do {
      shell = try await connect(request, device)
    } catch {
      watch?.note("failed: \(everything?.redacting("\(error)") ?? "")")
      watch?.end()
      throw (error as? TransportError).map { told($0, of: device, with: request.credentials) } ?? error
    }
    let used = shell.credentialIndex.flatMap { credentials.indices.contains($0) ? credentials[$0] : nil }
    let secrets = (used.map { [$0] } ?? credentials).flatMap { $0.secrets.all } + jobSecrets
    let channel = recorder?.recording(shell.channel, platform: platform, secrets: secrets) ?? shell.channel
    watch?.note(Self.account(of: shell, used?.record))
    let clock = ContinuousClock()
    let began = clock.now
    do {
      var modeSecrets: [PlatformMode: String] = [:]
      // A credential without a secret of its own for the enable mode shares the login's, as most devices are set up.
      if let secret = used?.secrets.enable ?? used?.secrets.password { modeSecrets[.enable] = secret }
      var options = SessionOptions()
      options.loginTimeout = limits.login
      options.commandTimeout = limits.command
      options.outputByteLimit = limits.outputByteCount
      options.budget = budget
      options.activity = activity
      if let watch { options.observer = { watch.traffic($0, $1) } }
      let session = try await DeviceSession.open(
        channel, platform: platform, secrets: SessionSecrets(modeSecrets: modeSecrets, others: secrets), options: options)
      return OpenedDevice(
        session: session, shell: shell, credential: used?.record, promptDuration: clock.now - began,
        transport: device.transport ?? reach.network.transport, jumpHost: reach.network.jump?.address,
        redactor: Redactor(secrets: secrets), watch: watch)
    } catch {
      watch?.note("failed: \(everything?.redacting("\(error)") ?? "")")
      watch?.end()
      await shell.channel.close()
      throw error
    }
  }

  /// A changed host key is refused, and told of.
  private func connect(_ request: ConnectionRequest, _ device: DeviceRecord) async throws -> ConnectedShell {
    do {
      return try await connector.connect(request)
    } catch let error as TransportError where error.code == .hostKeyChanged {
      // Where even this cannot be written, the changed key is still what the caller has to hear of.
      try? await store.changeAsync(as: caller) { try $0.noteChangedHostKey(device, message: error.message) }
      throw error
    }
  }

  /// How a shell came about, for whoever looks on.
  private static func account(of shell: ConnectedShell, _ credential: CredentialRecord?) -> String {
    func milliseconds(_ duration: Duration) -> String { "\(Int((duration / .milliseconds(1)).rounded())) ms" }
    let timings = shell.timings
    return "logged in to \(shell.serverIdentification ?? "the server")"
      + (credential.map { " as '\($0.username)' with credential '\($0.name)'" } ?? " without a credential")
      + ", host key \(shell.hostKey.algorithm) \(shell.hostKey.fingerprint); connect \(milliseconds(timings.resolve + timings.connect))"
      + ", key exchange \(milliseconds(timings.keyExchange)), login \(milliseconds(timings.login))"
      + ", shell \(milliseconds(timings.shell))"
  }
}
