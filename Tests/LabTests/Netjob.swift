import Foundation
import Testing

/// The built program with a home, a database and people of its own.
struct Netjob: Sendable {
  let folder: String
  let database: String
  private let variables: [String: String]
  private let command: [String]

  /// The program that `swift build` puts beside the tests.
  static let program: String = {
    let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    return URL(filePath: tests).deletingLastPathComponent().appending(path: "netjob").path
  }()

  /// - Parameters:
  ///   - folder: must exist.
  ///   - wrapper: a program that is to run it always, with its arguments.
  init(folder: String, program: String = Netjob.program, wrapper: [String] = []) {
    self.folder = folder
    command = wrapper + [program]
    database = folder + "/data/netjob.db"
    variables = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": folder, "NETJOB_DB": database, "TZ": "UTC"]
  }

  /// Starts a command line and does not wait for it.
  /// - Parameters:
  ///   - line: words between blanks; single quotes keep blanks.
  ///   - person: who comes in through sudo; nil is the account that owns the database.
  ///   - wrapper: a program that is to run it, with its arguments.
  func start(
    _ line: String, as person: String? = nil, input: String = "", environment: [String: String] = [:], wrapper: [String] = []
  ) throws -> ChildProcess {
    var variables = variables.merging(environment) { $1 }
    if let person { variables["SUDO_USER"] = person }
    return try ChildProcess(wrapper + command + Self.words(of: line), environment: variables, input: input)
  }

  /// Runs a command line; an exit code other than the expected one is recorded, and ends the test.
  @discardableResult
  func callAsFunction(
    _ line: String, as person: String? = nil, input: String = "", environment: [String: String] = [:], wrapper: [String] = [],
    exits expected: Int32 = 0, at location: SourceLocation = #_sourceLocation
  ) async throws -> ChildProcess.Outcome {
    let child = try start(line, as: person, input: input, environment: environment, wrapper: wrapper)
    let outcome = try await child.end()
    try #require(outcome.status == expected, "\(outcome)", sourceLocation: location)
    return outcome
  }

  /// Runs a command line with `--json`.
  func json(
    _ line: String, as person: String? = nil, exits expected: Int32 = 0, at location: SourceLocation = #_sourceLocation
  ) async throws -> JSON {
    let outcome = try await self("--json " + line, as: person, exits: expected, at: location)
    return try #require(try? JSON(parsing: outcome.output), "\(outcome)", sourceLocation: location)
  }

  /// The last execution of a job, with its devices.
  func lastExecution(of job: String, at location: SourceLocation = #_sourceLocation) async throws -> JSON {
    let rows = try await json("history list --job \(job) --limit 1", at: location)
    let id = try #require(rows[0]["id"].integer, "no execution of \(job)", sourceLocation: location)
    return try await json("history show \(id)", at: location)
  }

  private static func words(of line: String) -> [String] {
    var words: [String] = []
    var word: String?
    var isQuoted = false
    for character in line {
      switch character {
      case "'":
        isQuoted.toggle()
        word = word ?? ""
      case " " where !isQuoted:
        if let done = word { words.append(done) }
        word = nil
      default: word = (word ?? "") + String(character)
      }
    }
    return words + (word.map { [$0] } ?? [])
  }
}
