package import JobModel
package import Scheduling
package import Storage
package import Terminal

/// What a command works with: streams, clock, environment, caller and data. Tests pass their own.
package struct Context: Sendable {
  package let output: TextOutput
  package let errors: TextOutput
  /// Standard input, of which secrets are lines and files may be `-`.
  package let input: TextInput
  /// The person at the terminal; refuses where there is none.
  package let prompt: Prompt
  package let environment: [String: String]
  package let isJSON: Bool
  package let isQuiet: Bool
  package let isVerbose: Bool
  package let clock: @Sendable () -> Timestamp
  package let zones: ZoneDatabase
  package let caller: Caller
  /// How devices are reached.
  package let devices: DeviceAccess
  /// Where the database is, or would be.
  package let installation: Installation
  private let openedStore: Store?

  package init(
    output: TextOutput, errors: TextOutput, input: TextInput, prompt: Prompt, environment: [String: String], isJSON: Bool,
    isQuiet: Bool, isVerbose: Bool, clock: @escaping @Sendable () -> Timestamp, zones: ZoneDatabase, caller: Caller,
    devices: DeviceAccess, installation: Installation, store: Store?
  ) {
    self.output = output
    self.errors = errors
    self.input = input
    self.prompt = prompt
    self.environment = environment
    self.isJSON = isJSON
    self.isQuiet = isQuiet
    self.isVerbose = isVerbose
    self.clock = clock
    self.zones = zones
    self.caller = caller
    self.devices = devices
    self.installation = installation
    openedStore = store
  }

  /// The data. A command that reads it must declare a need that opens the database; not doing so is a bug and traps.
  package var store: Store {
    guard let openedStore else { preconditionFailure("the command does not declare that it needs the database") }
    return openedStore
  }

  /// Whether the database was opened.
  package var hasStore: Bool { openedStore != nil }

  /// The system's zone: that of times which people type without an offset.
  package var systemZone: String { get throws { try zones.systemZoneName(tz: environment["TZ"]) } }

  /// Writes one document with `--json`, else what `text` writes.
  package func show(_ document: @autoclosure () throws -> JSONValue, text: () throws -> Void) rethrows {
    if isJSON { output.writeLine(try document().pretty) } else { try text() }
  }

  /// Tells the person at the terminal what was done; nothing with `--quiet`.
  package func note(_ text: String) {
    if !isQuiet { errors.writeLine("netjob: " + escapeControls(text)) }
  }

  /// Tells what can be done next; nothing with `--quiet`.
  package func hint(_ text: String) {
    if !isQuiet { errors.writeLine("hint: " + escapeControls(text)) }
  }

  /// Warns; also with `--quiet`.
  package func warn(_ text: String) { errors.writeLine("netjob: warning: " + escapeControls(text)) }

  /// A time for tables: how long ago for people, RFC 3339 for programs.
  package func cell(_ time: Timestamp?) -> Cell {
    guard let time else { return .empty }
    return .time(relative: RelativeTime.text(of: time.milliseconds, now: clock().milliseconds), exact: time.rfc3339)
  }

  /// A time for JSON: RFC 3339 in UTC, or null.
  package func json(_ time: Timestamp?) -> JSONValue { time.map { .string($0.rfc3339) } ?? .null }

  /// Checks that the caller may see the network.
  package func requireView(of network: Int64, in sql: any SQLConnection) throws {
    try require([.view], network: network, in: sql)
  }

  /// Checks that the caller holds one of the permissions for the network; nil for all networks.
  package func require(_ permissions: [Permission], network: Int64?, in sql: any SQLConnection) throws {
    let rights = try AccountQueries.rights(sql, of: caller.name)
    if !permissions.contains(where: { rights.allows($0, network: network) }) {
      throw try AccountQueries.denied(sql, caller.name, permissions.first ?? .administer, network: network)
    }
  }

  /// Whether the caller may see the network.
  package func maySee(_ network: Int64, _ rights: Rights) -> Bool { rights.allows(.view, network: network) }

  /// Refuses file operands of a caller who came in through sudo: the program holds more rights than they do.
  package func requireOwnFiles(_ path: String, as what: String) throws {
    if caller.isDelegated && path != "-" {
      throw ModelError(
        .notPermitted,
        "\(what) '\(TextRule.quoted(path))' is refused: through sudo, netjob reads and writes no files of its caller",
        hint: "use '-' and a pipe")
    }
  }
}
