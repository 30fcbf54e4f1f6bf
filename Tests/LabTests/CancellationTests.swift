import Foundation
import Testing

extension LabTests {
  /// A wish to stop, in every stage of a session.
  @Suite struct Cancellation {
    enum Wish: CaseIterable, Sendable { case terminate, interrupt, cancel }

    /// Devices that hang in their stage for as long as they are let, and what their log says by then.
    private static let stages: [(device: String, log: String)] = [
      ("name", "connecting to router.example"), ("never-accepts", "connecting to"), ("silent", "connecting to"),
      ("silent-in-key-exchange", "connecting to"), ("hangs-at-login", "connecting to"), ("hangs-at-session", "connecting to"),
      ("no-output", "logged in to"), ("no-prompt", "logged in to"), ("hangs-at-enable", "> enable"),
      ("drips", "> show running-config"), ("floods", "> show running-config"),
    ]

    @Test(arguments: Wish.allCases) func everyStageOfAReadingSessionEndsAtOnce(wish: Wish) async throws {
      let devices = Self.stages.map(\.device).filter { $0 != "name" }
      try await HostileDevices.play(devices) { netjob, hostile in
        for key in ["connect", "login", "command"] { try await netjob("setting set session.\(key)-timeout 300") }
        try await netjob("setting set session.output-limit 268435456")
        try await netjob("device add name --address router.example --platform frr")
        try await netjob("job create backup --type backup --all-devices --timeout 5m --retries 3")
        let logs = netjob.folder + "/logs"
        let child = try netjob.start("job run backup --log-dir \(logs)", wrapper: hostile.withoutNames)
        for stage in Self.stages {
          try await eventually(within: 30, "\(stage.device) is in its stage") {
            (try? String(contentsOfFile: "\(logs)/1-\(stage.device).log", encoding: .utf8))?.contains(stage.log) == true
          }
        }
        // From the last word in the log into the wait itself; being too early is no error, only another moment.
        try await Task.sleep(for: .milliseconds(700))
        switch wish {
        case .terminate: child.signal(SIGTERM)
        case .interrupt: child.signalGroup(SIGINT)
        case .cancel: try await netjob("cancel 1")
        }
        let outcome = try await child.end(within: 8)
        #expect(outcome.status == [.terminate: 143, .interrupt: 130, .cancel: 1][wish], "\(outcome)")
        let execution = try await netjob.lastExecution(of: "backup")
        #expect(execution["status"].string == "cancelled", "\(execution)")
        for device in execution["devices"].array {
          #expect(device["status"].string == "cancelled", "\(device)")
          #expect(device["error"].string == "stopped: \(wish == .cancel ? "cancelled" : "netjob was told to end")", "\(device)")
        }
        #expect(try await netjob("config list").output == "")
        #expect(try await netjob("run-due").output == "", "nothing is left to sweep")
      }
    }

    @Test func oneThatWaitsForAPlaceOrForTheNextRoundIsNotBegun() async throws {
      try await HostileDevices.play(["drips", "good", "closes-at-once"]) { netjob, _ in
        try await netjob("job create backup --type backup --device drips --device good --concurrency 1")
        try await netjob("job create again --type backup --device closes-at-once --retries 10")
        for (job, devices) in [("backup", ["cancelled", "not-begun"]), ("again", ["failed"])] {
          let logs = netjob.folder + "/" + job
          let child = try netjob.start("job run \(job) --max-sessions 1 --log-dir \(logs)")
          try await eventually("it has begun") {
            let files = (try? FileManager.default.contentsOfDirectory(atPath: logs)) ?? []
            return job == "again" ? files.count > 2 : !files.isEmpty
          }
          child.signal(SIGTERM)
          #expect(try await child.end(within: 8).status == 143)
          let execution = try await netjob.lastExecution(of: job)
          #expect(execution["status"].string == "cancelled", "\(execution)")
          #expect(execution["devices"].array.map { $0["status"].string } == devices, "\(execution)")
        }
      }
    }

