import Commands
import Foundation
import Terminal
import Testing

/// Two programs started at the same instant on one database: it decides, and the log tells how. What comes before and after the
/// race of a round is run in this process, which is quicker. One race at a time, so that the two have the processors.
@Suite(.serialized) struct ApprovalRaceTests {
  private static let rounds = 200

  /// A database with people, a device that nobody answers for, and alice's job `route` that changes it.
  private final class Site {
    private let folder: PrivateFolder
    private let environment: [String: String]

    /// - Parameter lines: run by the administrator after the usual ones.
    init(_ lines: String...) async throws {
      folder = try PrivateFolder(inMemory: true)
      environment = ["PATH": "/usr/bin:/bin", "HOME": folder.path, "NETJOB_DB": folder.path + "/db/netjob.db", "TZ": "UTC"]
      for line in [
        "init --admin root", "user add alice --role operator", "user add bob --role approver", "user add bea --role approver",
        "user add carl --role approver", "device add r1 --address 127.0.0.1 --port 1 --platform frr",
        "credential add lab --username u --password-stdin",
      ] {
        try await done(line, as: "root", input: "secret\n")
      }
      try await done(
        "job create route --type tool --tool static-route-add --param prefix=203.0.113.0/24 --param next-hop=192.0.2.9 "
          + "--all-devices", as: "alice")
      for line in lines { try await done(line, as: "root") }
    }

    /// The words of a line, in which `~` is a blank within a word.
    private func words(_ line: String) -> [String] {
      line.split(separator: " ").map { $0.replacingOccurrences(of: "~", with: " ") }
    }

    private func environment(of person: String?) -> [String: String] {
      var environment = environment
      environment["SUDO_USER"] = person
      return environment
    }

    /// Runs a command line in this process; with no person it is the account that owns the database, as cron is.
    func run(_ line: String, as person: String?, input: String = "") async -> (status: Int32, text: String) {
      let output = TextOutput()
      let status = await Program(environment: environment(of: person)).run(
        words(line), output: output, errors: output, input: TextInput(Array(input.utf8)), prompt: Prompt(isAllowed: false))
      return (status.rawValue, output.text)
    }

    @discardableResult
    func done(_ line: String, as person: String?, input: String = "") async throws -> String {
      let (status, text) = await run(line, as: person, input: input)
      try #require(status == 0, "\(line): \(text)")
      return text
    }

    private func start(_ line: String, as person: String?) throws -> Running {
      try Running([BuiltProgram.path] + words(line), environment(of: person))
    }

    /// Starts both, the second so many microseconds after the first, or before it.
    func race(
      _ first: (line: String, person: String?), _ second: (line: String, person: String?), offset: Int
    ) throws -> (Int32, Int32) {
      let early = offset >= 0 ? first : second
      let late = offset >= 0 ? second : first
      let one = try start(early.line, as: early.person)
      usleep(UInt32(abs(offset)))
      let other = try start(late.line, as: late.person)
      let statuses = (one.end().status, other.end().status)
      return offset >= 0 ? statuses : (statuses.1, statuses.0)
    }

    func json(_ line: String) async throws -> [[String: Any]] {
      let text = try await done(line + " --json", as: "root")
      return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
    }

    func log() async throws -> [String] { try await json("approval log route").compactMap { $0["event"] as? String } }

    func request() async throws -> [String: Any] { try #require(try await json("approval list").first) }

    func status() async throws -> String? { try await request()["status"] as? String }

    /// The last one's status; nil before the first.
    func lastExecution() async throws -> String? { try await json("history list --limit 1").first?["status"] as? String }

    func executionCount() async throws -> Int { try await json("history list --limit 10000").count }
  }

  /// A process that was started and is waited for; what it writes goes to a file of its own.
  private final class Running {
    private let pid: pid_t
    private let output: Int32

    init(_ words: [String], _ environment: [String: String]) throws {
      var template = Array((NSTemporaryDirectory() + "/netjob-race-XXXXXX").utf8CString)
      output = mkstemp(&template)
      unlink(template)
      _ = fcntl(output, F_SETFD, FD_CLOEXEC)
      var actions = posix_spawn_file_actions_t()
      posix_spawn_file_actions_init(&actions)
      defer { posix_spawn_file_actions_destroy(&actions) }
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
      posix_spawn_file_actions_adddup2(&actions, output, 1)
      posix_spawn_file_actions_adddup2(&actions, output, 2)
      let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
      let variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") } + [nil]
      defer { for pointer in arguments + variables { free(pointer) } }
      var started: pid_t = 0
      try #require(posix_spawn(&started, words[0], &actions, nil, arguments, variables) == 0)
      pid = started
    }

