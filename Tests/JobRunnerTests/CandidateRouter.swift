import Synchronization
import Testing
import Transports

/// A router in memory that changes by way of a candidate configuration. What it says and does is told by a dialect, written after
/// the vendor's manuals and not after netjob's platform files.
final class CandidateRouter: RouterInMemory {
  /// What goes wrong, and when.
  struct Trouble: Sendable {
    /// Lines at which it does nothing but say this, once each.
    var says: [String: String] = [:]
    /// When this line comes, the connection is lost; it took the line or not.
    var dropsAt: String?
    var takesLineBeforeDrop = false
    /// Behind this line, once answered, the connection is lost; or no other is taken.
    var dropsAfter: String?
    var refusesConnectionsAfter: String?
    /// When this line comes, it does not answer until `resume()`.
    var holdsAt: String?
    /// Whether it sees at once that a connection is gone.
    var noticesLostConnections = true
  }

  /// What the device knows.
  struct Device: Sendable {
    var running: Configuration
    /// What it starts with, where that is another.
    var saved: Configuration?
    /// The candidate that is nobody's alone; nil where it is what is in force.
    var shared: Configuration?
    /// The shell that has the candidate for itself.
    var owner: Int?
    var trial: Trial?
    /// What was in force before each commit, the last first.
    var history: [Configuration] = []
    /// Of configuration sessions: what each holds, and the names that are taken for good.
    var sessions: [String: Configuration] = [:]
    var completed: Set<String> = []
    var noticesLostConnections = true
    var name: String { ["host-name", "hostname", "name"].compactMap { running.value(of: $0) }.first ?? "localhost" }

    /// What a commit for a time goes back to, and whose it is.
    struct Trial: Sendable {
      let before: Configuration
      var shell: Int?
      var session: String?
    }

    mutating func commit(_ configuration: Configuration) {
      history.insert(running, at: 0)
      running = configuration
    }

    mutating func commit(_ configuration: Configuration, trialOf shell: Int?, session: String? = nil) {
      let before = running
      commit(configuration)
      trial = Trial(before: before, shell: shell, session: session)
    }

    /// Nobody confirmed it.
    mutating func goBack() {
      guard let trial else { return }
      commit(trial.before)
      self.trial = nil
    }
  }

  /// What a connection remembers.
  struct Shell: Sendable {
    let number: Int
    let user = "netjob"
    /// The device's name at login.
    let nameAtLogin: String
    var isConfiguring = false
    /// Where in the candidate it is.
    var path: [String] = []
    /// A candidate of its own.
    var candidate: Configuration?
    /// The configuration session that it is in.
    var session: String?
    /// What it waits for an answer to.
    var question: String?
    /// What has been typed so far of a text that ends with ^D.
    var text: [String]?
    var isClosed = false
    var isLost = false
    /// With the next line.
    var isToBeLost = false
    var output: [UInt8] = []
    var partial: [UInt8] = []
  }

  private struct State {
    var device: Device
    var trouble = Trouble()
    var lines: [String] = []
    var connections = 0
    var isHeld = false
  }

  let name: String
  fileprivate let dialect: any Dialect.Type
  private let state: Mutex<State>

  init(_ name: String, _ dialect: any Dialect.Type) {
    self.name = name
    self.dialect = dialect
    state = Mutex(State(device: Device(running: dialect.factory(name))))
  }

  func set(_ change: (inout Trouble) -> Void) {
    state.withLock {
      change(&$0.trouble)
      $0.device.noticesLostConnections = $0.trouble.noticesLostConnections
    }
  }
  var device: Device {
    get { state.withLock { $0.device } }
    set { state.withLock { $0.device = newValue } }
  }
  var running: [Statement] { device.running.statements }
  /// The running configuration as the device prints it.
  var text: String { dialect.text(device).map { $0 + "\n" }.joined() }
  /// Whether nothing waits in a candidate, and no trial for its end.
  var isClean: Bool {
    let device = device
    return device.trial == nil && device.owner == nil && device.sessions.isEmpty
      && (device.shared == nil || device.shared == device.running)
  }
  /// Every line that came in, over all connections; a configuration session is named `netjob-N` in it.
  var lines: [String] { state.withLock { $0.lines } }
  func count(of line: String) -> Int { lines.filter { $0 == line }.count }
  var connections: Int { state.withLock { $0.connections } }
  /// The time of a commit that nobody confirmed is over.
  func endTrial() { state.withLock { $0.device.goBack() } }

  var isHolding: Bool { state.withLock { $0.isHeld } }
  /// Waits until it holds an answer back.
  func holding() async throws {
    for _ in 0..<20_000 where !isHolding { try await Task.sleep(for: .milliseconds(1)) }
    try #require(isHolding)
  }
  func resume() {
    state.withLock {
      $0.isHeld = false
      $0.trouble.holdsAt = nil
    }
  }

