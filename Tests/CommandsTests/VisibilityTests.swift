import Arguments
import Commands
import JobModel
import Scheduling
import Storage
import Terminal
import Testing

/// The whole table again: who sees one network gets no word of another one, whatever they ask for.
@Suite struct VisibilityTests {
  /// In every name, text and message of the other network, and nowhere else.
  private static let mark = "zulu"
  private static let address = "198.51.100.77"

  /// What is asked for in the other network, by its number, as the name would be in the answer anyway.
  private struct Other {
    var numbers: [String: String]

    func value(of parameter: Parameter) -> String? {
      if case .dynamic(let kind) = parameter.completion { return numbers[kind] }
      return parameter.name == "ID" || parameter.valueName == "ID" ? numbers["execution"] : nil
    }
  }

  /// A desk with the network `zulu`, in which there is one of everything, and `default`, in which `ann` may see and `max` do
  /// everything that is not for all networks.
  private func desk() async throws -> (Desk, Other) {
    let desk = try await Desk()
    try await desk.done("network add zulu --comment zulu")
    try await desk.done("user add uwe --mail uwe@example.net")
    for right in ["operator", "run-tool-job-without-approval"] { try await desk.done("user grant uwe \(right) --network zulu") }
    try await desk.done("user revoke uwe run-tool-job-without-approval --network zulu")
    for user in ["ann", "max"] { try await desk.done("user add \(user)") }
    try await desk.done("user grant ann view --network default")
    for permission in Permission.allCases where permission != .administer {
      try await desk.done("user grant max \(permission.rawValue) --network default")
    }
    try await desk.done("credential add zulu-c --username zulu --network zulu --password-stdin", input: "zulu-secret\n")
    try await desk.done("device add r1 --address 192.0.2.1 --platform frr")
    try await desk.done(
      "device add zulu-r1 --address \(Self.address) --platform frr --network zulu --comment zulu --tag zulu --field site=zulu")
    let rule = ["filter", "add", "quiet", "--rule", "window mon 08:00-09:00"]
    guard await desk.run(rule).status == .done else { throw UnexpectedResult(line: "filter", result: await desk.run(rule)) }
    try await desk.done(
      "job create zulu-tool --type tool --tool command-runner --param commands=zulu --network zulu --all-devices --comment zulu",
      as: "uwe")
    try await desk.done(
      "job create zulu-job --type tool --tool config-commands --param commands=zulu --network zulu --all-devices", as: "uwe")
    try await desk.done("trigger add zulu-job zulu-t --daily 1 --at 02:00 --filter quiet", as: "uwe")
    try await desk.done("job create mine --type backup --all-devices")
    // One that has failed, as nothing can be reached, and a request.
    _ = await desk.run(["job", "create", "zulu-backup", "--type", "backup", "--network", "zulu", "--all-devices"])
    _ = await desk.run(["job", "run", "zulu-backup"])
    try await desk.done("approval request zulu-job -m zulu", as: "uwe")
    let installation = Installation(databasePath: desk.databasePath)
    let store = try Store(opening: installation, clock: { [now = desk.now] in now })
    let caller = Caller(name: "alice", isDelegated: true, ownsDatabase: true)
    let numbers = try store.change(as: caller) { change in
      let device = try DeviceQueries.find(change.sql, "zulu-r1")
      _ = try change.addConfigRevision(
        of: device, .running, text: "hostname zulu\n", comparable: "x", execution: nil, added: 1, removed: 0)
      try change.sql.execute(
        """
        INSERT INTO neighbor (device_id, protocol, identity, neighbor, first_seen, last_seen)
        VALUES (?, 'lldp', 'x', 'zulu-sw', 1, 1)
        """, device.id)
      var numbers: [String: String] = [
        "network": String(try NetworkQueries.find(change.sql, "zulu").id), "device": String(device.id),
        "credential": String(try CredentialQueries.find(change.sql, "zulu-c").id),
        "job": String(try JobQueries.find(change.sql, "zulu-job").id), "filter": "quiet", "user": "uwe", "role": "operator",
        "right": "view", "tool": "config-commands", "platform": "frr", "setting": "approval.required-count", "timezone": "UTC",
      ]
      for (kind, table) in [("trigger", "job_trigger"), ("execution", "execution")] {
        numbers[kind] = try change.sql.row("SELECT max(id) AS id FROM \(table)").map { String(try $0.int64("id")) }
      }
      try change.sql.execute(
        "INSERT INTO execution_report (execution_id, kind, format, content) SELECT max(id), 'inventory', 'text', ? FROM execution",
        try Blobs.put(change.sql, "zulu's report"))
      return numbers
    }
    return (desk, Other(numbers: numbers))
  }

  /// What a command takes besides what the walk finds by itself: words that make its line a right one.
  private static let extras: [String: [String]] = [
    "credential add": ["--password-stdin"],
    "device trust": ["--fingerprint", "SHA256:" + String(repeating: "A", count: 43)],
    "trigger add": ["--daily", "1", "--at", "02:00"], "trigger edit": ["--daily", "2", "--at", "03:00"],
    "job edit": ["--retries", "1"], "device edit": ["--comment", "x"], "network edit": ["--comment", "x"],
    "credential edit": ["--username", "x"], "filter edit": ["--rule", "window tue 08:00-09:00"], "user edit": ["--no-mail"],
    "role edit": ["--comment", "x"], "mail test": ["x@example.net"], "trap edit": ["--port", "163"],
    "network trust": ["--fingerprint", "SHA256:" + String(repeating: "A", count: 43)], "setting set": ["1"],
    "job create": ["--all-devices"], "run-due": ["--dry-run"],
  ]