    deinit { close(output) }

    func end() -> (status: Int32, text: String) {
      var status: Int32 = 0
      while waitpid(pid, &status, 0) < 0, errno == EINTR {}
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 65536)
      while case let count = pread(output, &buffer, buffer.count, off_t(bytes.count)), count > 0 { bytes += buffer[..<count] }
      return (status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F, String(decoding: bytes, as: UTF8.self))
    }
  }

  /// By how much the first of two is started earlier, in microseconds: from some milliseconds before to some after, so that either
  /// comes first. How long each needs until it writes differs by machine, so the one that loses is started earlier from then on.
  private struct Balance {
    private var centre: Int
    private var round = 0

    init(_ centre: Int = 0) { self.centre = centre }

    var offset: Int { centre + (round * 7 % 21 - 10) * 800 }

    mutating func won(first: Bool) {
      centre += first ? -500 : 500
      round += 1
    }
  }

  /// Both sides won at times: otherwise nothing was raced.
  private func expectBoth(_ first: Int, _ second: Int) {
    #expect(first > 0 && second > 0 && first + second == Self.rounds, "\(first) and \(second)")
  }

  @Test func twoApproversWhereOneIsNeeded() async throws {
    let site = try await Site()
    var wins = [0, 0]
    var balance = Balance()
    for _ in 0..<Self.rounds {
      try await site.done("approval request route -m please", as: "alice")
      let (bob, bea) = try site.race(
        ("approval approve route --revision 1 -m yes", "bob"), ("approval approve route --revision 1 -m yes", "bea"),
        offset: balance.offset)
      #expect([[0, 6], [6, 0]].contains([bob, bea]))
      wins[bob == 0 ? 0 : 1] += 1
      balance.won(first: bob == 0)
      let request = try await site.request()
      #expect(request["status"] as? String == "approved")
      #expect(request["approvals"] as? [String] == [bob == 0 ? "bob" : "bea"])
      try await site.done("approval close route -m next", as: "alice")
    }
    expectBoth(wins[0], wins[1])
    #expect(try await site.log() == Array(repeating: ["requested", "approved", "closed"], count: Self.rounds).flatMap { $0 })
  }

  @Test func twoApproversWhereTwoAreNeeded() async throws {
    let site = try await Site("setting set approval.required-count 2")
    var wins = [0, 0]
    var balance = Balance()
    for _ in 0..<Self.rounds {
      try await site.done("approval request route -m please", as: "alice")
      let statuses = try site.race(
        ("approval approve route --revision 1 -m yes", "bob"), ("approval approve route --revision 1 -m yes", "bea"),
        offset: balance.offset)
      #expect(statuses == (0, 0))
      let request = try await site.request()
      #expect(request["status"] as? String == "approved")
      let approvals = request["approvals"] as? [String] ?? []
      #expect(approvals.sorted() == ["bea", "bob"])
      wins[approvals.first == "bob" ? 0 : 1] += 1
      balance.won(first: approvals.first == "bob")
      try await site.done("approval close route -m next", as: "alice")
    }
    expectBoth(wins[0], wins[1])
  }

  @Test func anEditAgainstAnApproval() async throws {
    let site = try await Site()
    var before = 0
    var balance = Balance()
    for round in 0..<Self.rounds {
      try await site.done("approval request route -m please", as: "alice")
      let revision = try #require(try await site.request()["revision"] as? Int)
      #expect(revision == round + 1)
      let (approved, edited) = try site.race(
        ("approval approve route --revision \(revision) -m yes", "bob"), ("job edit route --comment c\(round)", "alice"),
        offset: balance.offset)
      #expect(edited == 0)
      #expect([0, 6].contains(approved))
      if approved == 0 { before += 1 }
      balance.won(first: approved == 0)
      // Whichever came first: what was edited is not approved, and does not run.
      #expect(try await site.status() == "not-requested")
      let events = Array(try await site.log().suffix(approved == 0 ? 3 : 2))
      #expect(events == (approved == 0 ? ["requested", "approved", "reset"] : ["requested", "reset"]))
      if round % 10 == 0 {
        #expect(await site.run("job run route", as: "alice").status == 5)
        #expect(try await site.lastExecution() == "not-approved")
      }
    }
    expectBoth(before, Self.rounds - before)
  }

