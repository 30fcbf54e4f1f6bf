import Synchronization
import Transports

/// What a network in memory connects to.
protocol RouterInMemory: Sendable {
  /// Its host key goes by this.
  var name: String { get }
  func connect() throws -> any ByteChannel
}

/// A router in memory whose command line resembles FRR's and IOS's; tests make it slow, deaf, stubborn or forgetful.
final class FakeRouter: RouterInMemory {
  /// What goes wrong, and when.
  struct Trouble: Sendable {
    /// Connections to it fail with this, as often as `failedConnections` says.
    var connectionError: TransportError?
    var failedConnections = Int.max
    /// Lines that it refuses.
    var refused: Set<String> = []
    /// When this line comes, the connection is lost; it took the line or not.
    var dropsAt: String?
    var takesLineBeforeDrop = false
    /// Behind this line, once answered, the connection is lost; or no other is taken.
    var dropsAfter: String?
    var refusesConnectionsAfter: String?
    /// How many.
    var refusals = Int.max
    /// When this line comes, it does not answer until `resume()`.
    var holdsAt: String?
    /// The configuration ends in the middle.
    var truncatesConfiguration = false
    /// Lines that it accepts and forgets.
    var forgets: Set<String> = []
    var refusesToSave = false
    /// This line leads into configuration mode, whatever it says.
    var configuresAt: String?
  }

  private struct State {
    var running = ["hostname r1", "!", "ip route 192.0.2.0/24 10.0.0.254", "!"]
    var startup: [String]?
    var outputs: [String: String] = [:]
    var trouble = Trouble()
    var isHeld = false
    var lines: [String] = []
    var connections = 0
    var changing = 0
    var maximumChanging = 0
    /// Of configuration sessions, as Arista has them: what each holds, and the names that are taken for good.
    var candidates: [String: [String]] = [:]
    var committed: Set<String> = []
    /// What a commit for a time goes back to, and the session whose it is.
    var trial: (name: String, before: [String])?

    mutating func endTrial() {
      if let trial { running = trial.before }
      trial = nil
    }
  }

  let name: String
  private let state = Mutex(State())

  init(_ name: String) {
    self.name = name
    state.withLock { $0.running[0] = "hostname \(name)" }
  }

  func set(_ change: (inout Trouble) -> Void) { state.withLock { change(&$0.trouble) } }
  var running: [String] {
    get { state.withLock { $0.running } }
    set { state.withLock { $0.running = newValue } }
  }
  var startup: [String]? {
    get { state.withLock { $0.startup } }
    set { state.withLock { $0.startup = newValue } }
  }
  func answer(_ command: String, with text: String) { state.withLock { $0.outputs[command] = text } }
  /// Every line that came in, over all sessions; a configuration session is named `netjob-N` in it.
  var lines: [String] { state.withLock { $0.lines } }
  func count(of line: String) -> Int { lines.filter { $0 == line }.count }
  var connections: Int { state.withLock { $0.connections } }
  /// How many sessions were in configuration mode at once.
  var maximumChanging: Int { state.withLock { $0.maximumChanging } }
  /// Whether it holds an answer back.
  var isHolding: Bool { state.withLock { $0.isHeld } }
  /// Answers what it held back, and holds nothing any more.
  func resume() {
    state.withLock {
      $0.isHeld = false
      $0.trouble.holdsAt = nil
    }
  }

  /// Configuration sessions that nobody has committed or aborted.
  var openSessions: Int { state.withLock { $0.candidates.count } }
  /// The time of a commit that nobody confirmed is over.
  func endTrial() { state.withLock { $0.endTrial() } }

  /// Waits until it holds an answer back.
  func holding() async throws {
    while !isHolding { try await Task.sleep(for: .milliseconds(1)) }
  }

  func connect() throws -> any ByteChannel {
    try state.withLock { state in
      if let error = state.trouble.connectionError, state.trouble.failedConnections > 0 {
        state.trouble.failedConnections -= 1
        throw error
      }
      if let line = state.trouble.refusesConnectionsAfter, state.lines.contains(line), state.trouble.refusals > 0 {
        state.trouble.refusals -= 1
        throw TransportError(.unreachable, "connection refused")
      }
      state.connections += 1
    }
    return FakeChannel(self)
  }

