import Testing

extension LabTests {
  /// Help, without anything around it.
  @Suite struct Help {
    @Test(arguments: [
      "-h", "--help", "help", "version", "job -h", "job create -h", "job run -h", "trigger add -h", "trigger preview -h",
      "approval request -h", "run-due -h", "history diff -h", "config show -h", "device trust -h", "credential add -h",
      "init -h", "delete -h", "cancel -h", "user grant -h", "whoami -h", "setting set -h", "completion -h", "network add -h",
      "help approval request",
    ])
    func itNeedsNoEnvironmentAndNoDatabase(line: String) async throws {
      let words = line.split(separator: " ").map(String.init)
      let outcome = try await ChildProcess(["/usr/bin/env", "-i", Netjob.program] + words, environment: [:]).end()
      #expect(outcome.status == 0 && outcome.errors == "", "\(outcome)")
      if line != "version" {
        #expect(outcome.output.contains("netjob"), "\(outcome)")
        #expect(outcome.output.split(separator: "\n").count > 5, "\(outcome)")
      }
    }

    @Test func everyCommandOfTheOverviewHasHelp() async throws {
      let overview = try await ChildProcess([Netjob.program, "--help"], environment: [:]).end().output
      let nouns = overview.split(separator: "\n").filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }.compactMap {
        $0.split(separator: " ").first.map(String.init)
      }.filter { !$0.hasPrefix("-") && $0 != "netjob" }
      #expect(nouns.contains("job") && nouns.contains("run-due") && nouns.count > 10, "\(overview)")
      for noun in Set(nouns) {
        let outcome = try await ChildProcess([Netjob.program, noun, "-h"], environment: [:]).end()
        #expect(outcome.status == 0, "\(outcome)")
      }
    }
  }
}
