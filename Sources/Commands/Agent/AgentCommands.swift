package import Arguments
internal import JobModel
internal import JobRunner
internal import Storage
internal import Terminal

/// `netjob agent`: the programs that jobs of the type agent-d start.
package enum AgentCommands {
  package static let group = CommandGroup(
    "agent", section: Sections.jobs, summary: "programs that jobs of type agent-d start for each device",
    discussion: """
      An agent is a program of your own, in any language, which netjob starts for each device of a job: for devices without a \
      usable command line. It is given the device's facts as JSON on standard input and answers with lines of JSON on standard \
      output; netjob-agent(7) says how.

      Its file is pinned: netjob starts the very bytes that were looked at when the agent was added, or nothing. 'agent pin' \
      takes a new version, and jobs that were approved with the old one need approval again. What the program loads by itself \
      (modules, other programs) is not pinned.
      """,
    defaultVerb: "list")

  package static let list: [Command] = [add, listAll, show, pin, delete]

  private static let newName = Operand<String>("NAME", help: "the agent's name")
  private static let name = Operand<String>("NAME", help: "the agent's name or number", completion: .dynamic("agent"))
  private static let command = RequiredOption<String>(
    "command", valueName: "PATH",
    help: "its program: a whole path, or the name of a file in the folder 'agents' beside the database", completion: .file)
  private static let changesDevices = Flag("changes-devices", help: "it changes devices: its jobs need approval")
  private static let withCredential = Flag(
    "with-credential", help: "give it the device's credential, secrets included, on its standard input")
  private static let timeout = Option<Int64>(
    "timeout", valueName: "DURATION", help: "the time for one device; a job's own --timeout still holds: 90s, 10m",
    conversion: .duration(atLeast: 1))
  private static let secretParameter = RepeatedOption<String>(
    "secret-parameter", valueName: "NAME", help: "a parameter whose value is secret; give it several times for several")
  private static let comment = Option<String>("comment", valueName: "TEXT", help: "what it is for", allowsEmpty: true)

  private static let yes = Flag("yes", short: "y", help: "do not ask")

  static let add = Command(
    ["agent", "add"], summary: "register a program and pin its file",
    discussion: """
      The program runs as the account that netjob runs as, so adding one takes administer. The file must be executable, belong \
      to that account or to root, and lie in folders that nobody else can write. Through sudo it must be in the folder 'agents' \
      beside the database.
      """,
    needs: [.permission(.administer)],
    parameters: [newName, command, changesDevices, timeout, withCredential, secretParameter, comment],
    examples: [
      Example(
        "netjob agent add pdu --command /usr/local/lib/netjob/pdu-agent --changes-devices", "an agent that changes devices"),
      Example(
        "netjob agent add camera --command camera.py --with-credential --timeout 30s", "one that reads, with the credential"),
    ],
    exitCodes: [ExitCode(6, "there is an agent of that name already")], seeAlso: ["agent pin", "job create"]
  ) { context, arguments in
    let path = try path(arguments[command], context)
    let file = try AgentFile(reading: path)
    let agent = try context.store.change(as: context.caller) { change in
      try change.addAgent(
        NewAgent(
          name: arguments[newName], path: path, digest: file.digest, changesDevices: arguments[changesDevices],
          timeout: arguments[timeout], passesCredential: arguments[withCredential],
          secretParameters: Set(arguments[secretParameter]).sorted(), comment: arguments[comment] ?? ""))
    }
    context.show(document(agent, context)) {
      context.note("agent '\(agent.name)' added, SHA-256 \(agent.digest)")
    }
    return .done
  }

  private static let columns = Listing<AgentRecord>(
    [
      .init("name"), .init("changesDevices"), .init("command", title: "FILE"),
      .init("sha256", title: "SHA-256", maximumWidth: 16, priority: 1), .init("comment", minimumWidth: 12, priority: 2),
      .init("pinnedTime", .time, title: "PINNED", place: .wide),
    ], more: ["id", "withCredential", "timeout", "secretParameters", "pinnedBy"])

  static let listAll = Command(
    ["agent", "list"], summary: "list the agents", needs: [.permission(.view)], parameters: columns.parameters,
    examples: [Example("netjob agent list", "list the programs that a job can start")], seeAlso: ["agent show"]
  ) { context, arguments in
    let agents = try context.store.read { try AgentQueries.all($0) }
    columns.show(agents, context, arguments) { document($0, context) }
    return .done
  }

  static let show = Command(
    ["agent", "show"], summary: "show an agent, and whether its file is the one that was pinned", needs: [.permission(.view)],
    parameters: [name], examples: [Example("netjob agent show pdu", "show an agent")], seeAlso: ["agent pin"]
  ) { context, arguments in
    let agent = try context.store.read { try AgentQueries.find($0, arguments[name]) }
    let state = fileState(agent)
    guard case .object(let members) = document(agent, context) else { return .bug }
    context.show(.object(members + [.init("file", .string(state))])) {
      var block = FieldBlock()
      block.add("Name", key: "name", .text(agent.name))
      block.add("Number", key: "id", .number(agent.id))
      block.add("Command", key: "command", .text(agent.path))
      block.add("SHA-256", key: "sha256", .text(agent.digest))
      block.add("File", key: "file", .text(state))
      block.add("Changes devices", key: "changesDevices", .bool(agent.changesDevices))
      block.add("With credential", key: "withCredential", .bool(agent.passesCredential))
      block.add("Timeout", key: "timeout", agent.timeout.map { .text("\($0) s") } ?? .empty)
      block.add("Secret parameters", key: "secretParameters", .list(agent.secretParameters))
      block.add("Comment", key: "comment", .text(agent.comment))
      block.add("Pinned by", key: "pinnedBy", .text(agent.savedBy))
      block.add("Pinned", key: "pinnedTime", context.cell(agent.savedAt))
      block.write(to: context.output)
    }
    return .done
  }

  static let pin = Command(
    ["agent", "pin"], summary: "take an agent's file as it is now",
    discussion: """
      After a new version of the program was installed. Approvals that were asked for or given of jobs with this agent fall back \
      to not-requested.
      """,
    needs: [.permission(.administer)], parameters: [name],
    examples: [Example("netjob agent pin pdu", "take the new version of a program")], seeAlso: ["agent show"]
  ) { context, arguments in
    let before = try context.store.read { try AgentQueries.find($0, arguments[name]) }
    let file = try AgentFile(reading: before.path)
    let agent = try context.store.change(as: context.caller) { change in
      try change.pinAgent(try AgentQueries.find(change.sql, before.name), digest: file.digest)
    }
    context.show(document(agent, context)) {
      context.note(
        before.digest == agent.digest ? "the file of agent '\(agent.name)' has not changed" : "SHA-256 \(agent.digest) is pinned")
    }
    return .done
  }

  static let delete = Command(
    ["agent", "delete"], summary: "forget an agent; its file stays", needs: [.permission(.administer)],
    parameters: [name, yes], examples: [Example("netjob agent delete pdu --yes", "forget an agent")],
    exitCodes: [ExitCode(6, "a job uses it")], seeAlso: ["agent list"]
  ) { context, arguments in
    let agent = try context.store.read { try AgentQueries.find($0, arguments[name]) }
    try context.confirm("delete agent '\(agent.name)'?", yes: arguments[yes])
    try context.store.change(as: context.caller) { try $0.deleteAgent(try AgentQueries.find($0.sql, agent.name)) }
    context.show(document(agent, context)) { context.note("agent '\(agent.name)' deleted") }
    return .done
  }

  /// Where the program is. Callers through sudo name files of the installation only: the program holds more rights than they do.
  private static func path(_ text: String, _ context: Context) throws -> String {
    let folder = context.installation.folder + "/agents"
    if !text.contains("/") { return "\(folder)/\(try TextRule.name(text, of: "file"))" }
    if text.hasPrefix(folder + "/") {
      return "\(folder)/\(try TextRule.name(String(text.dropFirst(folder.count + 1)), of: "file"))"
    }
    try context.requireOwnFiles(text, as: "the program")
    return text
  }

  private static func fileState(_ agent: AgentRecord) -> String {
    do throws(ModelError) {
      return try AgentFile(reading: agent.path).digest == agent.digest ? "as pinned" : "changed since it was pinned"
    } catch {
      return error.message
    }
  }

  private static func document(_ agent: AgentRecord, _ context: Context) -> JSONValue {
    [
      "id": .integer(agent.id), "name": .string(agent.name), "command": .string(agent.path), "sha256": .string(agent.digest),
      "changesDevices": .bool(agent.changesDevices), "withCredential": .bool(agent.passesCredential),
      "timeout": .optional(agent.timeout), "secretParameters": .strings(agent.secretParameters),
      "comment": .string(agent.comment), "pinnedBy": .string(agent.savedBy), "pinnedTime": context.json(agent.savedAt),
    ]
  }
}
