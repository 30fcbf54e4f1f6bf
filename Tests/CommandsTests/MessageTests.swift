import Arguments
import Commands
import Testing

/// What people read when they got something wrong: each command at least once, with what is wrong, where, and what to do next.
@Suite struct MessageTests {
  /// A command line that is wrong, how it ends, what its message says, and what it says to do or what is allowed.
  private struct Mistake {
    let line: String
    let status: Commands.ExitStatus
    let message: String
    let next: String

    init(_ line: String, _ status: Commands.ExitStatus, _ message: String, _ next: String) {
      self.line = line
      self.status = status
      self.message = message
      self.next = next
    }
  }

  private static let mistakes = [
    Mistake("init", .conflict, "exists already", "netjob init never overwrites; use another --db"),
    Mistake("init --admin 'a b'", .usage, "user name 'a b' is not allowed", "no spaces"),
    // Networks, credentials, devices.
    Mistake("network add 'a b'", .usage, "network name 'a b' is not allowed", "1 to 64 letters, digits"),
    Mistake("network add plant", .conflict, "network 'plant' exists already", "netjob network edit plant"),
    Mistake("network add x --jump h", .usage, "--jump needs --jump-credential", "netjob network add -h"),
    Mistake("network add x --jump h --jump-credential nix", .notFound, "credential 'nix'", "netjob credential list"),
    Mistake("network add x --host-keys maybe", .usage, "--host-keys: 'maybe'", "one of strict, accept-new"),
    Mistake("network list --sort nix", .usage, "--sort: 'nix' is not a column", "the columns are name, hostKeys"),
    Mistake("network show nix", .notFound, "no network 'nix'", "netjob network list shows them"),
    Mistake("network edit plant", .usage, "at least one of --comment", "netjob network edit -h"),
    Mistake("network delete default --yes", .conflict, "network 'default' cannot be deleted", "netjob network edit default"),
    Mistake("network delete plant", .usage, "nobody can be asked: this is not a terminal", "--yes answers it"),
    Mistake("network trust default --scan", .usage, "network 'default' has no jump host", "netjob network edit default --jump"),
    Mistake("credential add x", .usage, "option --username USER is needed", "netjob credential add -h"),
    Mistake("credential add x --username u", .usage, "a credential needs a secret", "--password-stdin"),
    Mistake("credential add x --username u --priority z", .usage, "--priority: 'z'", "an integer from 1 to 1000"),
    Mistake("credential list --columns password", .usage, "'password' is not a column", "name, username, network"),
    Mistake("credential show nix", .notFound, "no credential 'nix'", "netjob credential list"),
    Mistake("credential edit lab", .usage, "at least one of --username", "netjob credential edit -h"),
    Mistake("credential delete used --yes", .conflict, "credential 'used' is used by device r3", "--credential OTHER"),
    Mistake("credential rekey x", .usage, "unexpected operand 'x'", "netjob credential rekey -h"),
    Mistake("device add x --platform frr", .usage, "option --address ADDRESS is needed", "netjob device add -h"),
    Mistake("device add x --address 300.1.1.1 --platform frr", .usage, "address '300.1.1.1'", "it is an IPv4 address, an IPv6"),
    Mistake("device add x --address 192.0.2.1 --platform ios", .notFound, "no platform 'ios'", "cisco_ios"),
    Mistake("device add r1 --address 192.0.2.1 --platform frr", .conflict, "device 'r1' exists already", "netjob device edit r1"),
    Mistake("device add x --address 192.0.2.1 --platform frr --field x", .usage, "--field: 'x'", "KEY=VALUE"),
    Mistake("device list --search foo:bar", .usage, "column 1: unknown key 'foo'", "allowed are name, hostname"),
    Mistake("device list --search 'address:300.1.1.1'", .usage, "column 9: '300.1.1.1'", "hostname:NAME"),
    Mistake("device show nix", .notFound, "no device 'nix'", "netjob device list"),
    Mistake("device edit r1", .usage, "at least one of --address", "netjob device edit -h"),
    Mistake("device delete r1", .usage, "delete device 'r1'? nobody can be asked", "--yes"),
    Mistake("device import /nix", .notPermitted, "'/nix' is refused: through sudo", "use '-' and a pipe"),
    Mistake("device import - --format xml", .usage, "--format: 'xml'", "one of csv, json, yaml"),
    Mistake("device export --format xml", .usage, "--format: 'xml'", "one of csv, json, yaml"),
    Mistake("device test nix", .notFound, "no device 'nix'", "netjob device list"),
    Mistake("device trust r1 --fingerprint x", .usage, "--fingerprint: 'x'", "as ssh-keygen -l prints it"),
    Mistake("platform list x", .usage, "unexpected operand 'x'; netjob platform list takes none", "netjob platform list -h"),
    Mistake("platform show nix", .notFound, "no platform 'nix'", "there are arista_eos"),
    Mistake("platform check /nix", .notPermitted, "platform file '/nix' is refused", "use '-' and a pipe"),
    Mistake("tool list --sort", .usage, "--sort needs a value: COLUMN", "netjob tool list -h"),
    Mistake("tool show nix", .notFound, "no tool 'nix'", "there are arp-table"),
    Mistake("tool check /nix", .notPermitted, "tool file '/nix' is refused", "use '-' and a pipe"),
    Mistake("tool limit ping --role nix", .notFound, "no role 'nix'", "netjob role list"),
    Mistake("tool unlimit ping", .notFound, "tool 'ping' is not limited", "netjob tool list"),
    Mistake("agent add x", .usage, "option --command", "netjob agent add -h"),
    Mistake("agent list x", .usage, "unexpected operand 'x'", "netjob agent list -h"),
    Mistake("agent show nix", .notFound, "no agent 'nix'", "netjob agent list"),
    Mistake("agent pin nix", .notFound, "no agent 'nix'", "netjob agent list"),
    Mistake("agent delete nix --yes", .notFound, "no agent 'nix'", "netjob agent list"),
    // Jobs.
    Mistake("job create x", .usage, "option --type TYPE is needed", "netjob job create -h"),
    Mistake("job create x --type backup", .usage, "needs one of --all-devices, --search", "--all-devices"),
    Mistake("job create x --type nix --all-devices", .usage, "--type: 'nix'", "one of report, discover, neighbor, backup"),
    Mistake("job create x --type backup --all-devices --device r1", .usage, "exclude each other", "netjob job create -h"),
    Mistake("job create x --type backup --search ''", .usage, "--search is empty", "it needs a value: EXPR"),
    Mistake("job create x --type backup --device nix", .notFound, "no device 'nix'", "netjob device list"),
    Mistake("job create x --type tool --all-devices", .usage, "--tool NAME is needed", "there are arp-table"),
    Mistake("job create x --type tool --tool ping --all-devices", .usage, "parameter 'host' is missing", "host, count, vrf"),
    Mistake(
      "job create x --type tool --tool ping --all-devices --param hots=1", .usage, "unknown parameter 'hots'", "host, count, vrf"),
    Mistake("job create x --type tool --tool ping --all-devices --param x", .usage, "--param needs the form", "'NAME=VALUE'"),
    Mistake("job create x --type report", .usage, "--report KIND is needed", "one of inventory, backup-summary"),
    Mistake("job create x --type backup --all-devices --batch 0", .usage, "batch size '0'", "1% to 100%"),
    Mistake("job create x --type backup --all-devices --timeout soon", .usage, "--timeout: 'soon'", "90s, 10m, 1h30m"),
    Mistake("job create x --type backup --all-devices --max-failures 200%", .usage, "'200%' is not allowed", "0% to 100%"),
    Mistake(
      "job create nightly --type backup --all-devices", .conflict, "job 'nightly' exists already", "netjob job edit nightly"),
    Mistake("job edit nightly", .usage, "an option that changes something is needed", "netjob job edit -h"),
    Mistake("job list --status nix", .usage, "--status: 'nix'", "one of not-requested, requested"),
    Mistake("job list --network nix", .notFound, "no network 'nix'", "netjob network list"),
    Mistake("job show nix", .notFound, "no job 'nix'", "netjob job list"),
    Mistake("job targets nix", .notFound, "no job 'nix'", "netjob job list"),
    Mistake("job preview route --device nix", .notFound, "'nix' is none of the job's targets", "netjob job targets route"),
    Mistake("job run nightly --device nix", .notFound, "'nix' is not among the targets", "netjob job targets nightly"),
    Mistake("job copy nightly route", .conflict, "job 'route' exists already", "netjob job edit route"),
    Mistake("job enable nix", .notFound, "no job 'nix'", "netjob job list"),
    Mistake("job disable nix", .notFound, "no job 'nix'", "netjob job list"),
    Mistake("job delete nightly", .usage, "delete job 'nightly'", "--yes"),
    Mistake("delete nix --yes", .notFound, "no job 'nix'", "netjob job list"),
    Mistake("job export nix", .notFound, "no job 'nix'", "netjob job list"),
    Mistake("job apply -f /nix", .notPermitted, "'/nix' is refused", "use '-' and a pipe"),
    Mistake("job apply -f -", .usage, "standard input:1:1: the file is empty", ""),
    Mistake("job log nix", .notFound, "no job 'nix'", "netjob job list"),
    // Triggers and filters.
    Mistake("trigger add nightly t", .usage, "one of --once, --daily", "netjob trigger add -h"),
    Mistake("trigger add nightly t --daily 1", .usage, "--daily needs --at as well", "netjob trigger add -h"),
    Mistake("trigger add nightly t --daily 0 --at 02:00", .usage, "daily interval '0'", "--daily takes 1 to 31"),
    Mistake("trigger add nightly t --daily 1 --at 25:00", .usage, "time '25:00'", "00:00 to 23:59"),
    Mistake("trigger add nightly t --weekly xyz --at 02:00", .usage, "day 'xyz'", "mon-fri"),
    Mistake("trigger add nightly t --monthly jan --day 40 --at 02:00", .usage, "'40'", "1 to 31 or last"),
    Mistake("trigger add nightly t --cron '61 * * * *'", .usage, "minute '61': must be 0-59, at column 1", "--cron takes minute"),
    Mistake("trigger add nightly t --cron '* *'", .usage, "has 2 of 5 fields", "minute hour day-of-month"),
    Mistake("trigger add nightly t --once tomorrow", .usage, "time 'tomorrow'", "--once takes a local date and time"),
    Mistake("trigger add nightly t --daily 1 --at 02:00 --timezone Mars", .usage, "time zone 'Mars'", "Europe/Berlin"),
    Mistake("trigger add nightly t --daily 1 --at 02:00 --filter nix", .notFound, "filter 'nix'", "netjob filter list"),
    Mistake(
      "trigger add nightly at-three --daily 1 --at 02:00", .conflict, "has a trigger 'at-three' already", "netjob trigger edit"),
    Mistake("trigger edit nightly at-three", .usage, "an option that changes something", "netjob trigger edit -h"),
    Mistake("trigger list nix", .notFound, "no job 'nix'", "netjob job list"),
    Mistake("trigger show nightly nix", .notFound, "job 'nightly' has no trigger 'nix'", "netjob trigger list nightly"),
    Mistake("trigger enable nightly nix", .notFound, "no trigger 'nix'", "netjob trigger list nightly"),
    Mistake("trigger disable nightly nix", .notFound, "no trigger 'nix'", "netjob trigger list nightly"),
    Mistake("trigger remove nightly nix", .notFound, "no trigger 'nix'", "netjob trigger list nightly"),
    Mistake("trigger preview", .usage, "a trigger (JOB NAME) or a schedule", "netjob trigger preview -h"),
    Mistake(
      "trigger preview --cron '* * * * *' --after soon", .usage, "--after: time 'soon'", "a time is 2026-12-01, 2026-12-01T02:00"),
    Mistake("filter add x --rule nix", .usage, "filter rule 'nix': must be cron, dates or window", "window mon-fri"),
    Mistake("filter add x --rule 'dates 2026-02-30'", .usage, "2026-02 has 28 days, at column 7", "dates 2026-12-24"),
    Mistake("filter list x", .usage, "unexpected operand 'x'", "netjob filter list -h"),
    Mistake("filter show nix", .notFound, "filter 'nix'", "netjob filter list"),
    Mistake("filter edit quiet", .usage, "--rule", "netjob filter edit -h"),
    Mistake("filter delete quiet --yes", .conflict, "quiet", "at-three"),
    Mistake("filter test quiet --at soon", .usage, "--at: time 'soon'", "a time is 2026-12-01, 2026-12-01T02:00"),
    // Approval and results.
    Mistake("approval request nightly -m x", .conflict, "job 'nightly' needs no approval", "does not change devices"),
    Mistake("approval request route -m ''", .usage, "--message is empty", "it needs a value: TEXT"),
    Mistake("approval approve route -m x --revision 9", .conflict, "not for 9", "netjob approval show route"),
    Mistake("approval reject nightly -m x", .conflict, "'nightly' is not-needed", "netjob job run nightly"),
    Mistake("approval comment nix -m x", .notFound, "no job 'nix'", "netjob job list"),
    Mistake("approval close route", .usage, "option --message TEXT is needed", "netjob approval close -h"),
    Mistake("approval list --status nix", .usage, "--status: 'nix'", "one of not-requested, requested"),
    Mistake("approval show --request 99", .notFound, "no approval request 99", "netjob approval list --all"),
    Mistake("approval log", .usage, "one of JOB or --execution is needed", "netjob approval log -h"),
    Mistake("history list --since tomorrow", .usage, "--since: time 'tomorrow'", "yesterday"),
    Mistake("history list --limit 0", .usage, "--limit: '0'", "an integer from 1 to"),
    Mistake("history show 99", .notFound, "no execution 99", "netjob history shows them"),
    Mistake("history show 1 --output pdf", .usage, "--output: 'pdf'", "'html'"),
    Mistake("history output 1 nix", .notFound, "execution 1 has no device 'nix'", "netjob history show 1"),
    Mistake("history diff x", .usage, "ID: 'x'", "an integer of at least 1"),
    Mistake("history report 1", .notFound, "no report of execution 1", "report and discover"),
    Mistake("history prune --older-than x --yes", .usage, "--older-than: 'x' is not a duration", "1h30m"),
    Mistake("cancel 1", .conflict, "execution 1 has ended", "failed"),
    Mistake("config list nix", .notFound, "no device 'nix'", "netjob device list"),
    Mistake("config show r10", .notFound, "no running configuration of device 'r10'", "a job of type backup stores them"),
    Mistake("config diff r1 9", .notFound, "device 'r1' has no revision 9", "netjob config log r1"),
    Mistake("config log nix", .notFound, "no device 'nix'", "netjob device list"),
    Mistake("config grep '('", .usage, "REGEX '('", "')' is expected at character 2"),
    Mistake("config export-git /nix", .notPermitted, "/nix", "through sudo"),
    Mistake("neighbor list --protocol nix", .usage, "--protocol: 'nix'", "one of lldp, cdp"),
    Mistake("neighbor map --format nix", .usage, "--format: 'nix'", "one of svg, dot, json"),
    // People and how it runs.
    Mistake("user add bob", .conflict, "user 'bob' exists already", "netjob user grant bob ROLE"),
    Mistake("user add x --mail nix", .usage, "mail address 'nix'", "NAME@DOMAIN"),
    Mistake("user list x", .usage, "unexpected operand 'x'", "netjob user list -h"),
    Mistake("user show nix", .notFound, "no user 'nix'", "netjob user list"),
    Mistake("user edit bob", .usage, "one of --mail or --no-mail is needed", "netjob user edit -h"),
    Mistake("user grant bob nix", .notFound, "'nix' is no role and no permission", "netjob role list"),
    Mistake("user revoke olga approver", .notFound, "user 'olga' does not hold", "netjob user show olga"),
    Mistake("user disable nix", .notFound, "no user 'nix'", "netjob user list"),
    Mistake("user enable nix", .notFound, "no user 'nix'", "netjob user list"),
    Mistake("user delete bob", .usage, "delete user 'bob'", "--yes"),
    Mistake("role add x -p nix", .usage, "--permission: 'nix'", "one of view, run-job"),
    Mistake("role list x", .usage, "unexpected operand 'x'", "netjob role list -h"),
    Mistake("role show nix", .notFound, "no role 'nix'", "netjob role list"),
    Mistake("role edit operator --add view", .conflict, "role 'operator' is built in", "netjob role add NAME"),
    Mistake("role delete operator --yes", .conflict, "role 'operator' is built in", "netjob role add NAME"),
    Mistake("setting list x", .usage, "unexpected operand 'x'", "netjob setting list -h"),
    Mistake("setting get nix", .notFound, "no setting 'nix'", "approval.required-count"),
    Mistake("setting set approval.required-count 9", .usage, "'9' is not allowed", "1, 2 or 3"),
    Mistake("mail test nix", .usage, "mail address 'nix'", "NAME@DOMAIN"),
    Mistake("trap add x --host h", .usage, "needs a community", "--community-stdin"),
    Mistake("trap list x", .usage, "unexpected operand 'x'", "netjob trap list -h"),
    Mistake("trap show nix", .notFound, "no trap receiver 'nix'", "netjob trap list"),
    Mistake("trap edit nix --port 1", .notFound, "no trap receiver 'nix'", "netjob trap list"),
    Mistake("trap remove nix --yes", .notFound, "no trap receiver 'nix'", "netjob trap list"),
    Mistake("trap test nix", .notFound, "no trap receiver 'nix'", "netjob trap list"),
    Mistake("trap mib x", .usage, "unexpected operand 'x'", "netjob trap mib -h"),
    Mistake("notification list --status nix", .usage, "--status: 'nix'", "one of waiting, sent, failed"),
    Mistake("notification retry 99", .notFound, "no notification 99", "netjob notification list"),
    Mistake("audit log --until x", .usage, "--until: time 'x' is not understood", "yesterday"),
    Mistake("audit verify --head x", .usage, "--head 'x' is no head", "netjob audit log --head"),
    Mistake("db check x", .usage, "unexpected operand 'x'", "netjob db check -h"),
    Mistake("db backup", .usage, "operand FILE is missing", "netjob db backup -h"),
    Mistake("db migrate x", .usage, "unexpected operand 'x'", "netjob db migrate -h"),
    Mistake("whoami x", .usage, "unexpected operand 'x'; netjob whoami takes none", "netjob whoami -h"),
    Mistake("run-due --at soon", .usage, "--at: time 'soon'", "a time is 2026-12-01, 2026-12-01T02:00"),
    Mistake("run-due --network nix", .notFound, "no network 'nix'", "netjob network list"),
    Mistake("upcoming --hours 0", .usage, "--hours: '0'", "an integer from 1 to"),
    Mistake("status x", .usage, "unexpected operand 'x'", "netjob status -h"),
    Mistake("doctor x", .usage, "unexpected operand 'x'", "netjob doctor -h"),
    Mistake("help nix", .usage, "unknown command 'nix'", "netjob -h"),
    Mistake("completion tcsh", .usage, "SHELL: 'tcsh'", "one of bash, zsh, fish"),
    Mistake("version x", .usage, "unexpected operand 'x'", "netjob version -h"),
  ]

