internal import Arguments
private import Glibc
private import JobModel
package import Scheduling
private import Storage
package import Terminal

/// Runs one command line: parses it, supplies what the command needs, runs it, tells how it ended.
package struct Program: Sendable {
  private let environment: [String: String]
  private let clock: @Sendable () -> Timestamp
  private let zones: ZoneDatabase
  private let devices: DeviceAccess
  /// A test's own; nil are all.
  private let commands: [Command]?

  package init(
    environment: [String: String], clock: @escaping @Sendable () -> Timestamp = SystemClock.now,
    zones: ZoneDatabase = ZoneDatabase(), devices: DeviceAccess = .ssh, commands: [Command]? = nil
  ) {
    self.environment = environment
    self.clock = clock
    self.zones = zones
    self.devices = devices
    self.commands = commands
  }

  /// Runs the command line `words`, the program's name left out, on the process's streams.
  package func run(_ words: [String]) async -> ExitStatus {
    // Errors of the parser are coloured too, before it could say whether they may be.
    let noColor = words.contains("--no-color")
    let input = TextInput.standardInput()
    return await run(
      words, output: .standardOutput(noColor: noColor, environment: environment),
      errors: .standardError(noColor: noColor, environment: environment), input: input,
      prompt: Prompt(isAllowed: input.isTerminal))
  }

  /// Runs it on the streams given; tests pass their own.
  package func run(
    _ words: [String], output: TextOutput, errors: TextOutput, input: TextInput, prompt: Prompt
  ) async -> ExitStatus {
    let streams = Streams(output: output, errors: errors, input: input, prompt: prompt)
    var status: ExitStatus
    do {
      status = try await dispatch(words, streams)
      try output.finish()
    } catch  where words.starts(with: AllCommands.completer) {
      // A shell that completes a word has no use for errors.
      status = .done
    } catch {
      let report = ErrorReport(error)
      status = report.status
      if status != .brokenPipe { tell(report, on: errors) }
      try? output.finish()
    }
    try? errors.finish()
    return status
  }

  private struct Streams {
    let output: TextOutput
    let errors: TextOutput
    let input: TextInput
    let prompt: Prompt
  }

  private func dispatch(_ words: [String], _ streams: Streams) async throws -> ExitStatus {
    // What a few commands can read means the same among all. Help and errors know all.
    if commands == nil {
      let likely = AllCommands.likely(for: words)
      if case .command(let spec, let arguments)? = try? AllCommands.table(of: likely).parse(words) {
        return try await run(spec, of: likely, arguments, streams)
      }
    }
    let commands = self.commands ?? AllCommands.list
    let table = AllCommands.table(of: commands)
    switch try table.parse(words) {
    case .version:
      streams.output.writeLine("netjob \(table.version)")
      return .done
    case .help(let topic):
      streams.output.write(HelpRenderer.render(topic, of: table, width: streams.output.width))
      return .done
    case .command(let spec, let arguments):
      return try await run(spec, of: commands, arguments, streams)
    }
  }

  private func run(
    _ spec: CommandSpec, of commands: [Command], _ arguments: ParsedArguments, _ streams: Streams
  ) async throws -> ExitStatus {
    guard let command = commands.first(where: { $0.spec.path == spec.path }) else {
      preconditionFailure("the command \(spec.name) has no body")
    }
    let context = try context(for: command, arguments, streams)
    let status: ExitStatus
    do {
      status = try await command.run(context, arguments)
    } catch {
      // What was changed before it failed is told all the same.
      await context.deliver()
      throw error
    }
    try banner(context, command)
    await context.deliver()
    return status
  }

  private func context(for command: Command, _ arguments: ParsedArguments, _ streams: Streams) throws -> Context {
    let option = arguments[Globals.database]
    let installation = InstallationLocation.installation(option: option, environment: environment)
    let caller = CallerResolution.caller(environment: environment, owner: installation.owner)
    // Judged by the database that they would come to without it: nothing is told about any other, not even whose it is.
    let standard = InstallationLocation.installation(option: nil, environment: environment)
    if option != nil, CallerResolution.caller(environment: environment, owner: standard.owner).isDelegated {
      throw ModelError(
        .notPermitted, "--db is refused: through sudo, netjob works on its own database only", hint: "leave --db out")
    }
    let store: Store?
    if command.needs.isEmpty || !command.needsDatabase(arguments) {
      store = nil
    } else {
      let opened = try Store(opening: installation, clock: clock)
      try opened.read { sql in
        let rights = try AccountQueries.rights(sql, of: caller.name)
        for need in command.needs {
          if let missing = need.missing(caller, rights) { throw try AccountQueries.denied(sql, caller.name, missing) }
        }
      }
      store = opened
    }
    return Context(
      output: streams.output, errors: streams.errors, input: streams.input, prompt: streams.prompt, environment: environment,
      isJSON: arguments[Globals.json], isQuiet: arguments[Globals.quiet], isVerbose: arguments[Globals.verbose], clock: clock,
      zones: zones, caller: caller, devices: devices, installation: installation, store: store)
  }

  /// One line for an approver at a terminal while requests wait for them.
  private func banner(_ context: Context, _ command: Command) throws {
    guard context.errors.isTerminal, context.output.isTerminal, !context.isQuiet, !context.isJSON, context.hasStore,
      command.spec.path.first != "approval"
    else { return }
    let count = try context.store.read { try ApprovalQueries.waiting($0, for: context.caller.name) }
    guard count > 0 else { return }
    let requests = count == 1 ? "1 approval request waits" : "\(count) approval requests wait"
    context.errors.writeLine(
      context.errors.style.apply(.warning, "netjob: \(requests) for you: netjob approval list --waiting-for-me"))
  }

  private func tell(_ report: ErrorReport, on errors: TextOutput) {
    errors.writeLine("netjob: " + errors.style.apply(.bad, "error:") + " " + escapeControls(report.message, .block))
    if let hint = report.hint { errors.writeLine("hint: " + escapeControls(hint, .block)) }
  }
}
