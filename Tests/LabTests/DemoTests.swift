import Foundation
import Testing

extension LabTests {
  /// `make demo`, with the program that the tests have built.
  @Suite struct Demo {
    private static let program = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Demo/demo").path

    private static func start(_ folder: String) throws -> ChildProcess {
      try ChildProcess(
        [program],
        environment: [
          "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": folder, "TMPDIR": folder, "NETJOB_DEMO_PROGRAM": Netjob.program,
        ])
    }

    /// The router's network namespace, as the demo names it.
    private static func namespace(in output: String) -> String? {
      output.firstMatch(of: /network namespace (\w+),/).map { String($0.1) }
    }

    private static func expectNothingIsLeft(_ outcome: ChildProcess.Outcome, _ folder: String) async throws {
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [], "\(outcome)")
      // what was tried out before the router started; other labs on this machine may be doing so at this moment
      try await eventually(within: 3, "no attempt is left") {
        try !FileManager.default.contentsOfDirectory(atPath: "/run/netns").contains { $0.hasPrefix("njprobe") }
      }
      let registry = "/run/netjob-lab"
      for lab in try FileManager.default.contentsOfDirectory(atPath: registry) {
        let recorded = try? String(contentsOfFile: "\(registry)/\(lab)/lab.env", encoding: .utf8)
        #expect(recorded?.contains(folder) != true, "\(lab): \(outcome)")
      }
      guard let namespace = namespace(in: outcome.output) else { return }
      let namespaces = try await ChildProcess.run(["ip", "netns", "list"]).output
      #expect(!namespaces.contains(namespace), "\(outcome)")
      #expect(!FileManager.default.fileExists(atPath: "/etc/frr/\(namespace)"))
      let daemons = try await ChildProcess.run(["pgrep", "-f", "--", "-N \(namespace) "])
      #expect(daemons.output == "", "\(daemons)")
    }

    @Test func itPlaysToItsEndAndLeavesNothing() async throws {
      try await Story.inFolder { folder in
        let outcome = try await Self.start(folder).end()
        #expect(outcome.status == 0 && outcome.errors == "", "\(outcome)")
        #expect(outcome.output.contains("every step was checked"), "\(outcome)")
        #expect(Self.namespace(in: outcome.output) != nil, "on a real router: \(outcome)")
        try await Self.expectNothingIsLeft(outcome, folder)
      }
    }

    @Test(arguments: [(SIGINT, ""), (SIGINT, "netjob init"), (SIGTERM, "netjob approval request")])
    func interruptedItLeavesNothing(signal: Int32, step: String) async throws {
      try await Story.inFolder { folder in
        let demo = try Self.start(folder)
        try await eventually("the demo has come to '\(step)'") {
          // before its first word it is starting the router
          step.isEmpty ? try !FileManager.default.contentsOfDirectory(atPath: folder).isEmpty : demo.outputSoFar.contains(step)
        }
        demo.signalGroup(signal)
        let outcome = try await demo.end(within: 15)
        #expect(outcome.status == 128 + signal, "\(outcome)")
        #expect(!outcome.output.contains("every step was checked"))
        try await Self.expectNothingIsLeft(outcome, folder)
      }
    }
  }
}