  private static func words(_ line: String) throws -> [String] {
    try #require(ShellLine.calls(of: "netjob", in: "netjob " + line)?.first, "\(line)")
  }

  @Test func everyCommandIsTried() throws {
    var tried: Set<[String]> = []
    for mistake in Self.mistakes {
      let words = try Self.words(mistake.line)
      for command in AllCommands.list {
        for path in [command.spec.path] + command.spec.aliases where words.starts(with: path) { tried.insert(command.spec.path) }
      }
    }
    let missing = AllCommands.list.filter { !$0.spec.isHidden && !tried.contains($0.spec.path) }.map(\.spec.name)
    #expect(missing.isEmpty, "no mistake is made with \(missing)")
  }

  @Test func eachSaysWhatWhereAndWhatNext() async throws {
    let desk = try await Desk.full()
    try await desk.done("credential add used --username admin --password-stdin", input: "secret\n")
    try await desk.done("device edit r3 --credential used")
    for mistake in Self.mistakes {
      let result = await desk.run(try Self.words(mistake.line))
      let lines = result.errors.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
      #expect(result.status == mistake.status, "\(mistake.line): \(result.status) \(result.errors)")
      #expect(result.output.isEmpty, "\(mistake.line): \(result.output)")
      // One line that says it, one at most that says what next; from us, in our form.
      let first = try #require(lines.first, "\(mistake.line) says nothing")
      #expect(first.hasPrefix("netjob: error: ") && lines.count <= 2, "\(mistake.line): \(result.errors)")
      #expect(first.contains(mistake.message), "\(mistake.line): \(first)")
      #expect(mistake.next.isEmpty || result.errors.contains(mistake.next), "\(mistake.line): \(result.errors)")
      for line in lines { #expect(!line.hasSuffix("."), "\(mistake.line): a full stop: \(line)") }
      if lines.count == 2 { try checkHint(lines[1], of: mistake) }
    }
  }

  /// The commands that a hint names are there, and take the options that it shows.
  private func checkHint(_ hint: String, of mistake: Mistake) throws {
    #expect(hint.hasPrefix("hint: "), "\(mistake.line): \(hint)")
    for piece in hint.split(separator: "netjob ", omittingEmptySubsequences: false).dropFirst() {
      let words = piece.split(whereSeparator: { " ';,".contains($0) }).map(String.init)
      guard let first = words.first, !first.hasPrefix("-") else { continue }
      let table = AllCommands.table()
      if words.dropFirst().first == "-h" || words.count < 2 {
        _ = try table.helpTopic(for: [first])
      } else if AllCommands.list.contains(where: { $0.spec.path == [first] }) || first == "init" {
        continue
      } else if words[1] == "shows" {
        _ = try table.helpTopic(for: [first])
      } else {
        _ = try table.helpTopic(for: Array(words.prefix(2)))
      }
    }
  }

  /// Nothing in the database is another's mistake: the same lines change nothing.
  @Test func mistakesChangeNothing() async throws {
    let desk = try await Desk.full()
    try await desk.done("credential add used --username admin --password-stdin", input: "secret\n")
    try await desk.done("device edit r3 --credential used")
    let before = try await desk.done("audit log --head").output
    for mistake in Self.mistakes { _ = await desk.run(try Self.words(mistake.line)) }
    #expect(try await desk.done("audit log --head").output == before)
  }
}
