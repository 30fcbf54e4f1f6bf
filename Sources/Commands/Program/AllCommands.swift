package import Arguments

/// The table of commands: each noun's list in the order of the documentation.
package enum AllCommands {
  /// The version of the program.
  package static let version = "0.1.0"
  /// The day of that version, for the manual pages.
  package static let releaseDate = "2026-11-22"

  /// The nouns, in the order of the documentation: a new noun is a line here.
  private static let nouns: [(group: CommandGroup, commands: @Sendable () -> [Command])] = [
    (NetworkCommands.group, { NetworkCommands.list }),
    (CredentialCommands.group, { CredentialCommands.list }),
    (DeviceCommands.group, { DeviceCommands.list }),
    (PlatformCommands.group, { PlatformCommands.list }),
    (JobCommands.group, { JobCommands.list }),
    (TriggerCommands.group, { TriggerCommands.list }),
    (FilterCommands.group, { FilterCommands.list }),
    (ToolCommands.group, { ToolCommands.list }),
    (AgentCommands.group, { AgentCommands.list }),
    (ApprovalCommands.group, { ApprovalCommands.list }),
    (HistoryCommands.group, { HistoryCommands.list }),
    (ConfigCommands.group, { ConfigCommands.list }),
    (NeighborCommands.group, { NeighborCommands.list }),
    (UserCommands.group, { UserCommands.list }),
    (RoleCommands.group, { RoleCommands.list }),
    (SettingCommands.group, { SettingCommands.list }),
    (MailCommands.group, { MailCommands.list }),
    (TrapCommands.group, { TrapCommands.list }),
    (NotificationCommands.group, { NotificationCommands.list }),
    (AuditCommands.group, { AuditCommands.list }),
    (DatabaseCommands.group, { DatabaseCommands.list }),
  ]

  /// The commands of one word, in the order of the documentation: a new one is a line here.
  private static let words: [(name: String, command: @Sendable () -> Command)] = [
    ("init", { InitCommand.command }),
    ("whoami", { WhoamiCommand.command }),
    ("run-due", { RunCommands.runDue }),
    ("upcoming", { UpcomingCommand.command }),
    ("status", { StatusCommand.command }),
    ("cancel", { CancelCommand.cancel }),
    ("doctor", { DoctorCommand.command }),
    ("help", { MetaCommands.help }),
    ("completion", { MetaCommands.completion }),
    ("version", { MetaCommands.version }),
    ("__complete", { CompleteCommand.command }),
  ]

  /// Every command: the nouns' verbs, then the commands of one word.
  package static let list: [Command] = nouns.flatMap { $0.commands() } + words.map { $0.command() }

  /// The commands among which a command line finds its own, where it has one: making all of them takes as long as a short command.
  package static func likely(for words: [String]) -> [Command] {
    for word in words {
      if let noun = nouns.first(where: { $0.group.name == word }) { return noun.commands() }
      if let found = self.words.first(where: { $0.name == word }) { return [found.command()] }
    }
    return []
  }

  /// The table of `commands`, or of a test's own: nouns and sections that have no command are left out.
  package static func table(of commands: [Command] = list) -> CommandTable {
    let groups = nouns.map(\.group).filter { group in commands.contains { $0.spec.path.first == group.name } }
    let used = Set(groups.map(\.section) + commands.filter { $0.spec.path.count == 1 }.map(\.spec.section))
    return CommandTable(
      program: "netjob", version: version, summary: "define, approve, schedule and record jobs on network devices",
      globals: Globals.all, sections: Sections.all.filter(used.contains), groups: groups, commands: commands.map(\.spec),
      exitCodes: exitCodes, environment: variables, files: files, manualPages: manualPages, completer: completer)
  }

  /// What the shells' completions call.
  package static let completer = ["__complete"]

  /// The pages written by hand, which stand beside the generated ones.
  private static let manualPages = [
    "netjob-jobs(5)", "netjob-platforms(5)", "netjob-tools(5)", "netjob-agent(7)", "netjob-approvals(7)", "netjob-discover(7)",
    "netjob-schedules(7)", "netjob-security(7)", "netjob-tutorial(7)",
  ]

  private static let exitCodes = [
    ExitCode(0, "done; a list that is empty is done too"),
    ExitCode(1, "it ran and failed: a device failed, a check found something"),
    ExitCode(2, "the command line or an input file is wrong; nothing was changed"),
    ExitCode(3, "there is no such job, device, execution or the like"),
    ExitCode(4, "not permitted"),
    ExitCode(5, "the approval is missing, stale or rejected"),
    ExitCode(6, "conflict: it exists already, is busy, or was changed meanwhile; the database is locked or newer"),
    ExitCode(70, "a bug in netjob"),
    ExitCode(130, "interrupted"),
    ExitCode(143, "terminated"),
  ]

  private static let variables = [
    CommandTable.Entry("NETJOB_DB", "the database, where --db is not given"),
    CommandTable.Entry("NETJOB_KEY_FILE", "the key file, where it is not beside the database"),
    CommandTable.Entry("NO_COLOR", "when set, no colours are written"),
    CommandTable.Entry("PAGER", "the program that shows long text at a terminal"),
    CommandTable.Entry("TZ", "the time zone of times that are typed without an offset"),
    CommandTable.Entry("XDG_DATA_HOME", "where the folder netjob with the caller's own database is"),
  ]

  private static let files = [
    CommandTable.Entry("/var/lib/netjob/netjob.db", "the database of a shared installation"),
    CommandTable.Entry("~/.local/share/netjob/netjob.db", "the caller's own database"),
    CommandTable.Entry("netjob.key", "the key, beside the database; keep a copy of it in another place than the database's"),
  ]
}