  /// Values of operands and required options that name nothing.
  private static let values: [String: String] = [
    "address": "192.0.2.9", "username": "x", "rule": "window wed 08:00-09:00", "permission": "view", "NEW": "fresh",
    "NAME": "fresh", "VALUE": "1", "search": "name:*", "CONFIG": "x", "REGEX": "zul.", "message": "x", "at": "2026-12-01T02:00",
    "type": "backup",
  ]

  /// The command lines that ask for the other network: bare, and once with each option that names something.
  private func lines(of command: Command, _ other: Other) -> [[String]] {
    var words = command.spec.path
    var options: [[String]] = []
    for handle in command.spec.parameters {
      let parameter = handle.parameter
      let isRequired: Bool
      switch parameter.occurrence {
      case .required: isRequired = true
      case .repeated(let least): isRequired = least > 0
      case .optional: isRequired = false
      }
      let value = other.value(of: parameter)
      switch parameter.role {
      case .flag: if parameter.name == "yes" { options.append(["--yes"]) }
      case .operand:
        if let value { words.append(value) } else if isRequired { words.append(Self.values[parameter.name] ?? "x") }
      case .option:
        if isRequired {
          words += ["--" + parameter.name, value ?? Self.values[parameter.name] ?? parameter.choices.first ?? "x"]
        } else if let value {
          options.append(["--" + parameter.name, value])
        }
      }
    }
    let extra = Self.extras[command.spec.name] ?? []
    // Bare as well: what lists without an operand; and with one option in the place of the extra words.
    let bases = [words + extra, command.spec.path + extra, words]
    return bases.flatMap { base in [base] + options.map { base + $0 } }
  }

  @Test(arguments: ["ann", "max"]) func nothingOfAnotherNetwork(user: String) async throws {
    let (desk, other) = try await desk()
    let store = try Store(opening: Installation(databasePath: desk.databasePath), clock: { [now = desk.now] in now })
    func rows() throws -> Int? {
      try store.read { try $0.row("SELECT count(*) AS n FROM audit WHERE object LIKE '%zulu%'")?.int("n") }
    }
    let before = try rows()
    var answered = 0
    for command in AllCommands.list where !command.needs.isEmpty && !command.spec.isHidden {
      // Which of its lines was understood at all.
      var isUnderstood = false
      for line in lines(of: command, other) {
        for words in [line, line + ["--json"]] {
          let result = await desk.run(words, as: user, input: "x\nx\nx\n")
          let told = (result.output + result.errors).lowercased()
          #expect(!told.contains(Self.mark), "\(words) as \(user): \(result.output)\(result.errors)")
          #expect(!told.contains(Self.address), "\(words) as \(user): \(result.output)")
          if result.status != .usage { isUnderstood = true }
          if result.status == .done { answered += 1 }
        }
      }
      // A new command that the walk cannot run needs a word in `extras` or `values`.
      #expect(isUnderstood, "\(command.spec.name): the walk does not know how to ask for it")
    }
    #expect(answered > 20)
    #expect(try rows() == before)
    for kind in other.numbers.keys {
      let words = await desk.run(["__complete", kind, ""], as: user).output
      #expect(!words.contains(Self.mark), "\(kind): \(words)")
    }
  }

  /// The names of custom fields say what others note of their devices.
  @Test func fieldsOfOthersAreNotNamed() async throws {
    let desk = try await Desk()
    try await desk.done("network add zulu")
    try await desk.done("user add ann")
    try await desk.done("user grant ann view --network default")
    try await desk.done("device add r1 --address 192.0.2.1 --platform frr --field rack=7")
    try await desk.done("device add r2 --address 192.0.2.2 --platform frr --network zulu --field sitezulu=x")
    for line in ["device list", "device export"] {
      let result = await desk.run(line.split(separator: " ").map(String.init) + ["--search", "sitezul:x"], as: "ann")
      #expect(result.status == .usage)
      #expect(!result.errors.contains("sitezulu"), "\(result.errors)")
    }
    #expect(await desk.run(["device", "list", "--search", "sitezulu:x"]).status == .done)
  }

  /// The same lines show plenty to who sees both: the walk asks for the right things.
  @Test func theWalkReachesTheOtherNetwork() async throws {
    let (desk, other) = try await desk()
    try await desk.done("user add both --role viewer")
    var blind: [String] = []
    for command in AllCommands.list where command.needs == [.permission(.view)] {
      var told = ""
      for line in lines(of: command, other) { told += await desk.run(line + ["--json"], as: "both").output }
      if !told.lowercased().contains(Self.mark) { blind.append(command.spec.name) }
    }
    // What has nothing to do with networks, or tells nothing without a mail server.
    let expected: Set<String> = [
      "filter test", "platform list", "platform show", "role list", "setting get", "setting list", "tool list", "tool show",
      "trigger preview", "history diff", "job log", "trap list", "trap show", "notification list",
      // Agents are the installation's. Nobody exports through sudo, as everybody here comes.
      "agent list", "agent show", "config export-git",
    ]
    #expect(Set(blind).subtracting(expected).isEmpty, "\(blind)")
  }
}