  /// A trigger that is due each minute, against a person who takes the approval back at that moment.
  @Test func aTriggerAgainstARejection() async throws {
    let site = try await Site()
    let start = try await Self.addTrigger(site)
    var ran = 0
    var balance = Balance(4000)
    for round in 0..<Self.rounds {
      try await site.done("approval request route -m please", as: "alice")
      try await site.done("approval approve route --revision 1 -m yes", as: "bob")
      let (fired, rejected) = try site.race(
        ("run-due --at \(Self.time(start, round))", nil), ("approval reject route -m no", "bea"), offset: balance.offset)
      let execution = try await site.lastExecution()
      let events = try await site.log()
      if rejected == 0 {
        #expect(fired == 0)
        #expect(execution == "not-approved")
        #expect(events.suffix(3) == ["requested", "approved", "rejected"])
        #expect(try await site.status() == "rejected")
      } else {
        ran += 1
        #expect(rejected == 6)
        // Nobody answers at its address.
        #expect(fired == 1 && execution == "failed")
        #expect(events.suffix(4) == ["requested", "approved", "executed", "closed"])
        #expect(try await site.status() == "closed")
      }
      balance.won(first: rejected != 0)
      #expect(events.filter { $0 == "executed" }.count == ran, "an approval for each that ran")
    }
    #expect(try await site.executionCount() == Self.rounds, "one execution for each fire")
    expectBoth(ran, Self.rounds - ran)
  }

  /// An approval at the moment at which more become needed.
  @Test func theCountRaisedDuringAnApproval() async throws {
    let site = try await Site()
    var before = 0
    var balance = Balance()
    for _ in 0..<Self.rounds {
      try await site.done("approval request route -m please", as: "alice")
      let statuses = try site.race(
        ("approval approve route --revision 1 -m yes", "bob"), ("setting set approval.required-count 2", "root"),
        offset: balance.offset)
      #expect(statuses == (0, 0))
      let request = try await site.request()
      #expect(request["status"] as? String == "requested")
      #expect(request["required"] as? Int == 2)
      #expect(request["approvals"] as? [String] == ["bob"])
      let isReopened = try await site.log().last == "reopened"
      if isReopened { before += 1 }
      balance.won(first: isReopened)
      try await site.done("approval close route -m next", as: "alice")
      try await site.done("setting set approval.required-count 1", as: "root")
    }
    expectBoth(before, Self.rounds - before)
  }

  /// A trigger at the moment at which more approvals become needed than its request has.
  @Test func theCountRaisedDuringAFire() async throws {
    let site = try await Site()
    let start = try await Self.addTrigger(site)
    var ran = 0
    var balance = Balance(4000)
    for round in 0..<Self.rounds {
      try await site.done("approval request route -m please", as: "alice")
      try await site.done("approval approve route --revision 1 -m yes", as: "bob")
      let (fired, raised) = try site.race(
        ("run-due --at \(Self.time(start, round))", nil), ("setting set approval.required-count 2", "root"),
        offset: balance.offset)
      #expect(raised == 0)
      let status = try await site.lastExecution()
      let events = try await site.log()
      if status == "failed" {
        ran += 1
        #expect(fired == 1)
        #expect(events.suffix(4) == ["requested", "approved", "executed", "closed"])
      } else {
        #expect(fired == 0 && status == "not-approved")
        #expect(events.suffix(3) == ["requested", "approved", "reopened"])
        try await site.done("approval close route -m next", as: "alice")
      }
      balance.won(first: status == "failed")
      #expect(events.filter { $0 == "executed" }.count == ran, "an approval for each that ran")
      try await site.done("setting set approval.required-count 1", as: "root")
    }
    #expect(try await site.executionCount() == Self.rounds, "one execution for each fire")
    expectBoth(ran, Self.rounds - ran)
  }

  /// - Returns: a full minute, some minutes after which the trigger is due, and each minute from then on.
  private static func addTrigger(_ site: Site) async throws -> Int {
    let start = (Int(Date().timeIntervalSince1970) / 60 + 10) * 60
    try await site.done("trigger add route t --cron *~*~*~*~* --timezone UTC", as: "alice")
    return start
  }

  private static func time(_ start: Int, _ round: Int) -> String {
    var seconds = start + round * 60
    var fields = tm()
    gmtime_r(&seconds, &fields)
    func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + "\(number)" }
    return
      "\(fields.tm_year + 1900)-\(two(fields.tm_mon + 1))-\(two(fields.tm_mday))T\(two(fields.tm_hour)):\(two(fields.tm_min))Z"
  }
}
