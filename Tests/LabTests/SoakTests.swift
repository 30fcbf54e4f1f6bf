import Foundation
import Testing

extension LabTests {
  /// Hundreds of sessions with good and bad devices leave nothing behind. `make soak` has two thousand of them.
  @Suite struct Soak {
    private static let kinds = [
      "good", "closes-at-once", "good-2", "closes-in-key-exchange", "good-3", "resets", "noise", "other-key", "good",
      "refuses-password", "closes-at-login", "closes-after-login", "refuses-session", "good-2", "refuses-terminal",
      "closes-shell", "closes-in-output", "good-3", "resets-in-output", "truncated", "floods", "floods-before-prompt", "silent",
      "no-prompt", "noise-output",
    ]

    private static let program = URL(filePath: Netjob.program).deletingLastPathComponent().appending(path: "Soak").path

    @Test func sessionsLeaveNothingBehind() async throws {
      let count = Int(ProcessInfo.processInfo.environment["NETJOB_SOAK"] ?? "") ?? 300
      try await Story.inFolder { folder in
        let hostile = try await HostileDevices.start(in: folder)
        let soak = try ChildProcess(
          [Self.program, "\(count)", "48"] + Self.kinds.map { "\($0)=\(hostile.ports[$0] ?? "0")" },
          environment: ["PATH": "/usr/bin:/bin"])
        let outcome = try await soak.end(within: Double(count))
        try await hostile.stop()
        #expect(outcome.status == 0, "\(outcome)")
        if count > 300 { print(outcome.output) }
        let rows = outcome.output.split(separator: "\n").map { $0.split(separator: " ").compactMap { Int($0) } }
        try #require(rows.count == 10 && rows.allSatisfy { $0.count == 4 }, "\(outcome)")
        // From the second tenth on: by then the pools of threads and of memory have found their size.
        let warm = rows[1]
        for row in rows[2...] {
          #expect(row[1] <= warm[1], "descriptors: \(outcome.output)")
          #expect(row[2] <= warm[2] + 2, "threads: \(outcome.output)")
          #expect(row[3] <= warm[3] + 12 * 1024, "kilobytes: \(outcome.output)")
        }
      }
    }
  }
}
