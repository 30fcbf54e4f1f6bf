import Testing

extension LabTests {
  /// A configuration line that the router refuses.
  @Suite struct RefusedLine {
    @Test func theChangeStopsThereAndSaysWhatWasApplied() async throws {
      try await Story.play { story in
        let netjob = story.netjob
        let lines = ["ip route 203.0.113.0/24 10.9.1.2", "no such command", "ip route 203.0.113.128/25 10.9.1.2"]
        try await story.createLines("three-lines", lines)
        try await story.addTrigger("three-lines", "window", inMinutes: 2)
        try await story.approve("three-lines")
        try await story.lab.slow(seconds: 0, ".")
        let run = try await netjob(story.runDueLine(inMinutes: 2), exits: 1)
        #expect(run.output.contains("three-lines (window)  failed"), "\(run)")
        let execution = try await netjob.lastExecution(of: "three-lines")
        let id = execution["id"].integer ?? 0
        let device = execution["devices"][0]
        #expect(device["status"].string == "failed")
        #expect(device["changed"].bool == true)
        let error = device["error"].string
        #expect(error.contains("the device refused 'no such command'"), "\(error)")
        #expect(error.contains("applied before it: \(lines[0])") && !error.contains(lines[2]), "\(error)")
        #expect(try await !story.lab.seen().contains(lines[2]))
        let routes = try await story.lab.routes()
        #expect(routes.contains("203.0.113.0/24") && !routes.contains("203.0.113.128/25"), "\(routes)")
        let difference = try await netjob("history diff \(id)").output.split(separator: "\n")
        let added = difference.filter { $0.hasPrefix("+ip") }
        #expect(added == ["+\(lines[0])"], "\(difference)")
        #expect(!difference.contains { $0.hasPrefix("-") && !$0.hasPrefix("---") }, "\(difference)")
        #expect(try await netjob("history output \(id)").output.contains("Unknown command"))
        #expect(try await netjob("job run three-lines", as: "alice", exits: 5).errors.contains("approval"))
      }
    }
  }
}
