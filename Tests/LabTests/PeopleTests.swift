import Foundation
import Testing

extension LabTests {
  /// Real Unix accounts, and who netjob takes them for.
  @Suite struct People {
    /// Runs what follows as an account that owns nothing here.
    private static let nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]

    @Test func anotherAccountCannotOpenTheDatabase() async throws {
      try await Self.withProgramForAll { netjob in
        try await netjob("init")
        try await netjob("user add alice --role administrator")
        for forged in [nil, "alice", "root"] {
          for line in ["job list", "whoami", "run-due", "history list"] {
            let refused = try await netjob(line, as: forged, wrapper: Self.nobody, exits: 4)
            #expect(refused.output == "", "\(refused)")
            #expect(refused.errors.contains("sudo -u "), "the mending command: \(refused)")
          }
        }
        chmod(netjob.database, 0o644)
        let readable = try await netjob("job list", exits: 4)
        #expect(readable.errors.contains("chmod 600 '\(netjob.database)'"), "\(readable)")
        let copied = try await netjob("job list", wrapper: Self.nobody, exits: 4)
        #expect(copied.output == "")
      }
    }

    @Test func theServiceAccountPlaysWhomSudoNames() async throws {
      try await Self.withProgramForAll { netjob in
        let data = netjob.folder + "/data"
        mkdir(data, 0o700)
        let account = try #require(getpwnam("nobody")).pointee
        chown(data, account.pw_uid, account.pw_gid)
        try await netjob("init --admin alice", as: "alice", wrapper: Self.nobody)
        try await netjob("user add bob --role viewer", as: "alice", wrapper: Self.nobody)
        let alice = try await netjob("--json whoami", as: "alice", wrapper: Self.nobody)
        let who = try JSON(parsing: alice.output)
        #expect(who["user"].string == "alice" && who["delegated"].bool == true, "\(who)")
        #expect(try await netjob("user add mallory", as: "bob", wrapper: Self.nobody, exits: 4).errors.contains("bob"))
        let stranger = try await netjob("job list", as: "mallory", wrapper: Self.nobody, exits: 4)
        #expect(stranger.output == "" && stranger.errors.contains("mallory"), "\(stranger)")
        // Not even root plays somebody on a database that is not root's: it has to become the account first.
        #expect(try await netjob("whoami", as: "alice", exits: 4).output == "")

        // Through sudo there is one database, and no file of the caller's choice.
        let other = try await netjob("--db /etc/passwd job list", as: "alice", wrapper: Self.nobody, exits: 4)
        #expect(other.errors.contains("--db is refused"), "\(other)")
        let file = netjob.folder + "/secret"
        try "a line that alice may not read".write(toFile: file, atomically: true, encoding: .utf8)
        try await netjob("device add r1 --address 127.0.0.1 --platform frr", as: "alice", wrapper: Self.nobody)
        for line in [
          "job create j --type tool --tool config-commands --device r1 --param-file commands=\(file)",
          "job create j --type backup --devices-from \(file)",
          "credential add c --username u --private-key-file \(file)",
        ] {
          let refused = try await netjob(line, as: "alice", wrapper: Self.nobody, exits: 4)
          #expect(!refused.errors.contains("may not read"), "\(refused)")
        }
      }
    }

    /// As README.md says it, with a `/var/lib` of the test's own.
    @Test func theSharedInstallationIsMadeWhereItIsLookedFor() async throws {
      try await Self.withProgramForAll { netjob in
        let account = try #require(getpwnam("nobody")).pointee
        mkdir(netjob.folder + "/var-lib", 0o755)
        mkdir(netjob.folder + "/var-lib/netjob", 0o700)
        chown(netjob.folder + "/var-lib/netjob", account.pw_uid, account.pw_gid)
        let mounted = [
          "unshare", "--mount", "--propagation", "private", "/bin/sh", "-ec",
          "mount --bind \"$1\" /var/lib; shift; unset NETJOB_DB; exec \"$@\"", "sh", netjob.folder + "/var-lib",
        ]
        let made = try await netjob("init", as: "alice", wrapper: mounted + Self.nobody)
        #expect(made.output.contains("/var/lib/netjob/netjob.db") && made.output.contains("alice"), "\(made)")
        try await netjob("user add bob --role viewer", as: "alice", wrapper: mounted + Self.nobody)
        try await netjob("job list", as: "bob", wrapper: mounted + Self.nobody)
        // cron, as the account itself
        #expect(try await netjob("run-due", wrapper: mounted + Self.nobody).output == "")
        // Without sudo: the shared database is meant, and the way to it is named.
        let daemon = ["setpriv", "--reuid=daemon", "--regid=daemon", "--clear-groups"]
        let refused = try await netjob("job list", wrapper: mounted + daemon, exits: 4)
        #expect(refused.errors.contains("sudo -u nobody netjob"), "\(refused)")
      }
    }

    @Test func aStrangerOnTheOwnersDatabaseHasNoRights() async throws {
      try await Story.inFolder { folder in
        let netjob = Netjob(folder: folder)
        try await netjob("init")
        for line in ["job list", "device list", "history list", "approval list", "run-due"] {
          try await netjob(line, as: "mallory", exits: 4)
        }
        // USER and LOGNAME are nobody's word.
        let who = try await netjob("whoami", environment: ["USER": "mallory", "LOGNAME": "mallory"])
        #expect(who.output.contains(NSUserName()) && !who.output.contains("mallory"), "\(who)")
      }
    }

    /// The program where every account may run it, and a folder that every account may enter.
    private static func withProgramForAll(_ body: (Netjob) async throws -> Void) async throws {
      try await Story.inFolder { folder in
        let copy = folder + "/netjob"
        try FileManager.default.copyItem(atPath: Netjob.program, toPath: copy)
        chmod(copy, 0o755)
        try await body(Netjob(folder: folder, program: copy))
      }
    }
  }
}
