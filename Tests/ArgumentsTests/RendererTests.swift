import Arguments
import Foundation
import Testing

@Suite struct RendererTests {
  @Test func shortHelp() {
    let help = HelpRenderer.render(.command(Sample.create), of: Sample.table(), width: 64)
    #expect(
      help == """
        Usage: netjob job create NAME --type TYPE (--all-devices
                                 | --search EXPR | --device NAME...)
                                 [--retries N] [--comment TEXT]

        define a job

        also: netjob job add

        Operands:
          NAME  the job's name

        Options:
          -t, --type TYPE     what the job does (one of backup, tool,
                              report)
              --all-devices   every device
              --search EXPR   the devices that match
              --device NAME   this device (can be repeated)
          -r, --retries N     try again that often (default: 0)
              --comment TEXT  a remark

        Permissions:
          edit-job on the job's network

        Examples:
          # back up everything
          netjob job create save --type backup --all-devices

          # use a tool on some
          sudo -u netjob netjob job create x --type tool \\
            --search 'tag:core -site:lab' | cat  # why

        every command takes --db, --json, --quiet, --verbose as well:
        see 'netjob -h'

        """)
  }

  @Test func fullHelpAddsDiscussionPermissionsAndExitCodes() {
    let help = HelpRenderer.render(.command(Sample.create), of: Sample.table(), width: 80, detail: .full)
    for part in [
      "A job does one thing on devices. It's checked on a 'dry' run first.\n\n"
        + "  - one item \\ with a backslash\n  - another item\n\n"
        + "    literal   line\n    .literal dot\n\nThe end.\n",
      "Permissions:\n  edit-job on the job's network\n",
      "Exit status:\n  0  done\n  2  the command line is wrong\n  6  there is a job of that name\n",
      "Global options:\n      --db PATH  the database\n",
    ] {
      #expect(help.contains(part), "\(part)")
    }
  }

  @Test func groupHelpListsVerbs() {
    let help = HelpRenderer.render(.group(Sample.groups[0]), of: Sample.table(), width: 80)
    #expect(
      help == """
        Usage: netjob job VERB ...

        what is done on devices

        Verbs:
          create  define a job
          list    show the jobs (without a verb, this one)
          delete  remove a job

        'netjob job VERB -h' shows what a verb takes

        """)
  }

  @Test func overviewListsNounsUnderTheirHeadings() {
    let help = HelpRenderer.render(.overview, of: Sample.table(), width: 80)
    #expect(help.hasPrefix("Usage: netjob [--db PATH] [--json] [--quiet] [--verbose] COMMAND ...\n"))
    #expect(
      help.contains(
        """
        Jobs:
          job      what is done on devices
          history  what was done

        Other:
          key      manage the key
          preview  show the next times
          check    check files
          help     explain a command

        """))
    #expect(!help.contains("__complete"))
  }

  @Test(arguments: [0, 40, 47, 80, 200]) func helpKeepsToTheWidth(_ width: Int) {
    let table = Sample.table()
    let topics = [HelpTopic.overview] + table.groups.map(HelpTopic.group) + table.commands.map(HelpTopic.command)
    let examples = Set(table.commands.flatMap(\.examples).flatMap { $0.line.split(separator: "\n") }.map { "  " + $0 })
    for topic in topics {
      for line in HelpRenderer.render(topic, of: table, width: width, detail: .full).split(separator: "\n") {
        #expect(line.count <= max(40, width) || examples.contains(String(line)), "\(line)")
        #expect(!line.hasSuffix(" "), "\(line)")
      }
    }
  }

  static let usages: [(CommandSpec, String)] = [
    (Sample.preview, "Usage: netjob preview (JOB NAME | --daily N | --cron EXPR) [--at HH:MM] [--timezone TZ]\n"),
    (Sample.check, "Usage: netjob check FILE... (--level N)...\n"),
    (Sample.help, "Usage: netjob help [WORD...]\n"),
    (Sample.output, "Usage: netjob history output ID [DEVICE]\n"),
    (Sample.rotate, "Usage: netjob key rotate\n"),
  ]

  @Test(arguments: usages.indices) func usage(_ index: Int) {
    let (command, usage) = Self.usages[index]
    #expect(HelpRenderer.render(.command(command), of: Sample.table(), width: 120).hasPrefix(usage))
  }

  @Test func setOfFilesIsComplete() {
    let files = GeneratedFiles.render(Sample.table(), date: "2026-01-31")
    #expect(
      files.keys.sorted() == [
        "completions/_netjob", "completions/netjob.bash", "completions/netjob.fish", "man/man1/netjob-check.1",
        "man/man1/netjob-help.1", "man/man1/netjob-history-list.1", "man/man1/netjob-history-output.1",
        "man/man1/netjob-history.1", "man/man1/netjob-job-create.1", "man/man1/netjob-job-delete.1",
        "man/man1/netjob-job-list.1", "man/man1/netjob-job.1", "man/man1/netjob-key-rotate.1", "man/man1/netjob-key.1",
        "man/man1/netjob-preview.1", "man/man1/netjob.1",
      ])
    #expect(files == GeneratedFiles.render(Sample.table(), date: "2026-01-31"))
  }

  @Test func pagesPleaseMandocAndGroff() throws {
    let files = GeneratedFiles.render(Sample.table(), date: "2026-01-31").filter { $0.key.hasPrefix("man/") }
    try Program.withFiles(files) { folder in
      for path in files.keys.sorted() {
        for command in [["mandoc", "-Tlint"], ["groff", "-ww", "-man", "-Tutf8", "-z"]] {
          let result = try Program.run(command + [path], directory: folder)
          #expect(result.status == 0 && result.output + result.errors == "", "\(path): \(result.output)\(result.errors)")
        }
      }
    }
  }

  @Test func pageReadsAsMeant() throws {
    let files = GeneratedFiles.render(Sample.table(), date: "2026-01-31")
    let text = try Program.withFiles(files) { folder in
      try Program.run(["mandoc", "-Tascii", "-Owidth=78", "man/man1/netjob-job-create.1"], directory: folder).output
    }
    // Bold and underlined letters are overstruck.
    let plain = text.replacing(/.\u{8}/, with: "")
    for part in [
      "NAME\n       netjob-job-create - define a job\n",
      "SYNOPSIS\n       netjob job create NAME --type TYPE (--all-devices | --search EXPR |\n       --device NAME...)",
      "       netjob job add ...\n",
      "It's checked on a 'dry' run first.", "one item \\ with a backslash", "literal   line\n           .literal dot\n",
      "       -t, --type TYPE\n              What the job does (one of backup, tool, report).\n",
      "GLOBAL OPTIONS\n       --db PATH\n", "PERMISSIONS\n", "edit-job on the job's network\n",
      "EXIT STATUS\n       0      Done.\n", "       6      There is a job of that name.\n",
      "             --search 'tag:core -site:lab' | cat  # why\n",
      "SEE ALSO\n       netjob(1), netjob-job(1), netjob-job-list(1), netjob-history(1),\n       crontab(5), netjob-schedules(7)",
      "netjob 1.2", "2026-01-31",
    ] {
      #expect(plain.contains(part), "\(part)\n\(plain)")
    }
  }
}
