import Foundation
import Testing

extension LabTests {
  /// Full disks, read-only and damaged files.
  @Suite struct StorageFaults {
    /// A mount namespace in which a netjob's folder is on a small disk of its own.
    private struct SmallDisk {
      let folder: String
      let holder: ChildProcess

      init(_ folder: String, size: String) async throws {
        self.folder = folder
        mkdir(folder, 0o700)
        holder = try ChildProcess(
          [
            "unshare", "--mount", "--propagation", "private", "/bin/sh", "-ec",
            "mount -t tmpfs -o size=\(size),mode=0700 none '\(folder)'; touch '\(folder)/mounted'; exec sleep 100",
          ], environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
        try await eventually("the small disk") { [self] in try await run("test", "-e", folder + "/mounted").status == 0 }
      }

      var wrapper: [String] { ["nsenter", "--mount=/proc/\(holder.pid)/ns/mnt"] }

      func run(_ words: String...) async throws -> ChildProcess.Outcome { try await ChildProcess.run(wrapper + words) }

      func fill() async throws {
        _ = try await run("dd", "if=/dev/zero", "of=\(folder)/filler", "bs=1k", "status=none")
        _ = try await run("sh", "-c", "cat /dev/zero >>'\(folder)/filler'")
      }

      func free() async throws { _ = try await run("rm", folder + "/filler") }

      func end() async throws {
        holder.signal(SIGKILL)
        _ = try await holder.end()
      }
    }

    @Test func aFullDiskLosesNothingAndNoChangeIsSentThatCannotBeRecorded() async throws {
      try await Story.inFolder { folder in
        let lab = try await Lab.up(folder + "/lab", routers: 1)
        let disk: SmallDisk
        do {
          disk = try await SmallDisk(folder + "/data", size: "3m")
        } catch {
          try await lab.down()
          throw error
        }
        do {
          try await play(lab, Netjob(folder: folder, wrapper: disk.wrapper), disk)
        } catch {
          try await disk.end()
          try await lab.down()
          throw error
        }
        try await disk.end()
        try await lab.down()
      }
    }

    private func play(_ lab: Lab, _ netjob: Netjob, _ disk: SmallDisk) async throws {
      let story = Story(lab: lab, netjob: netjob)
      let first = "ip route 203.0.113.0/24 10.9.1.2"
      let second = "ip route 203.0.113.128/25 10.9.1.2"
      try await story.setUp()
      try await netjob("job create backup-core --type backup --search tag:core", as: "alice")
      try await netjob("job run backup-core", as: "alice")
      try await story.createLines("two-lines", [first, second])
      try await story.addTrigger("two-lines", "window", inMinutes: 2)
      try await story.approve("two-lines")
      try await lab.slow(seconds: 3, "^ip route 203.0.113.0/24")

      try await disk.fill()
      for line in ["job create another --type backup --all-devices", "job run backup-core", story.runDueLine(inMinutes: 2)] {
        let refused = try await netjob(line, exits: 1)
        #expect(refused.errors.contains("netjob: error: "), "\(refused)")
        #expect(refused.errors.contains("is full"), "\(refused)")
      }
      #expect(try await lab.seen() == [], "nothing was begun that could not be recorded")
      try await disk.free()
      try await netjob("job show another", exits: 3)
      #expect(try await netjob.json("history list").array.count == 1)

      // The same fire, not lost; and the disk fills up while the first line is on its way.
      let child = try netjob.start(story.runDueLine(inMinutes: 2))
      try await eventually("the first line is on its way") { try await lab.seen().contains(first) }
      try await disk.fill()
      let outcome = try await child.end(within: 30)
      #expect(outcome.status == 1 && outcome.errors.contains("is full"), "\(outcome)")
      #expect(try await !lab.seen().contains(second), "a line that could not be recorded")
      try await disk.free()
      let next = try await netjob(story.runDueLine(inMinutes: 2), exits: 1)
      #expect(next.output.contains("interrupted") && next.output.contains("in doubt: r1"), "\(next)")
      let device = try await netjob.lastExecution(of: "two-lines")["devices"][0]
      #expect(device["lastCommand"].string == first, "\(device)")
      #expect(try await netjob(story.runDueLine(inMinutes: 3)).output == "")
      #expect(try await !lab.seen().contains(second))
      #expect(try await netjob("config show r1").output.contains("hostname r1"))
    }

