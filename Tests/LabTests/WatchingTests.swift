import Foundation
import Testing

extension LabTests {
  /// What --verbose and --log-dir show of real sessions, and what a terminal shows meanwhile.
  @Suite struct Watching {
    private static let secret = "l0gin-s3cr3t"

    @Test func sessionLogsNameEverythingButSecrets() async throws {
      try await HostileDevices.play(["good", "escapes", "closes-at-once", "hangs-at-line"]) { netjob, _ in
        try await netjob("job create backup --type backup --device good --device escapes --device closes-at-once")
        let loud = try await netjob("job run backup -v", exits: 1)
        for words in [
          "good - connecting to 127.0.0.1:", "good - logged in to SSH-2.0-AsyncSSH", "with credential 'lab'",
          "good > show running-config\n", "good < snmp-server community ****** ro\n", "escapes < \\x1b[2J\\x1b]0;owned\\x07",
          "escapes - ended: the running configuration does not end with", "closes-at-once - failed: 127.0.0.1:",
        ] { #expect(loud.errors.contains(words), "\(words) is not in \(loud)") }
        #expect(!loud.errors.contains(HostileDevices.secret) && !loud.errors.contains("\u{1B}"))
        #expect(!loud.output.contains("logged in"))
        let quiet = try await netjob("job run backup", exits: 1)
        #expect(quiet.errors == "")

        let folder = netjob.folder + "/logs"
        _ = try await netjob("job run backup --log-dir \(folder)", exits: 1)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(names == ["3-closes-at-once.log", "3-escapes.log", "3-good.log"])
        for name in names {
          let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/" + name)
          #expect(attributes[.posixPermissions] as? Int == 0o600)
          let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
          #expect(!text.contains(HostileDevices.secret) && !text.contains("\u{1B}"))
        }
        let test = try await netjob("device test good --log-dir \(folder)")
        #expect(test.output.contains("router#"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).contains { $0.hasPrefix("test-") })
        #expect(try await netjob("device test good -v").errors.contains("good > terminal length 0"))

        // A secret parameter of the job, a secret in a line that the device echoes, and what the credential holds.
        try await netjob("user grant root run-tool-job-without-approval")
        try await netjob(
          "job create community --type tool --tool config-commands --device good --param 'commands=snmp-server community \(Self.secret) ro'"
        )
        let change = try await netjob("job run community -v")
        #expect(change.errors.contains("good > snmp-server community ****** ro"), "\(change)")
        #expect(!change.errors.contains(Self.secret), "\(change)")

        let delegated = try await netjob("job run backup --log-dir \(folder)", as: "alice", exits: 4)
        #expect(delegated.errors.contains("through sudo, netjob writes no files for its caller"))
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder)
        #expect(try await netjob("device test good --log-dir \(folder)", exits: 4).errors.contains("others can write"))
      }
    }

    @Test func progressIsForTerminalsAndPlainInContinuousIntegration() async throws {
      try await HostileDevices.play(["good", "good-2", "closes-at-once", "drips"]) { netjob, _ in
        try await netjob("job create backup --type backup --all-devices --timeout 3s")
        let terminal = ["/usr/bin/python3", Self.onTerminal, "60"]
        let shown = try await netjob(
          "job run backup", environment: ["TERM": "xterm"], wrapper: terminal, exits: 1
        ).output
        #expect(shown.contains("\rbackup: 3/4 done, \u{1B}[1;31m1 failed\u{1B}[0m, 1 running"), "\(shown.debugDescription)")
        let parts = shown.components(separatedBy: "\u{1B}[K")
        #expect(parts.count > 3, "it is redrawn")
        for line in parts.dropLast() {
          let text = line.replacing("\u{1B}[1;31m", with: "").replacing("\u{1B}[0m", with: "").drop { $0 == "\r" }
          #expect(text.count < 60 && !text.contains("\n"), "\(line.debugDescription)")
        }
        // It is gone when the results are written.
        #expect(parts.dropLast().last == "\r")
        #expect(
          parts.last?.contains("1 failed,") == false && parts.last?.contains("execution 1") == true, "\(shown.debugDescription)")

        for (line, environment) in [
          ("job run backup -q", ["TERM": "xterm"]), ("job run backup --json", ["TERM": "xterm"]),
          ("job run backup", ["TERM": "dumb"]),
        ] {
          let outcome = try await netjob(line, environment: environment, wrapper: terminal, exits: 1)
          #expect(!outcome.output.contains("done,") && !outcome.output.contains("\u{1B}[K"), "\(line): \(outcome)")
        }
        #expect(try await netjob("job run backup", exits: 1).errors == "", "a pipe gets nothing of it")

        try await netjob("job edit backup --timeout 8s")
        let plain = try await netjob("job run backup", environment: ["CI": "true"], exits: 1)
        #expect(plain.errors.hasPrefix("netjob: backup: 3/4 done, 1 failed, 1 running"), "\(plain)")
        #expect(plain.errors.split(separator: "\n").count == 1 && !plain.errors.contains("\u{1B}"), "\(plain)")
        // Also where the CI system gives a terminal: what it keeps are lines.
        let kept = try await netjob(
          "job run backup", environment: ["CI": "true", "TERM": "xterm"], wrapper: terminal, exits: 1
        ).output
        #expect(kept.contains("netjob: backup: 3/4 done, 1 failed, 1 running"), "\(kept.debugDescription)")
        #expect(!kept.contains("\u{1B}[K"), "\(kept.debugDescription)")
      }
    }

    private static let onTerminal = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Demo/on-terminal").path
  }
}
