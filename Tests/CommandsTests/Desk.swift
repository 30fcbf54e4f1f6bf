import Commands
import Foundation
import Scheduling
import Terminal
import Transports

/// A netjob of its own for one test: a database in a private folder, a clock that stands still, several people.
final class Desk {
  struct Result: Equatable {
    var status: Commands.ExitStatus
    var output: String
    var errors: String
  }

  let folder: String
  var now = Timestamp(seconds: 1_790_000_000)
  private let devices: DeviceAccess

  /// With a database of which `alice` is the administrator.
  init(devices: DeviceAccess = .nowhere) async throws {
    var template = Array((NSTemporaryDirectory() + "/netjob-test-XXXXXX").utf8CString)
    guard let made = mkdtemp(&template) else { throw CocoaError(.fileWriteUnknown) }
    folder = String(cString: made)
    self.devices = devices
    let result = await run(["init"])
    if result.status != .done { throw CocoaError(.fileWriteUnknown, userInfo: [NSDebugDescriptionErrorKey: result.errors]) }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  var databasePath: String { folder + "/data/netjob.db" }

  /// Runs a command line as `user`, through sudo; as the owner of the database with nil.
  func run(_ words: [String], as user: String? = "alice", input: String = "") async -> Result {
    var environment = ["NETJOB_DB": databasePath, "TZ": "UTC"]
    environment["SUDO_USER"] = user
    let output = TextOutput()
    let errors = TextOutput()
    let program = Program(environment: environment, clock: { [now] in now }, devices: devices)
    let status = await program.run(
      words, output: output, errors: errors, input: TextInput(input.utf8), prompt: Prompt(isAllowed: false))
    return Result(status: status, output: output.text, errors: errors.text)
  }

  /// Runs a command line that is to succeed; words are parted by single spaces.
  @discardableResult
  func done(_ line: String, as user: String? = "alice", input: String = "") async throws -> Result {
    let result = await run(line.split(separator: " ").map(String.init), as: user, input: input)
    guard result.status == .done else { throw UnexpectedResult(line: line, result: result) }
    return result
  }

  /// Runs it with --json and answers the document.
  func json(_ line: String, as user: String? = "alice", input: String = "") async throws -> JSONValue {
    try JSONValue(parsing: try await done(line + " --json", as: user, input: input).output)
  }
}

struct UnexpectedResult: Error {
  let line: String
  let result: Desk.Result
}

extension DeviceAccess {
  /// Every device is out of reach.
  static let nowhere = DeviceAccess(
    makeConnector: { _ in ReplayConnector([:]) },
    scanHostKey: { request, _ in throw TransportError(.unreachable, "\(request.endpoint): there is no replay of this host") })
}

extension JSONValue {
  /// The names of an object's members, in order.
  var names: [String] { objectValue?.map(\.name) ?? [] }
}
