import Foundation
import Testing

extension LabTests {
  /// An agent ends with the netjob that runs it, whatever ends that.
  @Suite struct AgentStops {
    /// Says who it is, leaves a child in its group, and works until it is ended.
    private static let program = """
      #!/bin/sh
      trap '' TERM
      sleep 601 &
      echo "$$ $!" > PIDS.new; mv PIDS.new PIDS
      while :; do sleep 1; done
      """

    enum Ending: String, CaseIterable, Sendable { case killed, terminated, cancelled }

    @Test(arguments: Ending.allCases)
    func noProcessOfAnAgentIsLeft(_ ending: Ending) async throws {
      try await Story.inFolder { folder in
        let netjob = Netjob(folder: folder)
        try await netjob("init")
        try await netjob("device add r1 --address 127.0.0.1 --port 1 --platform generic")
        let agents = folder + "/data/agents"
        mkdir(agents, 0o700)
        let list = folder + "/pids"
        try Self.program.replacing("PIDS", with: list).write(toFile: agents + "/worker", atomically: true, encoding: .utf8)
        chmod(agents + "/worker", 0o700)
        try await netjob("agent add worker --command worker --changes-devices")
        try await netjob("job create work --type agent-d --agent worker --device r1")
        let run = try netjob.start("job run work")
        try await eventually("the agent works") { access(list, F_OK) == 0 }
        let pids = try String(contentsOfFile: list, encoding: .utf8).split(whereSeparator: \.isWhitespace).compactMap {
          pid_t($0)
        }
        #expect(pids.count == 2 && pids.allSatisfy { kill($0, 0) == 0 })
        let guards = try await Self.guards(of: run)
        #expect(guards.count == 1, "\(guards)")

        switch ending {
        case .killed: run.signal(SIGKILL)
        case .terminated: run.signal(SIGTERM)
        case .cancelled: try await netjob("cancel 1")
        }
        let outcome = try await run.end()
        #expect(outcome.status == (ending == .killed ? 128 + SIGKILL : ending == .terminated ? 143 : 1), "\(outcome)")
        try await eventually("the agent and its child are gone") { pids.allSatisfy { Self.isGone($0) } }
        try await eventually("what watched over them is gone") { guards.allSatisfy { Self.isGone($0) } }

        // What a change that was cut off has done, nobody knows.
        if ending == .killed {
          try await netjob("run-due", exits: 1)
          #expect(try await netjob.lastExecution(of: "work")["status"].string == "interrupted")
        }
        #expect(try await netjob.lastExecution(of: "work")["devices"][0]["status"].string == "in-doubt")
      }
    }

    private static func isGone(_ pid: pid_t) -> Bool {
      guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else { return true }
      return status.contains("State:\tZ")
    }

    /// The shells among its children.
    private static func guards(of run: ChildProcess) async throws -> [pid_t] {
      try await ChildProcess.run(["pgrep", "-P", "\(run.pid)", "-f", "^sh -c read -r group"]).output
        .split(separator: "\n").compactMap { pid_t($0) }
    }
  }
}
