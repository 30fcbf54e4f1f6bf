import Glibc
import Synchronization
import Testing

@testable import Terminal

/// A pseudo-terminal; the test sits at the master end.
struct TestTerminal {
  let master: Int32
  let slave: Int32
  let path: String

  init() throws {
    // posix_openpt(3) and its kin are out of Swift's sight; ioctl_tty(2) does the same: TIOCSPTLCK and TIOCGPTN.
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    var locked: Int32 = 0
    var number: UInt32 = 0
    try #require(master >= 0 && ioctl(master, 0x4004_5431, &locked) == 0 && ioctl(master, 0x8004_5430, &number) == 0)
    path = "/dev/pts/\(number)"
    slave = open(path, O_RDWR | O_NOCTTY)
    try #require(slave >= 0)
  }

  func type(_ text: String) { _ = writeAll(Array(text.utf8), to: master) }

  /// What the screen shows, once it ends with `text`.
  func shown(until text: String) -> String {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while read(master, &byte, 1) == 1 {
      bytes.append(byte)
      if bytes.suffix(text.utf8.count).elementsEqual(text.utf8) { break }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  var echoes: Bool {
    var state = termios()
    return tcgetattr(slave, &state) == 0 && state.c_lflag & tcflag_t(ECHO) != 0
  }

  func close() {
    _ = Glibc.close(slave)
    _ = Glibc.close(master)
  }
}

private let handlerPipe = Atomic<Int32>(-1)

/// The watch on signals belongs to the process: one question at a time.
@Suite(.serialized) struct PromptTests {
  private static func secret(on terminal: TestTerminal) -> Task<Result<String, TerminalError>, Never> {
    let path = terminal.path
    return Task.detached {
      Result { () throws(TerminalError) in try Prompt(isAllowed: true, device: path).readSecret("password") }
    }
  }

  @Test func secretIsNotEchoed() async throws {
    let terminal = try TestTerminal()
    let answer = Self.secret(on: terminal)
    #expect(terminal.shown(until: ": ") == "password: ")
    #expect(!terminal.echoes)
    terminal.type("s3cret é\n")
    #expect(await answer.value == .success("s3cret é"))
    #expect(terminal.shown(until: "\n") == "\r\n")
    #expect(terminal.echoes)
    terminal.close()
  }

  @Test(arguments: [
    ("\n", TerminalError.Code.invalidInput), ("\u{4}", .endOfInput), (String(repeating: "x\u{4}", count: 4100), .tooLong),
  ])
  func badAnswersRestoreTheEcho(_ keys: String, _ code: TerminalError.Code) async throws {
    let terminal = try TestTerminal()
    let answer = Self.secret(on: terminal)
    _ = terminal.shown(until: ": ")
    terminal.type(keys)
    guard case .failure(let error) = await answer.value else {
      Issue.record("taken")
      return
    }
    #expect(error.code == code)
    #expect(terminal.echoes)
    terminal.close()
  }

  @Test func signalRestoresTheEchoAndReachesTheProgram() async {
    await #expect(processExitsWith: .success) {
      let ends = try TestPipe()
      handlerPipe.store(ends.writing, ordering: .sequentiallyConsistent)
      signal(SIGTERM) { _ in _ = write(handlerPipe.load(ordering: .sequentiallyConsistent), "x", 1) }
      let terminal = try TestTerminal()
      let answer = PromptTests.secret(on: terminal)
      _ = terminal.shown(until: ": ")
      #expect(!terminal.echoes)
      kill(getpid(), SIGTERM)
      #expect(await answer.value == .failure(TerminalError(.interrupted, "interrupted by signal \(SIGTERM)")))
      #expect(terminal.echoes)
      // The program's own handler runs, perhaps on another thread.
      var byte: UInt8 = 0
      #expect(read(ends.reading, &byte, 1) == 1)
    }
  }

  @Test func signalStillEndsTheProgram() async {
    await #expect(processExitsWith: .signal(SIGINT)) {
      let terminal = try TestTerminal()
      let answer = PromptTests.secret(on: terminal)
      _ = terminal.shown(until: ": ")
      kill(getpid(), SIGINT)
      _ = await answer.value
    }
  }

  @Test(arguments: [("y\n", true), ("YES\n", true), ("n\n", false), ("\n", false), ("yep\n", false), ("\u{4}", false)])
  func confirms(_ keys: String, _ expected: Bool) async throws {
    let terminal = try TestTerminal()
    let path = terminal.path
    let answer = Task.detached { try Prompt(isAllowed: true, device: path).confirm("delete job 'a\u{1b}'?") }
    #expect(terminal.shown(until: "[y/N] ") == "delete job 'a\\x1b'? [y/N] ")
    #expect(terminal.echoes)
    terminal.type(keys)
    #expect(try await answer.value == expected)
    terminal.close()
  }

  @Test(arguments: [(false, "/dev/tty"), (true, "/dev/null"), (true, "/nonexistent")])
  func refusesWhereNobodyIs(_ isAllowed: Bool, _ device: String) {
    let prompt = Prompt(isAllowed: isAllowed, device: device)
    #expect(
      throws: TerminalError(
        .notATerminal, "the password cannot be asked for: this is not a terminal", hint: "give it on standard input")
    ) { try prompt.readSecret("password") }
    #expect(
      throws: TerminalError(.notATerminal, "'delete job a?' needs an answer: this is not a terminal", hint: "--yes answers it")
    ) { try prompt.confirm("delete job a?") }
  }
}

@Suite(.serialized) struct PagerTests {
  @Test(arguments: [
    (true, true, ["TERM": "xterm"], true), (false, true, ["TERM": "xterm"], false), (true, false, ["TERM": "xterm"], false),
    (true, true, ["TERM": "dumb"], false), (true, true, [:], false), (true, true, ["TERM": "xterm", "PAGER": ""], false),
    (true, true, ["TERM": "xterm", "PAGER": "cat"], false), (true, true, ["TERM": "xterm", "PAGER": "more"], true),
  ])
  func isUsed(_ isTerminal: Bool, _ isAllowed: Bool, _ environment: [String: String], _ expected: Bool) {
    let output = TextOutput(isTerminal: isTerminal)
    #expect((Pager(for: output, isAllowed: isAllowed, environment: environment) != nil) == expected)
  }

  @Test func getsTheTextAndTheEnvironment() async {
    await #expect(processExitsWith: .success) {
      var name = Array("/tmp/netjob-pager-XXXXXX".utf8CString)
      let descriptor = mkstemp(&name)
      let path = String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
      defer { unlink(path) }
      let pager = Pager(
        command: "echo \"$LESS $MINE\" > \(path); cat >> \(path)", environment: ["MINE": "x", "PATH": "/usr/bin:/bin"])
      try pager.show(String(repeating: "line\n", count: 50_000))
      let text = try TextInput(descriptor: descriptor, name: "file").readAll(limit: 1 << 20)
      #expect(text.count == 6 + 250_000)
      #expect(text.starts(with: "FRX x\nline\n".utf8))
    }
  }

  @Test func readerWhoQuitsEarlyIsNoFailure() async {
    await #expect(processExitsWith: .success) {
      try Pager(command: "exit 0", environment: [:]).show(String(repeating: "line\n", count: 100_000))
    }
  }

  @Test func missingPagerIsReported() async {
    await #expect(processExitsWith: .success) {
      #expect(
        throws: TerminalError(.pagerFailed, "cannot run the pager 'no-such-pager 2>&1'", hint: "PAGER names it")
      ) { try Pager(command: "no-such-pager 2>&1", environment: [:]).show("x") }
    }
  }
}
