import Foundation
import Testing

extension LabTests {
  /// Devices that misbehave in every way known, all in one job, beside good ones.
  @Suite struct Hostile {
    /// The way of misbehaving, what its error says, and by when it is over, seconds.
    private static let backups: [(name: String, error: String, seconds: Double)] = [
      ("silent", "timed out during key exchange", 9),
      ("silent-after-banner", "timed out during key exchange", 9),
      ("silent-in-key-exchange", "timed out during key exchange", 9),
      ("drips-banner", "timed out during key exchange", 9),
      ("never-accepts", "timed out during connect", 9),
      ("lost-name-1", "timed out during name resolution", 9),
      ("lost-name-2", "timed out during name resolution", 9),
      ("lost-name-3", "timed out during name resolution", 9),
      ("closes-at-once", "the server ended the connection during key exchange", 6),
      ("resets", "the server ended the connection during key exchange", 6),
      ("closes-in-key-exchange", "the server ended the connection during key exchange", 6),
      ("floods-banner", "the server sent 262144 bytes without finishing key exchange", 9),
      ("floods-line", "the server sent 262144 bytes without finishing key exchange", 9),
      ("noise", #"no SSH server: it sent '\xf5\xb1e"JX\xb7\x91"#, 6),
      ("other-protocol", #"no SSH server: it sent '220 mail ESMTP \e[2J\e]0;owned\x07\r\n'"#, 6),
      ("other-key", "the host key has changed: pinned is ssh-ed25519 SHA256:", 6),
      ("refuses-password", "the server accepts no credential of user 'lab'; it offers keyboard-interactive, password", 9),
      ("asks-for-code", "it offers keyboard-interactive, password; the server asked 'Verification code: '", 9),
      ("wants-new-password", "it took the password, which has expired, and asks for a new one", 9),
      ("password-expired", "it offers password; it took the password, which has expired, and asks for a new one", 9),
      ("hangs-at-login", "timed out during login", 9),
      ("closes-at-login", "password; it then ended the connection", 9),
      ("closes-after-login", "the server ended the connection during opening the shell", 9),
      ("hangs-at-session", "timed out during opening the shell", 13),
      ("refuses-session", "the server refused a session", 9),
      ("refuses-terminal", "the server refused a terminal", 9),
      ("refuses-shell", "the server refused a shell", 9),
      ("closes-shell", "the device ended the session before its prompt; its last line was ''", 9),
      ("no-output", "no prompt of platform 'frr' after login: none within 5 s; the last line was ''", 14),
      ("no-prompt", "no prompt of platform 'frr' after login: none within 5 s; the last line was 'please stand by'", 14),
      ("floods-before-prompt", "no prompt of platform 'frr' after login: 1048576 bytes came without one", 14),
      ("changing-prompt", "no prompt of platform 'frr' after login: it changes with every line", 9),
      ("hangs-at-enable", "'enable' did not end within 5 s", 14),
      ("closes-in-output", "the device ended the session during 'show running-config'; its last line was 'ip rou'", 9),
      ("resets-in-output", "the server ended the connection during the session, at 'show running-config'", 9),
      ("truncated", "the running configuration does not end with '^end$' but with 'ip rou'", 9),
      ("escapes", "the running configuration does not end with '^end$' but with '! red", 9),
      ("noise-output", "the running configuration does not end with '^end$' but with '", 9),
      ("floods", "'show running-config' printed more than 1048576 bytes", 14),
      ("floods-lines", "'show running-config' printed more than 1048576 bytes", 14),
      ("long-line", "'show running-config' printed more than 1048576 bytes", 14),
      ("asks", "the device asks 'This will reload the device. Proceed? [confirm]', and the platform has no answer to it", 14),
      ("drips", "the time for one device, 18 s, ran out at 'show running-config'", 20),
      ("drips-lines", "the time for one device, 18 s, ran out at 'show running-config'", 20),
    ]

    private static let good = [
      "good", "good-2", "good-3", "fake-prompt", "hangs-at-close", "hangs-at-line", "slow-answer", "by-name",
    ]

    /// The password is for a prompt that asks for it, by whatever program it is typed.
    @Test(arguments: ["libssh2", "openssh"]) func promptsForSomethingElseGetNoPassword(_ transport: String) async throws {
      try await HostileDevices.play(["asks-for-code", "wants-new-password", "password-expired"]) { netjob, _ in
        try await netjob("network edit default --transport \(transport)")
        for (name, error) in Self.backups.map({ ($0.name, $0.error) })
        where ["asks-for-code", "wants-new-password", "password-expired"].contains(name) {
          let outcome = try await netjob("device test \(name)", exits: 1)
          let words = transport == "openssh" && name == "asks-for-code" ? "accepts no credential of user 'lab'" : error
          #expect(outcome.errors.contains(words), "\(outcome)")
        }
      }
    }

    @Test func eachEndsInItsTimeWithItsOwnErrorAndTheOthersSucceed() async throws {
      try await HostileDevices.play { netjob, hostile in
        let names = ["lost-name-1", "lost-name-2", "lost-name-3", "by-name"]
        #expect(Set(hostile.ports.keys) == Set(Self.backups.map(\.name) + Self.good).subtracting(names), "each has its row")
        for name in names.dropLast() { try await netjob("device add \(name) --address \(name).example --platform frr") }
        try await netjob("device add by-name --address localhost --port \(try hostile.port("good")) --platform frr")
        // The key that the others present.
        try await netjob("device trust good --scan --yes")
        let fingerprint = try await netjob.json("device show good")["hostKey"]["fingerprint"].string
        try await netjob("device trust other-key --fingerprint \(fingerprint) --key-type ssh-ed25519")
        try await netjob("job create backup --type backup --all-devices --timeout 18s")

        let run = try await netjob("job run backup", wrapper: hostile.withoutNames, exits: 1)
        #expect(run.peakMemory < 200 << 20, "\(run.peakMemory >> 20) MB")
        #expect(run.output.contains("\(Self.good.count) of \(hostile.ports.count + names.count) devices succeeded"), "\(run)")
        #expect(!run.output.contains("\u{1B}") && !run.errors.contains("\u{1B}"))
        let execution = try await netjob.lastExecution(of: "backup")
        for row in Self.backups {
          let device = try #require(execution["devices"].array.first { $0["name"].string == row.name })
          #expect(device["status"].string == "failed", "\(device)")
          #expect(device["error"].string.contains(row.error), "\(row.name): \(device["error"].string)")
          let seconds = try Self.seconds(device)
          #expect(seconds < row.seconds, "\(row.name) took \(seconds) s")
        }
        for name in Self.good {
          let device = try #require(execution["devices"].array.first { $0["name"].string == name })
          #expect(device["status"].string == "succeeded", "\(device)")
          let seconds = try Self.seconds(device)
          #expect(seconds < (name == "slow-answer" ? 16 : 9), "\(name) took \(seconds) s")
        }
        // What was cut short, or is no configuration at all, is not kept as one.
        let kept = Set(try await netjob.json("config list").array.map { $0["device"].string })
        #expect(kept == Set(Self.good), "\(kept)")
      }
    }

    /// The device's time is long, the command's is not.
    @Test func aCommandEndsAtItsOwnDeadline() async throws {
      let slow = ["drips", "drips-lines", "slow-answer", "no-prompt"]
      try await HostileDevices.play(slow + ["good"]) { netjob, _ in
        try await netjob("setting set session.command-timeout 2")
        try await netjob(
          "job create look --type tool --tool command-runner --all-devices --param 'commands=show running-config'")
        let run = try await netjob("job run look", exits: 1)
        #expect(run.output.contains("1 of 5 devices succeeded"), "\(run)")
        let execution = try await netjob.lastExecution(of: "look")
        for device in execution["devices"].array {
          let name = device["name"].string
          #expect(device["status"].string == (name == "good" ? "succeeded" : "failed"), "\(device)")
          if ["good", "no-prompt"].contains(name) { continue }
          #expect(device["error"].string.contains("'show running-config' did not end within 2 s"), "\(device)")
          #expect(try Self.seconds(device) < 8, "\(device)")
        }
      }
    }

    /// Between the beginning and the end of a device's work.
    static func seconds(_ device: JSON) throws -> Double {
      func time(_ key: String) throws -> Date {
        let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        return try format.parse(device[key].string)
      }
      return try time("endTime").timeIntervalSince(try time("startTime"))
    }
  }
}