    @Test func aReadOnlyDatabaseIsNamed() async throws {
      try await Self.withDatabase { netjob in
        let readOnly = [
          "unshare", "--mount", "--propagation", "private", "/bin/sh", "-ec",
          "mount --bind \"$1\" \"$1\"; mount -o remount,bind,ro \"$1\"; shift; exec \"$@\"", "sh", netjob.folder + "/data",
        ]
        let refused = try await netjob("job create one --type backup --all-devices", wrapper: readOnly, exits: 1)
        #expect(refused.errors.contains(netjob.database), "\(refused)")
        #expect(refused.errors.contains("read-only"), "\(refused)")
        #expect(try await netjob("run-due", wrapper: readOnly, exits: 1).errors == refused.errors)
        try await netjob("job create one --type backup --all-devices")
      }
    }

    @Test func aMissingKeyIsNamedWithTheWayOut() async throws {
      try await Self.withDatabase { netjob in
        let key = netjob.folder + "/data/netjob.key"
        rename(key, netjob.folder + "/key")
        for line in ["run-due", "job list", "credential list"] {
          let refused = try await netjob(line, exits: 1)
          #expect(refused.errors.contains("key file \(key)") && refused.errors.contains("NETJOB_KEY_FILE"), "\(refused)")
        }
        try await netjob("job list", environment: ["NETJOB_KEY_FILE": netjob.folder + "/key"])
        _ = FileManager.default.createFile(atPath: key, contents: Data("nonsense".utf8), attributes: [.posixPermissions: 0o600])
        let damaged = try await netjob("credential add c --username u --password-stdin", input: "p\n", exits: 1)
        #expect(damaged.errors.contains(key), "\(damaged)")
      }
    }

    @Test func anotherInstallationsKeyIsToldFromTheRightOne() async throws {
      try await Self.withDatabase { netjob in
        try await netjob("credential add c --username u --password-stdin", input: "p\n")
        try await netjob("device add r1 --address 127.0.0.1 --port 1 --platform frr --credential c")
        try await netjob("init", environment: ["NETJOB_DB": netjob.folder + "/other/netjob.db"])
        let refused = try await netjob(
          "device test r1", environment: ["NETJOB_KEY_FILE": netjob.folder + "/other/netjob.key"], exits: 1)
        #expect(refused.errors.contains("key"), "\(refused)")
      }
    }

    @Test(arguments: [0, 8192])
    func aDamagedDatabaseIsNamed(at offset: Int) async throws {
      try await Self.withDatabase { netjob in
        let file = try #require(FileHandle(forUpdatingAtPath: netjob.database))
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: Data(repeating: 0x5A, count: 60_000))
        try file.close()
        for line in ["run-due", "job list"] {
          let refused = try await netjob(line, exits: 1)
          #expect(refused.errors.contains("netjob: error: \(netjob.database) is damaged"), "\(refused)")
          #expect(refused.errors.contains("hint: "), "\(refused)")
        }
      }
    }

    @Test func noDatabaseIsNoSuchThing() async throws {
      try await Story.inFolder { folder in
        let netjob = Netjob(folder: folder)
        let refused = try await netjob("run-due", exits: 3)
        #expect(refused.errors.contains(netjob.database) && refused.errors.contains("netjob init"), "\(refused)")
        try await netjob("init")
        try await netjob("init", exits: 6)
      }
    }

    private static func withDatabase(_ body: (Netjob) async throws -> Void) async throws {
      try await Story.inFolder { folder in
        let netjob = Netjob(folder: folder)
        try await netjob("init")
        try await body(netjob)
      }
    }
  }
}