  /// What a session remembers.
  fileprivate struct Session {
    var isConfiguring = false
    /// The configuration session that lines go to.
    var candidate: String?
    var isClosed = false
    var isLost = false
    /// With the next line.
    var isToBeLost = false
    var output: [UInt8] = []
    var partial: [UInt8] = []
  }

  /// The name of a configuration session differs from change to change.
  static func known(_ line: String) -> String { line.replacing(/netjob-[0-9a-f]+/, with: "netjob-N") }

  fileprivate func take(_ line: String, _ session: inout Session) {
    state.withLock { state in
      state.lines.append(Self.known(line))
      if state.trouble.dropsAt == Self.known(line) || session.isToBeLost {
        if state.trouble.takesLineBeforeDrop, !session.isToBeLost { _ = answer(line, &state, &session) }
        session.isLost = true
        leave(&state, &session)
        return
      }
      session.output += Array((line + "\r\n").utf8)
      let text = answer(line, &state, &session)
      session.output += Array(text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8)
      if !session.isClosed { session.output += prompt(session) }
      if state.trouble.holdsAt == Self.known(line) { state.isHeld = true }
      if state.trouble.dropsAfter == Self.known(line) { session.isToBeLost = true }
    }
  }

  fileprivate func prompt(_ session: Session) -> [UInt8] { Array((name + (session.isConfiguring ? "(config)# " : "# ")).utf8) }

  fileprivate func closed(_ session: inout Session) { state.withLock { leave(&$0, &session) } }

  private func leave(_ state: inout State, _ session: inout Session) {
    if session.isConfiguring { state.changing -= 1 }
    session.isConfiguring = false
    session.candidate = nil
    session.isClosed = true
  }

  /// What it prints, each line ended.
  private func answer(_ line: String, _ state: inout State, _ session: inout Session) -> String {
    if state.trouble.refused.contains(Self.known(line)) { return "% Unknown command: \(line)\n" }
    switch state.trouble.configuresAt == line ? "configure terminal" : line {
    case "", "terminal length 0", "terminal width 511", "terminal width 32767": return ""
    case "exit":
      leave(&state, &session)
      return ""
    case "end":
      if session.isConfiguring { state.changing -= 1 }
      session.isConfiguring = false
      session.candidate = nil
      return ""
    case "configure terminal":
      enter(&state, &session)
      return ""
    case "write memory":
      if state.trouble.refusesToSave { return "% Cannot write\n" }
      state.startup = state.running
      return "[OK]\n"
    case "show running-config":
      let lines = state.trouble.truncatesConfiguration ? state.running.dropLast(2) : state.running + ["end"]
      return lines.joined(separator: "\n") + "\n"
    case "show startup-config":
      guard let startup = state.startup else { return "startup-config is not present\n" }
      return (startup + ["end"]).joined(separator: "\n") + "\n"
    case "show version": return "FRRouting 8.4.4 (\(name)).\n"
    case _ where line.hasPrefix("configure session ") || line.hasPrefix("show session-config named "):
      return configurationSession(line.split(separator: " ").map(String.init), &state, &session)
    case "commit timer 00:05:00":
      guard let name = session.candidate else { return "% Invalid input\n" }
      state.trial = (name, state.running)
      state.running = state.candidates.removeValue(forKey: name) ?? []
      state.committed.insert(name)
      return answer("end", &state, &session)
    case "rollback clean-config" where session.candidate != nil:
      state.candidates[session.candidate ?? ""] = []
      return ""
    case _ where session.candidate != nil:
      if !state.trouble.forgets.contains(line) { state.candidates[session.candidate ?? ""]?.append(line) }
      return ""
    default:
      if let text = state.outputs[line] { return text.hasSuffix("\n") ? text : text + "\n" }
      guard session.isConfiguring else { return "% Unknown command: \(line)\n" }
      if state.trouble.forgets.contains(line) { return "" }
      if line.hasPrefix("no ") {
        state.running.removeAll { $0 == line.dropFirst(3) }
      } else {
        state.running.insert(line, at: state.running.count - 1)
      }
      return ""
    }
  }