    @Test func oneThatWaitsForItsTurnIsCancelledOnTheSpot() async throws {
      try await HostileDevices.play(["good"]) { netjob, _ in
        try await netjob("job create backup --type backup --all-devices")
        try await netjob("job run backup --no-wait")
        try await netjob("cancel 1")
        let execution = try await netjob.lastExecution(of: "backup")
        #expect(execution["status"].string == "cancelled")
        #expect(execution["devices"][0]["status"].string == "not-begun")
        try await netjob("cancel 1", exits: 6)
        #expect(try await netjob("run-due").output == "")
      }
    }

    /// The first device of an execution; nothing while there is none.
    private static func device(_ netjob: Netjob, _ id: Int) async throws -> JSON {
      let outcome = try await netjob.start("history show \(id) --json").end()
      return try JSON(parsing: outcome.status == 0 ? outcome.output : "{}")["devices"][0]
    }

    /// A change that waits for a device which another one changes, and that one in the middle of its line.
    @Test func changesGiveUpTheirDevices() async throws {
      try await HostileDevices.play(["hangs-at-line"]) { netjob, _ in
        let route = "--tool static-route-add --param prefix=203.0.113.0/24 --param next-hop=10.0.0.1"
        try await netjob("user grant root run-tool-job-without-approval")
        for name in ["first", "second"] { try await netjob("job create \(name) --type tool \(route) --all-devices") }
        let first = try netjob.start("job run first")
        try await eventually("its line is on its way") {
          try await !Self.device(netjob, 1)["lastCommand"].string.isEmpty
        }
        let second = try netjob.start("job run second")
        try await eventually("the second waits") {
          try await netjob("history list --job second --json").output.contains("running")
        }
        second.signal(SIGTERM)
        #expect(try await second.end(within: 8).status == 143)
        #expect(try await netjob.lastExecution(of: "second")["devices"][0]["status"].string == "not-begun")

        // The first has its line to finish, which never ends: a second signal is for that.
        first.signal(SIGTERM)
        try await Task.sleep(for: .milliseconds(1500))
        #expect(try await netjob.lastExecution(of: "first")["status"].string == "running")
        first.signal(SIGTERM)
        #expect(try await first.end(within: 3).status == 143)
        #expect(try await netjob("run-due", exits: 1).output.contains("in doubt: hangs-at-line"))
        let device = try await netjob.lastExecution(of: "first")["devices"][0]
        #expect(device["status"].string == "in-doubt" && device["lastCommand"].string.hasPrefix("ip route"), "\(device)")
      }
    }

    /// The database is held by somebody else when a result is to be written.
    @Test(arguments: [1, 2]) func aResultThatCannotBeWrittenYet(signals: Int) async throws {
      try await HostileDevices.play(["drips"]) { netjob, _ in
        try await netjob("job create backup --type backup --all-devices")
        let child = try netjob.start("job run backup")
        try await eventually("it reads") { try await Self.device(netjob, 1)["status"].string == "running" }
        try await Task.sleep(for: .milliseconds(500))
        let lock = try ChildProcess(
          [
            "/usr/bin/python3", "-c",
            """
            sqlite3, sys, time = map(__import__, ("sqlite3", "sys", "time"))
            c = sqlite3.connect(sys.argv[1], isolation_level=None)
            c.execute('PRAGMA busy_timeout = 5000')
            c.execute('BEGIN IMMEDIATE')
            print('locked', flush=True)
            time.sleep(4)
            """, netjob.database,
          ], environment: [:])
        try await eventually("the database is locked") { lock.outputSoFar.contains("locked") }
        child.signal(SIGTERM)
        if signals == 2 {
          try await Task.sleep(for: .milliseconds(500))
          child.signal(SIGTERM)
          #expect(try await child.end(within: 2).status == 143)
          _ = try await lock.end()
          #expect(try await netjob("run-due", exits: 1).output.contains("interrupted"))
          let device = try await netjob.lastExecution(of: "backup")["devices"][0]
          #expect(device["error"].string.contains("nothing was changed on the device"), "\(device)")
        } else {
          #expect(try await child.end(within: 15).status == 143)
          _ = try await lock.end()
          #expect(try await netjob.lastExecution(of: "backup")["status"].string == "cancelled")
        }
      }
    }
  }
}
