import Synchronization
import Transports

/// A router in memory whose command line resembles FRR's and IOS's; tests make it slow, deaf, stubborn or forgetful.
final class FakeRouter: Sendable {
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
    /// Of a configuration session, as Arista has it: what it holds, and what a commit for a time goes back to.
    var candidate: [String]?
    var beforeTrial: [String]?

    mutating func endTrial() {
      if let beforeTrial { running = beforeTrial }
      beforeTrial = nil
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
  /// Every line that came in, over all sessions.
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

  /// The time of a commit that nobody confirmed is over.
  func endTrial() { state.withLock { $0.endTrial() } }

  /// Waits until it holds an answer back.
  func holding() async throws {
    while !isHolding { try await Task.sleep(for: .milliseconds(1)) }
  }

  fileprivate func connect() throws -> FakeChannel {
    try state.withLock { state in
      if let error = state.trouble.connectionError, state.trouble.failedConnections > 0 {
        state.trouble.failedConnections -= 1
        throw error
      }
      state.connections += 1
    }
    return FakeChannel(self)
  }

  /// What a session remembers.
  fileprivate struct Session {
    var isConfiguring = false
    /// Lines go to the candidate.
    var isInSession = false
    var isClosed = false
    var isLost = false
    var output: [UInt8] = []
    var partial: [UInt8] = []
  }

  fileprivate func take(_ line: String, _ session: inout Session) {
    state.withLock { state in
      state.lines.append(line)
      if state.trouble.dropsAt == line {
        if state.trouble.takesLineBeforeDrop { _ = answer(line, &state, &session) }
        session.isLost = true
        leave(&state, &session)
        return
      }
      session.output += Array((line + "\r\n").utf8)
      let text = answer(line, &state, &session)
      session.output += Array(text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8)
      if !session.isClosed { session.output += prompt(session) }
      if state.trouble.holdsAt == line { state.isHeld = true }
    }
  }

  fileprivate func prompt(_ session: Session) -> [UInt8] { Array((name + (session.isConfiguring ? "(config)# " : "# ")).utf8) }

  fileprivate func closed(_ session: inout Session) { state.withLock { leave(&$0, &session) } }

  private func leave(_ state: inout State, _ session: inout Session) {
    if session.isConfiguring { state.changing -= 1 }
    session.isConfiguring = false
    session.isInSession = false
    session.isClosed = true
  }

  /// What it prints, each line ended.
  private func answer(_ line: String, _ state: inout State, _ session: inout Session) -> String {
    if state.trouble.refused.contains(line) { return "% Unknown command: \(line)\n" }
    switch state.trouble.configuresAt == line ? "configure terminal" : line {
    case "", "terminal length 0", "terminal width 511", "terminal width 32767": return ""
    case "exit":
      leave(&state, &session)
      return ""
    case "end":
      if session.isConfiguring { state.changing -= 1 }
      session.isConfiguring = false
      session.isInSession = false
      return ""
    case "configure terminal", "configure session netjob":
      session.isConfiguring = true
      session.isInSession = line == "configure session netjob"
      if session.isInSession, state.candidate == nil { state.candidate = state.running }
      state.changing += 1
      state.maximumChanging = max(state.maximumChanging, state.changing)
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
    case "show session-config named netjob diffs":
      guard let candidate = state.candidate else { return "% Session netjob is not there\n" }
      return candidate == state.running ? "" : "+ something\n"
    case "commit timer 00:05:00" where session.isInSession:
      state.beforeTrial = state.running
      state.running = state.candidate ?? []
      return answer("end", &state, &session)
    case "configure session netjob commit":
      state.candidate = nil
      state.beforeTrial = nil
      return ""
    case "configure session netjob abort":
      state.endTrial()
      state.candidate = nil
      return ""
    case "rollback clean-config" where session.isInSession:
      state.candidate = []
      return ""
    case _ where session.isInSession:
      state.candidate?.append(line)
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
}

/// One session with a fake router. What is silent is silent for ever: a read then ends at once, as if its deadline had passed,
/// unless the router holds its answer back.
final class FakeChannel: ByteChannel {
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
  private let routers = Mutex<[String: FakeRouter]>([:])
  private let open = Mutex((now: 0, most: 0))

  func add(_ router: FakeRouter, at address: String) { routers.withLock { $0[address] = router } }

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