  func connect() throws -> any ByteChannel {
    let shell = try state.withLock { state in
      if let line = state.trouble.refusesConnectionsAfter, state.lines.contains(line) {
        throw TransportError(.unreachable, "connection refused")
      }
      state.connections += 1
      return Shell(number: state.connections, nameAtLogin: state.device.name)
    }
    return CandidateChannel(self, shell)
  }

  // MARK: A connection

  fileprivate func greet(_ shell: inout Shell) { state.withLock { prompt($0.device, &shell) } }

  private func prompt(_ device: Device, _ shell: inout Shell) {
    if shell.text == nil { Self.print(shell.question ?? dialect.prompt(device, shell), &shell) }
  }

  private static func print(_ text: String, _ shell: inout Shell) {
    shell.output += Array(text.replacing("\n", with: "\r\n").utf8)
  }

  /// - Parameter endsText: whether it ended with ^D.
  fileprivate func take(_ line: String, endsText: Bool, _ shell: inout Shell) {
    state.withLock { state in
      if endsText || shell.text != nil {
        answerText(line, endsText, &state.device, &shell)
        return
      }
      let known = FakeRouter.known(line)
      state.lines.append(known)
      if state.trouble.dropsAt == known || shell.isToBeLost {
        if state.trouble.takesLineBeforeDrop, !shell.isToBeLost { _ = dialect.answer(line, &state.device, &shell) }
        shell.isLost = true
        hangUp(&state, &shell)
        return
      }
      Self.print(line + "\n", &shell)
      let said = state.trouble.says.removeValue(forKey: known) ?? dialect.answer(line, &state.device, &shell)
      if !said.isEmpty { Self.print(said.hasSuffix("\n") ? said : said + "\n", &shell) }
      if shell.isClosed { hangUp(&state, &shell) } else { prompt(state.device, &shell) }
      if state.trouble.holdsAt == known { state.isHeld = true }
      if state.trouble.dropsAfter == known { shell.isToBeLost = true }
    }
  }

  private func answerText(_ line: String, _ endsText: Bool, _ device: inout Device, _ shell: inout Shell) {
    if !line.isEmpty {
      shell.text?.append(line)
      Self.print(line + "\n", &shell)
    }
    guard endsText, let text = shell.text else { return }
    shell.text = nil
    Self.print("\n" + dialect.load(text, &device, &shell) + "\n", &shell)
    prompt(device, &shell)
  }

  fileprivate func closed(_ shell: inout Shell) { state.withLock { hangUp(&$0, &shell) } }

  private func hangUp(_ state: inout State, _ shell: inout Shell) {
    if shell.isConfiguring || state.device.owner == shell.number { dialect.hangUp(&state.device, &shell) }
    shell.isConfiguring = false
    shell.isClosed = true
  }
}

/// One session with such a router. What is silent is silent for ever, unless the router holds its answer back.
private final class CandidateChannel: ByteChannel {
  private let router: CandidateRouter
  private let shell: Mutex<CandidateRouter.Shell>

  init(_ router: CandidateRouter, _ shell: CandidateRouter.Shell) {
    self.router = router
    var shell = shell
    router.greet(&shell)
    self.shell = Mutex(shell)
  }

  func read(deadline: ContinuousClock.Instant) async throws -> [UInt8] {
    try Task.checkCancellation()
    while router.isHolding {
      if ContinuousClock.now >= deadline { throw TransportError(.timedOut, "the router is silent") }
      try await Task.sleep(for: .milliseconds(1))
    }
    return try shell.withLock { shell in
      if shell.isLost { throw TransportError(.connectionLost, "connection reset by peer") }
      if !shell.output.isEmpty {
        defer { shell.output = [] }
        return shell.output
      }
      if shell.isClosed { return [] }
      throw TransportError(.timedOut, "the router is silent")
    }
  }

  func write(_ bytes: [UInt8], deadline: ContinuousClock.Instant) async throws {
    try Task.checkCancellation()
    try shell.withLock { shell in
      if shell.isClosed, !shell.isLost { throw TransportError(.connectionLost, "the connection is closed") }
      shell.partial += bytes
      while let end = shell.partial.firstIndex(where: { [4, 10, 13].contains($0) }) {
        let line = String(decoding: shell.partial[..<end], as: UTF8.self)
        let endsText = shell.partial[end] == 4
        shell.partial.removeFirst(end + 1)
        router.take(line, endsText: endsText, &shell)
      }
    }
  }

  func close() async { shell.withLock { router.closed(&$0) } }
}

// MARK: Configurations

/// A statement with the blocks that it is in.
typealias Statement = [String]

struct Configuration: Sendable, Equatable {
  var statements: [Statement]

