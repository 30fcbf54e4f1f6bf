import Foundation
import Testing

extension LabTests {
  /// The story by hand in README.md, typed in as it stands there.
  @Suite struct Readme {
    @Test func theStoryByHandWorks() async throws {
      let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../README.md")
      let text = try String(contentsOf: file, encoding: .utf8)
      let section = try #require(text.split(separator: "\n## ").first { $0.hasPrefix("By hand\n") })
      let block = try #require(section.firstMatch(of: /```sh\n((?s:.*?))```/)).1
      let lines = block.replacing("\\\n", with: "").split(separator: "\n").filter { !$0.isEmpty }
      #expect(lines.count > 10)
      try await Story.inFolder { folder in
        let lab = try await Lab.up(folder + "/lab", routers: 1)
        do {
          let netjob = Netjob(folder: folder)
          for line in lines { try await type(String(line), lab, netjob) }
          #expect(try await lab.routes().contains("203.0.113.0/24"))
        } catch {
          try await lab.down()
          throw error
        }
        try await lab.down()
      }
    }

    /// What a person would answer is given as options, and this lab's router stands in for the example's.
    private func type(_ line: String, _ lab: Lab, _ netjob: Netjob) async throws {
      let command = String(line.prefix { $0 != "#" }.trimmingPrefix("netjob "))
        .replacing("--username admin", with: "--username \(lab.user) --password-stdin")
        .replacing("--address 198.51.100.1", with: "--address 127.0.0.1 --port \(lab.routers[0].port)")
        .replacing("--scan", with: "--scan --yes")
        .replacing(/--once [-0-9T:]+/, with: "--once \(Story.minute(24 * 60))")
      try #require(line.hasPrefix("netjob "), "\(line)")
      let outcome = try await netjob(command, input: lab.password + "\n")
      if command.hasPrefix("config show") { #expect(outcome.output.contains("hostname r1"), "\(outcome)") }
      if command.hasPrefix("history diff") { #expect(outcome.output.contains("+ip route 203.0.113.0/24"), "\(outcome)") }
    }
  }
}
