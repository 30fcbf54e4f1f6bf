import Foundation
import Testing

extension LabTests {
  /// What becomes of executions that are killed, told to stop, or cut off.
  @Suite struct Stopping {
    private static let route = "ip route 203.0.113.0/24 10.9.1.2"

    @Test func aKilledChangeIsInDoubtAndNeverRunAgain() async throws {
      try await Story.play { story in
        let netjob = story.netjob
        try await story.createChange("branch-route", prefix: "203.0.113.0/24")
        try await story.addTrigger("branch-route", "window", inMinutes: 2)
        try await story.approve("branch-route")
        try await story.lab.slow(seconds: 4, "^ip route")
        let killed = try netjob.start(story.runDueLine(inMinutes: 2))
        try await eventually("the change is on its way") { try await story.lab.seen().contains(Self.route) }
        killed.signal(SIGKILL)
        #expect(try await killed.end().status == 128 + SIGKILL)
        #expect(try await netjob.lastExecution(of: "branch-route")["status"].string == "running", "nobody has looked yet")

        let next = try await netjob(story.runDueLine(inMinutes: 2), exits: 1)
        #expect(next.output.contains("interrupted") && next.output.contains("in doubt: r1"), "\(next)")
        #expect(next.output.split(separator: "\n").count == 1, "\(next)")
        let execution = try await netjob.lastExecution(of: "branch-route")
        #expect(execution["status"].string == "interrupted")
        #expect(execution["devicesFailed"].integer == 1)
        let device = execution["devices"][0]
        #expect(device["status"].string == "in-doubt", "\(device)")
        #expect(device["lastCommand"].string == Self.route)
        #expect(device["error"].string.contains(Self.route), "\(device)")

        // The doubt is real: the line arrives after netjob's death. It is not sent a second time, and nobody waits for it.
        try await eventually("the held back line arrives") { try await story.lab.routes().contains("203.0.113.0/24") }
        #expect(try await netjob(story.runDueLine(inMinutes: 3)).output == "")
        #expect(try await netjob.json("history list --job branch-route").array.count == 1)
        #expect(try await story.lab.seen().filter { $0.hasPrefix("ip route") } == [Self.route])
        #expect(try await netjob("job run branch-route", as: "alice", exits: 5).errors.contains("approval"))

        // The router is free for the next change.
        try await story.lab.clear()
        try await story.createChange("other-route", prefix: "203.0.113.128/25")
        try await story.approve("other-route")
        try await netjob("job run other-route", as: "alice")
        #expect(try await story.lab.routes().contains("203.0.113.128/25"))
      }
    }

    @Test func aConnectionCutInTheMiddleOfAChangeLeavesTheDeviceInDoubt() async throws {
      try await Story.play { story in
        try await story.createChange("branch-route", prefix: "203.0.113.0/24", options: "--retries 2")
        try await story.approve("branch-route")
        try await story.lab.drop("^ip route")
        let run = try await story.netjob("job run branch-route", as: "alice", exits: 1)
        #expect(run.output.contains("in-doubt"), "\(run)")
        let device = try await story.netjob.lastExecution(of: "branch-route")["devices"][0]
        #expect(device["status"].string == "in-doubt", "\(device)")
        #expect(device["error"].string.contains(Self.route), "\(device)")
        #expect(try await story.lab.seen().filter { $0.hasPrefix("ip route") }.count == 1, "a change is not repeated")
      }
    }