  /// Adds a statement, in place of the one with the same first word where there can be but one.
  mutating func set(_ statement: Statement) {
    let single: Set<Substring> = ["host-name", "hostname", "name", "time-zone", "timezone", "location", "description"]
    let key = statement.last?.prefix { $0 != " " }
    if let index = statements.firstIndex(where: { old in
      old == statement
        || single.contains(key ?? "") && old.dropLast() == statement.dropLast() && old.last?.prefix { $0 != " " } == key
    }) {
      statements[index] = statement
    } else {
      statements.append(statement)
    }
  }

  /// - Returns: whether there was something that begins with these words.
  mutating func delete(_ words: String) -> Bool {
    let count = statements.count
    statements.removeAll { statement in
      let text = statement.joined(separator: " ")
      return text == words || text.hasPrefix(words + " ")
    }
    return statements.count < count
  }

  /// The value behind a word.
  func value(of key: String) -> String? {
    for statement in statements {
      guard let last = statement.last, last.hasPrefix(key + " ") else { continue }
      return last.dropFirst(key.count + 1).filter { $0 != "\"" && $0 != "'" }
    }
    return nil
  }

  /// Blocks in braces.
  func braces(end: String, indent: String, step: String) -> [String] { Self.braces(statements[...], end, indent, step) }

  private static func braces(_ statements: ArraySlice<Statement>, _ end: String, _ indent: String, _ step: String) -> [String] {
    var lines: [String] = []
    var done: Set<String> = []
    for statement in statements {
      if statement.count == 1 {
        lines.append(indent + statement[0] + end)
      } else if done.insert(statement[0]).inserted {
        let inner = statements.filter { $0.count > 1 && $0[0] == statement[0] }.map { Array($0.dropFirst()) }
        lines += [indent + statement[0] + " {"] + braces(inner[...], end, indent + step, step) + [indent + "}"]
      }
    }
    return lines
  }

  /// What is written in braces.
  init(braces lines: [String]) {
    statements = []
    var path: [String] = []
    for line in lines {
      let text = line.drop { $0 == " " }
      if text.hasPrefix("#") || text.isEmpty { continue }
      if text == "}" {
        path.removeLast()
      } else if text.hasSuffix(" {") {
        path.append(String(text.dropLast(2)))
      } else {
        set(path + [String(text.hasSuffix(";") ? text.dropLast() : text)])
      }
    }
  }

  init(_ statements: [Statement]) { self.statements = statements }

  /// What is here and not there, by the block that it is in.
  func changes(from old: Configuration) -> [(block: [String], removed: [String], added: [String])] {
    let removed = old.statements.filter { !statements.contains($0) }
    let added = statements.filter { !old.statements.contains($0) }
    var blocks: [[String]] = []
    for statement in removed + added where !blocks.contains(Array(statement.dropLast())) {
      blocks.append(Array(statement.dropLast()))
    }
    return blocks.map { block in
      (
        block, removed.filter { $0.dropLast() == block[...] }.map { $0[$0.count - 1] },
        added.filter { $0.dropLast() == block[...] }.map { $0[$0.count - 1] }
      )
    }
  }
}

/// How a vendor's devices speak.
protocol Dialect: Sendable {
  /// What is in force at first.
  static func factory(_ name: String) -> Configuration
  /// The configuration in force as it is printed.
  static func text(_ device: CandidateRouter.Device) -> [String]
  /// With the lines that belong to it.
  static func prompt(_ device: CandidateRouter.Device, _ shell: CandidateRouter.Shell) -> String
  static func answer(_ line: String, _ device: inout CandidateRouter.Device, _ shell: inout CandidateRouter.Shell) -> String
  /// Takes a text that was ended with ^D.
  static func load(_ text: [String], _ device: inout CandidateRouter.Device, _ shell: inout CandidateRouter.Shell) -> String
  /// The session ended while it was configuring.
  static func hangUp(_ device: inout CandidateRouter.Device, _ shell: inout CandidateRouter.Shell)
}

extension Dialect {
  typealias Device = CandidateRouter.Device
  typealias Shell = CandidateRouter.Shell

  static func load(_ text: [String], _ device: inout Device, _ shell: inout Shell) -> String { "" }

  static func joined(_ lines: [String]) -> String { lines.joined(separator: "\n") }

  /// The words behind `word`; nil where the line does not begin with it.
  static func rest(_ line: String, _ word: String) -> String? {
    line.hasPrefix(word + " ") ? String(line.dropFirst(word.count + 1)) : nil
  }

  /// A statement out of words, with the words of `blocks` as the blocks that it is in; nil where no block is known.
  static func statement(_ words: String, in path: [String], blocks: Set<String>) -> Statement? {
    var rest = words.split(separator: " ").map(String.init)
    var statement = path
    while let first = rest.first, blocks.contains(first) { statement.append(rest.removeFirst()) }
    guard !statement.isEmpty else { return nil }
    return rest.isEmpty ? statement : statement + [rest.joined(separator: " ")]
  }
}