  private func enter(_ state: inout State, _ session: inout Session) {
    session.isConfiguring = true
    state.changing += 1
    state.maximumChanging = max(state.maximumChanging, state.changing)
  }

  private func configurationSession(_ words: [String], _ state: inout State, _ session: inout Session) -> String {
    let name = words[words[0] == "show" ? 3 : 2]
    switch (words[0], words.last ?? "") {
    case ("show", _):
      guard let candidate = state.candidates[name] else { return "% Session \(name) is not there\n" }
      return candidate == state.running ? "" : "+ something\n"
    case (_, "commit") where state.trial?.name == name:
      state.trial = nil
      return ""
    case (_, "abort"):
      guard state.trial?.name == name || state.candidates[name] != nil else { return "% Session \(name) is not there\n" }
      if state.trial?.name == name { state.endTrial() }
      state.candidates[name] = nil
      return ""
    case (_, name):
      if state.committed.contains(name) { return "% Session \(name) is completed already\n" }
      session.candidate = name
      if state.candidates[name] == nil { state.candidates[name] = state.running }
      enter(&state, &session)
      return ""
    default: return "% Invalid input\n"
    }
  }
}

/// One session with a fake router. What is silent is silent for ever: a read then ends at once, as if its deadline had passed,
/// unless the router holds its answer back.
private final class FakeChannel: ByteChannel {
  private let router: FakeRouter
  private let session: Mutex<FakeRouter.Session>

  fileprivate init(_ router: FakeRouter) {
    self.router = router
    session = Mutex(
      FakeRouter.Session(output: Array("\r\nWelcome to \(router.name)\r\n".utf8) + router.prompt(FakeRouter.Session())))
  }

  func read(deadline: ContinuousClock.Instant) async throws -> [UInt8] {
    try Task.checkCancellation()
    while router.isHolding {
      if ContinuousClock.now >= deadline { throw TransportError(.timedOut, "the router is silent") }
      try await Task.sleep(for: .milliseconds(1))
    }
    return try session.withLock { session in
      if session.isLost { throw TransportError(.connectionLost, "connection reset by peer") }
      if !session.output.isEmpty {
        defer { session.output = [] }
        return session.output
      }
      if session.isClosed { return [] }
      throw TransportError(.timedOut, "the router is silent")
    }
  }

  func write(_ bytes: [UInt8], deadline: ContinuousClock.Instant) async throws {
    try Task.checkCancellation()
    try session.withLock { session in
      if session.isClosed { throw TransportError(.connectionLost, "the connection is closed") }
      session.partial += bytes
      while let end = session.partial.firstIndex(where: { $0 == 10 || $0 == 13 }) {
        let line = String(decoding: session.partial[..<end], as: UTF8.self)
        session.partial.removeFirst(end + 1)
        router.take(line, &session)
      }
    }
  }

  func close() async { session.withLock { router.closed(&$0) } }
}

/// Connects to fake routers by address.
final class FakeNetwork: DeviceConnector {
  private let routers = Mutex<[String: any RouterInMemory]>([:])
  private let open = Mutex((now: 0, most: 0))

  func add(_ router: any RouterInMemory, at address: String) { routers.withLock { $0[address] = router } }

  func connect(_ request: ConnectionRequest) async throws -> ConnectedShell {
    try Task.checkCancellation()
    guard let router = routers.withLock({ $0[request.endpoint.host] }) else {
      throw TransportError(.unreachable, "\(request.endpoint): no route to host")
    }
    let key = HostKey(algorithm: "ssh-ed25519", fingerprint: "SHA256:\(router.name)", blob: [])
    if let pin = request.options.hostKeyPin, pin != key.pin {
      throw TransportError(.hostKeyChanged, "\(request.endpoint): the host key has changed")
    }
    let channel = try router.connect()
    try await request.verifier(key)
    return ConnectedShell(channel: channel, hostKey: key, credentialIndex: 0)
  }
}
