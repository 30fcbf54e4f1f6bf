import Commands
import Foundation
import JobModel
import Scheduling
import Storage
import Synchronization
import Terminal

/// A pseudo-terminal at whose other end the test sits.
final class PseudoTerminal {
  private let master: Int32
  private let slave: Int32
  let path: String

  init() throws {
    // posix_openpt(3) and its kin are out of Swift's sight; ioctl_tty(2) does the same: TIOCSPTLCK and TIOCGPTN.
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var locked: Int32 = 0
    var number: UInt32 = 0
    guard master >= 0, ioctl(master, 0x4004_5431, &locked) == 0, ioctl(master, 0x8004_5430, &number) == 0 else {
      throw TerminalError(.notATerminal, "no pseudo-terminal for the test")
    }
    path = "/dev/pts/\(number)"
    slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
  }

  func type(_ text: String) { _ = write(master, text, text.utf8.count) }

  func close() {
    _ = Foundation.close(slave)
    _ = Foundation.close(master)
  }
}

/// An installation in a folder of its own, a clock that stands still, and people who run commands on it.
final class CommandBench: Sendable {
  /// How a command ended.
  struct Outcome {
    let status: Commands.ExitStatus
    let output: String
    let errors: String

    /// The document on standard output.
    var json: JSONValue { get throws { try JSONValue(parsing: output) } }

    /// The names in an array of objects.
    func strings(_ key: String) throws -> [String] {
      (try json.arrayValue ?? []).compactMap { $0[key]?.stringValue }
    }
  }

  let folder: String
  let installation: Installation
  private let time = Mutex(Timestamp(seconds: 1_772_445_600))  // 2026-03-02T10:00:00Z, a Monday

  /// An installation of `root`, with `alice` (operator), `amy` (operator and approver), `bob` and `bea` (approvers), `vera`
  /// (viewer), the devices r1 and r2 (frr, tag edge) and l1 (linux).
  init() async throws {
    // In memory where there is such a place: every commit waits for the disk, which others may keep busy.
    let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
    var template = Array((parent + "/netjob-commands-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { throw TerminalError(.writeFailed, "no folder for the test") }
    folder = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    installation = Installation(databasePath: folder + "/home/netjob.db")
    for line in [
      "init --admin root", "user add alice --role operator", "user add amy --role operator --role approver",
      "user add bob --role approver", "user add bea --role approver", "user add vera --role viewer",
      "device add r1 --address 192.0.2.1 --platform frr --tag edge",
      "device add r2 --address 192.0.2.2 --platform frr --tag edge", "device add l1 --address 192.0.2.3 --platform linux",
    ] {
      let outcome = await run(line)
      guard outcome.status == .done else { throw TerminalError(.invalidInput, "\(line): \(outcome.errors)") }
    }
  }

  deinit {
    try? FileManager.default.removeItem(atPath: folder)
  }

  var now: Timestamp {
    get { time.withLock { $0 } }
    set { time.withLock { $0 = newValue } }
  }

  /// Runs a command line whose words hold no blanks.
  func run(_ line: String, as user: String? = "root", input: String = "") async -> Outcome {
    await run(line.split(separator: " ").map(String.init), as: user, input: input)
  }

  /// Runs a command as somebody who came in through sudo; nil is the owner of the files, an administrator in the tests that say so.
  func run(
    _ words: [String], as user: String? = "root", input: String = "", environment: [String: String] = [:]
  ) async -> Outcome {
    var variables = ["NETJOB_DB": installation.databasePath, "TZ": "UTC"]
    variables["SUDO_USER"] = user
    return await run(
      words, environment: variables.merging(environment) { $1 }, output: TextOutput(), errors: TextOutput(),
      input: TextInput(Array(input.utf8)), prompt: Prompt(isAllowed: false))
  }

  /// Runs a command as somebody at a terminal, who answers the question that it asks; nil says nothing.
  func run(_ words: [String], as user: String?, atTerminalAnswering answer: String?) async throws -> Outcome {
    let terminal = try PseudoTerminal()
    defer { terminal.close() }
    if let answer { terminal.type(answer + "\n") }
    var variables = ["NETJOB_DB": installation.databasePath, "TZ": "UTC"]
    variables["SUDO_USER"] = user
    return await run(
      words, environment: variables, output: TextOutput(isTerminal: true, width: 200), errors: TextOutput(isTerminal: true),
      input: TextInput([], isTerminal: true), prompt: Prompt(isAllowed: true, device: terminal.path))
  }

  private func run(
    _ words: [String], environment: [String: String], output: TextOutput, errors: TextOutput, input: TextInput, prompt: Prompt
  ) async -> Outcome {
    let program = Program(environment: environment, clock: { self.now }, devices: .nowhere)
    let status = await program.run(words, output: output, errors: errors, input: input, prompt: prompt)
    return Outcome(status: status, output: output.text, errors: errors.text)
  }

  /// The data, for what no command of the test makes.
  func store() throws -> Store { try Store(opening: installation, clock: { self.now }) }

  /// Writes a file into the test's folder and answers its path; it stays until the test ends.
  func write(_ name: String, _ content: String) -> String {
    let path = "\(folder)/home/\(name)"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    let bytes = Array(content.utf8)
    _ = Glibc.write(descriptor, bytes, bytes.count)
    close(descriptor)
    return path
  }

  static let root = Caller(name: "root", isDelegated: false, ownsDatabase: true)
}