    @Test func aConnectionCutBeforeTheChangeIsOnlyAFailure() async throws {
      try await Story.play { story in
        try await story.createChange("branch-route", prefix: "203.0.113.0/24")
        try await story.approve("branch-route")
        try await story.lab.drop("^show running-config")
        try await story.netjob("job run branch-route", as: "alice", exits: 1)
        let device = try await story.netjob.lastExecution(of: "branch-route")["devices"][0]
        #expect(device["status"].string == "failed", "\(device)")
        #expect(device["lastCommand"].isNull, "\(device)")
        #expect(try await !story.lab.seen().contains { $0.hasPrefix("conf") })
      }
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
    func aSignalDropsADeviceThatIsOnlyRead(signal: Int32) async throws {
      try await Story.play { story in
        let netjob = story.netjob
        try await netjob("job create backup-core --type backup --search tag:core", as: "alice")
        try await netjob("trigger add backup-core now --once \(Story.minute(2)) --timezone UTC", as: "alice")
        try await story.lab.slow(seconds: 30, "^show running-config")
        let child = try netjob.start(story.runDueLine(inMinutes: 2))
        try await eventually("the backup reads") { try await story.lab.seen().contains("show running-config") }
        child.signal(signal)
        let outcome = try await child.end(within: 5)
        #expect(outcome.status == (signal == SIGINT ? 130 : 143), "\(outcome)")
        #expect(outcome.output.contains("cancelled"), "\(outcome)")
        let execution = try await netjob.lastExecution(of: "backup-core")
        #expect(execution["status"].string == "cancelled")
        #expect(execution["devices"][0]["status"].string == "cancelled")
        #expect(try await netjob("config list r1").output == "", "half a configuration is none")
      }
    }

    enum Wish: CaseIterable, Sendable { case signal, cancel }

    @Test(arguments: Wish.allCases)
    func aChangeFinishesItsLineAndStops(wish: Wish) async throws {
      try await Story.play(routers: 2) { story in
        let netjob = story.netjob
        let second = "ip route 203.0.113.128/25 10.9.1.2"
        try await story.createLines(
          "two-lines", [Self.route, second], routers: "--device r1 --device r2", options: "--concurrency 1")
        try await story.approve("two-lines")
        try await story.lab.slow(seconds: 3, "^ip route")
        let child = try netjob.start("job run two-lines", as: "alice")
        try await eventually("the first line is on its way") { try await story.lab.seen().contains(Self.route) }
        switch wish {
        case .signal: child.signal(SIGTERM)
        case .cancel:
          let id = try #require(try await netjob.lastExecution(of: "two-lines")["id"].integer)
          try await netjob("user add vera --role viewer")
          try await netjob("cancel \(id)", as: "vera", exits: 4)
          try await netjob("cancel \(id)", as: "alice")
        }
        let outcome = try await child.end(within: 20)
        #expect(outcome.status == (wish == .signal ? 128 + SIGTERM : 1), "\(outcome)")
        let execution = try await netjob.lastExecution(of: "two-lines")
        #expect(execution["status"].string == "cancelled", "\(execution)")
        let device = execution["devices"][0]
        #expect(device["error"].string.contains(Self.route) && !device["error"].string.contains(second), "\(device)")
        #expect(device["changed"].bool == true, "\(device)")
        #expect(execution["devices"][1]["status"].string == "not-begun", "\(execution)")
        let seen = try await story.lab.seen()
        #expect(seen.contains(Self.route) && !seen.contains(second), "\(seen)")
        #expect(try await story.lab.routes().contains("203.0.113.0/24"), "the line on its way was waited for")
        #expect(try await story.lab.routes(2) == "")
        // What the stopped change has left is in the history.
        let difference = try await netjob("history diff \(execution["id"].integer ?? 0) r1").output
        #expect(difference.contains("+\(Self.route)"), "\(difference)")
      }
    }

    /// Who reads the output goes away: `netjob run-due | head -1`, or cron's mail program.
    @Test func aReaderThatGoesAwayDoesNotTearAChange() async throws {
      try await Story.play(routers: 2) { story in
        let netjob = story.netjob
        try await netjob("job create quick --type backup --device r2", as: "alice")
        try await story.createLines("two-lines", [Self.route, "ip route 203.0.113.128/25 10.9.1.2"])
        for job in ["quick", "two-lines"] { try await story.addTrigger(job, "now", inMinutes: 2) }
        try await story.approve("two-lines")
        try await story.lab.slow(seconds: 2, "^ip route")
        let shell = try netjob.start(story.runDueLine(inMinutes: 2), wrapper: ["/bin/sh", "-c", "\"$@\" | true", "sh"])
        _ = try await shell.end()
        try await eventually("the change ends") {
          try await netjob.lastExecution(of: "two-lines")["status"].string != "running"
        }
        let execution = try await netjob.lastExecution(of: "two-lines")
        #expect(execution["status"].string == "succeeded", "\(execution)")
        #expect(try await story.lab.routes().split(separator: "\n").count == 2)
      }
    }

    @Test func aSecondSignalEndsAtOnceAndTheSweepTellsTheTruth() async throws {
      try await Story.play { story in
        let netjob = story.netjob
        try await story.createChange("branch-route", prefix: "203.0.113.0/24")
        try await story.approve("branch-route")
        try await story.lab.slow(seconds: 30, "^ip route")
        let child = try netjob.start("job run branch-route", as: "alice")
        try await eventually("the change is on its way") { try await story.lab.seen().contains(Self.route) }
        child.signal(SIGTERM)
        try await Task.sleep(for: .milliseconds(300))
        child.signal(SIGTERM)
        #expect(try await child.end(within: 3).status == 128 + SIGTERM)
        let next = try await netjob("run-due", exits: 1)
        #expect(next.output.contains("interrupted") && next.output.contains("in doubt: r1"), "\(next)")
      }
    }
  }
}
