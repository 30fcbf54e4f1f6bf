import Testing

extension LabTests {
  /// Many `run-due` at the same second, as on a host where cron has caught up.
  @Suite struct Together {
    @Test func tenRunDueExecuteEveryFireOnce() async throws {
      try await Story.play(routers: 3) { story in
        let netjob = story.netjob
        for number in 1...3 {
          try await netjob("job create backup-\(number) --type backup --device r\(number)", as: "alice")
          try await story.addTrigger("backup-\(number)", "nightly", inMinutes: 2)
          try await story.lab.slow(seconds: 0, ".", number)  // keeps a list of what arrives
        }
        try await story.createChange("approved", prefix: "203.0.113.0/24", routers: "--all-devices")
        try await story.createChange("unapproved", prefix: "203.0.113.128/25", routers: "--all-devices")
        // Two triggers at the same minute: one of them takes the approval.
        for name in ["window", "same-window"] { try await story.addTrigger("approved", name, inMinutes: 2) }
        try await story.addTrigger("unapproved", "window", inMinutes: 2)
        try await story.approve("approved")

        let children = try (1...10).map { _ in try netjob.start(story.runDueLine(inMinutes: 2)) }
        var lines: [String] = []
        for child in children {
          let outcome = try await child.end()
          #expect(outcome.status == 0 && outcome.errors == "", "\(outcome)")
          lines += outcome.output.split(separator: "\n").map(String.init)
        }
        #expect(lines.count == 6, "one line for each fire: \(lines)")
        func count(_ job: String, _ status: String) async throws -> Int {
          try await netjob.json("history list --job \(job) --status \(status)").array.count
        }
        for number in 1...3 { #expect(try await count("backup-\(number)", "succeeded") == 1) }
        #expect(try await count("approved", "succeeded") == 1)
        #expect(try await count("unapproved", "not-approved") == 1)
        #expect(try await netjob.json("history list").array.count == 6)
        for number in 1...3 {
          let seen = try await story.lab.seen(number)
          #expect(seen.filter { $0.hasPrefix("ip route") } == ["ip route 203.0.113.0/24 10.9.1.2"], "r\(number): \(seen)")
        }
      }
    }
  }
}
