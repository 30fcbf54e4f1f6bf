import Arguments

/// A small table with one of everything.
enum Sample {
  enum Kind: String, CaseIterable, ArgumentValue {
    case backup
    case tool
    case report
  }

  static let db = Option<String>("db", valueName: "PATH", help: "the database", completion: .file)
  static let json = Flag("json", help: "print JSON")
  static let quiet = Flag("quiet", short: "q", help: "say less")
  static let verbose = Flag("verbose", short: "v", help: "say more")

  static let name = Operand<String>("NAME", help: "the job's name", completion: .dynamic("job"))
  static let kind = RequiredOption<Kind>("type", short: "t", valueName: "TYPE", help: "what the job does")
  static let all = Flag("all-devices", help: "every device")
  static let search = Option<String>("search", valueName: "EXPR", help: "the devices that match")
  static let device = RepeatedOption<String>("device", valueName: "NAME", help: "this device", completion: .dynamic("device"))
  static let retries = DefaultedOption<Int>(
    "retries", short: "r", valueName: "N", help: "try again that often", default: 0, conversion: .integer(in: -1...9))
  static let comment = Option<String>("comment", valueName: "TEXT", help: "a remark", allowsEmpty: true)
  static let create = CommandSpec(
    path: ["job", "create"], aliases: [["job", "add"]], summary: "define a job",
    discussion: """
      A job does one thing on devices.
      It's checked on a 'dry' run first.

      - one item \\ with a backslash
      - another item

        literal   line
        .literal dot

      The end.
      """,
    parameters: [name, kind, all, search, device, retries, comment],
    constraints: [.exactlyOneOf([all, search, device])],
    examples: [
      Example("netjob job create save --type backup --all-devices", "back up everything"),
      Example(
        "sudo -u netjob netjob job create x --type tool \\\n  --search 'tag:core -site:lab' | cat  # why", "use a tool on some"),
    ],
    exitCodes: [ExitCode(6, "there is a job of that name")], needs: ["edit-job on the job's network"],
    seeAlso: ["job list", "history", "crontab(5)", "netjob-schedules(7)"])

  static let limit = Option<Int>("limit", short: "n", valueName: "N", help: "show at most N", conversion: .integer(in: 1...1000))
  static let jobList = CommandSpec(path: ["job", "list"], summary: "show the jobs", parameters: [limit])

  static let yes = Flag("yes", short: "y", help: "do not ask")
  static let delete = CommandSpec(
    path: ["job", "delete"], aliases: [["delete"]], summary: "remove a job", parameters: [name, yes],
    examples: [Example("netjob delete save --yes", "remove without a question")])

  static let since = Option<String>("since", valueName: "TIME", help: "not before this time")
  static let historyList = CommandSpec(
    path: ["history", "list"], summary: "show what ran", parameters: [limit, since],
    examples: [Example("NETJOB_DB=x netjob history --limit 5 2>/dev/null", "show the last five")])
  static let id = Operand<Int>("ID", help: "the execution", conversion: .integer(in: 1...Int.max))
  static let second = OptionalOperand<String>("DEVICE", help: "only this device")
  static let output = CommandSpec(path: ["history", "output"], summary: "show what was printed", parameters: [id, second])

  static let at = Option<String>("at", valueName: "HH:MM", help: "the time of day")
  static let daily = Option<Int>("daily", valueName: "N", help: "every N days")
  static let cron = Option<String>("cron", valueName: "EXPR", help: "a cron expression")
  static let job = OptionalOperand<String>("JOB", help: "the job")
  static let trigger = OptionalOperand<String>("NAME", help: "the trigger")
  static let zone = Option<String>("timezone", valueName: "TZ", help: "the zone of the schedule")
  static let preview = CommandSpec(
    path: ["preview"], section: "Other", summary: "show the next times", parameters: [job, trigger, daily, cron, at, zone],
    constraints: [
      .exactlyOneOf([job, daily, cron]), .requires(job, [trigger]), .requires(daily, [at]), .requiresOneOf(at, [daily]),
      .excludes(job, [zone]),
    ])

  static let files = RepeatedOperand<String>("FILE", help: "what to check", atLeast: 1, completion: .file)
  static let level = RepeatedOption<Int>("level", valueName: "N", help: "a level", atLeast: 1)
  static let check = CommandSpec(path: ["check"], section: "Other", summary: "check files", parameters: [files, level])

  static let topic = RepeatedOperand<String>("WORD", help: "a command", completion: .command)
  static let help = CommandSpec(path: ["help"], section: "Other", summary: "explain a command", parameters: [topic])

  static let completer = CommandSpec(
    path: ["__complete"], summary: "print the values for a shell",
    parameters: [
      Operand<String>("KIND", help: "what to print"), OptionalOperand<String>("PREFIX", help: "what was typed"),
    ], isHidden: true)

  static let groups = [
    CommandGroup("job", section: "Jobs", summary: "what is done on devices", defaultVerb: "list"),
    CommandGroup("history", section: "Jobs", summary: "what was done", defaultVerb: "list"),
    CommandGroup("key", section: "Other", summary: "manage the key"),
  ]
  static let rotate = CommandSpec(path: ["key", "rotate"], summary: "make a new key")

  static func table(
    globals: [any CommandParameter] = [db, json, quiet, verbose], sections: [String] = ["Jobs", "Other"],
    groups: [CommandGroup] = groups,
    commands: [CommandSpec] = [create, jobList, delete, historyList, output, rotate, preview, check, help, completer],
    exitCodes: [ExitCode] = [ExitCode(0, "done"), ExitCode(2, "the command line is wrong")],
    completerPath: [String] = ["__complete"]
  ) -> CommandTable {
    CommandTable(
      program: "netjob", version: "1.2", summary: "run jobs on network devices", discussion: "Runs jobs.\n\nOr not.",
      globals: globals, sections: sections, groups: groups, commands: commands, exitCodes: exitCodes,
      environment: [.init("NETJOB_DB", "the database")], files: [.init("/etc/netjob", "the \"folder\" of settings")],
      manualPages: ["netjob-schedules(7)"], completer: completerPath)
  }
}
