import Foundation
import Testing

extension LabTests {
  /// Files that are copied to a real server.
  @Suite struct Files {
    private func names(in folder: String) throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    private func isSame(_ story: Story, _ name: String, _ path: String) -> Bool {
      FileManager.default.contentsEqual(atPath: story.file(name), andPath: path)
    }

    @Test(arguments: ["linux", "generic"]) func sftpGoesOnWhereItWasCut(_ platform: String) async throws {
      try await FileServer.play(drops: [3_000_000, 2_000_000], platform: platform) { story, server in
        try story.makeFile("image.bin", byteCount: 8_000_000)
        let path = server.target + "/image.bin"
        try await story.createPush("push", "image.bin", to: path)
        let output = try await story.run("push")
        #expect(output.split(separator: "\n").count { $0.hasSuffix("bytes: going on from there)") } == 2, "\(output)")
        #expect(output.contains("the server ended the connection"), "\(output)")
        #expect(
          output.contains(
            platform == "linux" ? "by sftp to \(path), checked by the device's sha256" : "\(path), read back by sftp"))
        #expect(isSame(story, "image.bin", path))
        #expect(try names(in: server.target) == ["image.bin"])
        // The same again writes nothing.
        try await story.netjob("job edit push --comment again", as: "alice")
        try await story.approve("push")
        #expect(try await story.run("push").contains("is that file already"))
        let execution = try await story.netjob.lastExecution(of: "push")
        #expect(execution["devices"][0]["changed"].bool == false, "\(execution)")
      }
    }

    @Test(arguments: ["linux", "generic"]) func scpStartsAgainAndSaysSo(_ platform: String) async throws {
      try await FileServer.play(drops: [3_000_000], hasSFTP: false, platform: platform) { story, server in
        try story.makeFile("image.bin", byteCount: 8_000_000)
        let path = server.target + "/image.bin"
        try await story.createPush("push", "image.bin", to: path)
        let output = try await story.run("push")
        #expect(output.contains("the server refused SFTP"), "\(output)")
        #expect(output.contains("(scp cannot go on in the middle of a file: starting again)"), "\(output)")
        #expect(output.contains(platform == "linux" ? "checked by the device's sha256" : "read back by scp"), "\(output)")
        #expect(isSame(story, "image.bin", path))
        #expect(try names(in: server.target) == ["image.bin"])
      }
    }

    /// What lies under the other name is compared before anything is added to it.
    @Test func aRemainderOfSomethingElseIsNotBuiltUpon() async throws {
      try await FileServer.play { story, server in
        try story.makeFile("image.bin", byteCount: 300_000)
        try await story.createPush("push", "image.bin", to: server.target + "/image.bin")
        let digest = try await story.netjob.json("job show push")["parameters"]["sha256"].string
        try Data(repeating: 7, count: 100_000).write(
          to: URL(filePath: server.target + "/image.bin.netjob-\(digest.prefix(12))"))
        let output = try await story.run("push")
        #expect(output.contains("holds something else: starting again"), "\(output)")
        #expect(isSame(story, "image.bin", server.target + "/image.bin"))
      }
    }

    @Test func whatWasApprovedIsTheContent() async throws {
      try await FileServer.play { story, server in
        try story.makeFile("image.bin", byteCount: 100_000)
        let good = try Data(contentsOf: URL(filePath: story.file("image.bin")))
        try await story.createPush("push", "image.bin", to: server.target + "/image.bin")
        let shown = try await story.netjob("approval show push", as: "bob").output
        #expect(shown.contains("copy image.bin, 100000 bytes, SHA-256 "), "\(shown)")
        try story.makeFile("image.bin", byteCount: 100_000, seed: 2)
        let refused = try await story.netjob("job run push", as: "alice", exits: 5)
        #expect(refused.errors.contains("the file 'image.bin' is not the one that was pinned"), "\(refused)")
        #expect(try names(in: server.target).isEmpty)
        // Put back it is what was approved.
        try good.write(to: URL(filePath: story.file("image.bin")))
        _ = try await story.run("push")
        #expect(try Data(contentsOf: URL(filePath: server.target + "/image.bin")) == good)
        // Another content is another revision, and wants another approval.
        try story.makeFile("image.bin", byteCount: 100_000, seed: 3)
        let before = try await story.netjob.json("job show push")["revision"].integer ?? 0
        try await story.netjob("job edit push --param file=image.bin", as: "alice")
        #expect(try await story.netjob.json("job show push")["revision"].integer == before + 1)
        try await story.netjob("job run push", as: "alice", exits: 5)
      }
    }

    @Test func whatIsThereGivesWayOnlyWhereAsked() async throws {
      try await FileServer.play { story, server in
        try story.makeFile("image.bin", byteCount: 50_000)
        let path = server.target + "/image.bin"
        for way in ["sftp", "scp"] {
          try "precious".write(toFile: path, atomically: true, encoding: .utf8)
          try await story.createPush(way, "image.bin", to: path, "--param protocol=\(way)")
          let refused = try await story.run(way, exits: 1)
          #expect(refused.contains("is there with another content"), "\(refused)")
          #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
          try await story.netjob("job edit \(way) --param replace=true", as: "alice")
          try await story.approve(way)
          _ = try await story.run(way)
          #expect(isSame(story, "image.bin", path))
          #expect(try names(in: server.target) == ["image.bin"])
        }
      }
    }

    /// A device whose checksum says otherwise.
    @Test(arguments: ["sftp", "scp"]) func whatArrivedWrongIsDeleted(_ way: String) async throws {
      try await FileServer.play { story, server in
        try story.makeFile("image.bin", byteCount: 50_000)
        let own = story.netjob.folder + "/data/tools"
        try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
        let tool = try await story.netjob("tool show push-file --yaml").output
        let zeros = String(repeating: "0", count: 64)
        try tool.replacing("'sha256sum {{ path }}'", with: "'echo \(zeros) {{ path }}'").write(
          toFile: own + "/push-file.yaml", atomically: true, encoding: .utf8)
        try await story.createPush(
          "push", "image.bin", to: server.target + "/image.bin", "--param replace=true --param protocol=\(way)")
        let output = try await story.run("push", exits: 1)
        #expect(output.contains("what arrived is not the file that was sent; what arrived was deleted"), "\(output)")
        #expect(try names(in: server.target).isEmpty)
      }
    }

    @Test func aFullDiskIsSeenBefore() async throws {
      try await FileServer.play { story, server in
        let mounted = try await ChildProcess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", server.target])
        try #require(mounted.status == 0, "\(mounted)")
        do {
          try story.makeFile("image.bin", byteCount: 2_000_000)
          try await story.createPush("push", "image.bin", to: server.target + "/image.bin")
          let output = try await story.run("push", exits: 1)
          #expect(output.contains("2000000 bytes are to be written, and 1048576 are free; nothing was written"), "\(output)")
          #expect(try names(in: server.target).isEmpty)
        } catch {
          _ = try await ChildProcess.run(["umount", server.target])
          throw error
        }
        #expect(try await ChildProcess.run(["umount", server.target]).status == 0)
      }
    }

    @Test(arguments: ["sftp", "scp"]) func aLargeFileIsNotHeldInMemory(_ way: String) async throws {
      try await FileServer.play { story, server in
        // Nothing of it is on the disk, and all of it is sent.
        let made = try await ChildProcess.run(["truncate", "-s", "300M", story.file("image.bin")])
        try #require(made.status == 0, "\(made)")
        try await story.createPush("push", "image.bin", to: server.target + "/image.bin", "--param protocol=\(way)")
        let child = try story.netjob.start("job run push", as: "alice")
        // What the kernel tells of its end counts the memory of whoever started it, too.
        let reader = Task {
          var peak = 0
          while !Task.isCancelled {
            let status = (try? String(contentsOfFile: "/proc/\(child.pid)/status", encoding: .utf8)) ?? ""
            let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
            peak = max(peak, line.split(separator: " ").compactMap { Int($0) }.first ?? 0)
            try? await Task.sleep(for: .milliseconds(20))
          }
          return peak << 10
        }
        let outcome = try await child.end()
        reader.cancel()
        try #require(outcome.status == 0, "\(outcome)")
        let peak = await reader.value
        #expect(peak > 1 << 20 && peak < 150 << 20, "\(peak)")
        #expect(isSame(story, "image.bin", server.target + "/image.bin"))
      }
    }

    @Test func aCopyThatWasStoppedGoesOnInTheNextRun() async throws {
      try await FileServer.play { story, server in
        let made = try await ChildProcess.run(["truncate", "-s", "300M", story.file("image.bin")])
        try #require(made.status == 0, "\(made)")
        let path = server.target + "/image.bin"
        try await story.createPush("push", "image.bin", to: path, "--param protocol=sftp")
        let child = try story.netjob.start("job run push", as: "alice")
        try await eventually(within: 30, "a part of it has arrived") {
          guard let name = try names(in: server.target).first else { return false }
          let size = try FileManager.default.attributesOfItem(atPath: server.target + "/" + name)[.size] as? Int ?? 0
          return size > 1_000_000
        }
        child.signal(SIGTERM)
        let outcome = try await child.end()
        #expect(outcome.status != 0, "\(outcome)")
        let execution = try await story.netjob.lastExecution(of: "push")
        #expect(execution["status"].string == "cancelled", "\(execution)")
        let device = execution["devices"][0]
        #expect(device["status"].string == "failed" && device["error"].string.contains("netjob-"), "\(device)")
        #expect(device["error"].string.contains("holds its first "), "\(device)")
        #expect(!FileManager.default.fileExists(atPath: path))
        try await story.approve("push")
        let output = try await story.run("push")
        #expect(output.contains("bytes: going on from there"), "\(output)")
        #expect(isSame(story, "image.bin", path))
      }
    }

    @Test func filesOutsideTheFolderAreNotRead() async throws {
      try await FileServer.play { story, server in
        try FileManager.default.createSymbolicLink(
          atPath: story.file("link"), withDestinationPath: story.netjob.folder + "/data/netjob.key")
        let line = "job create push --type tool --tool push-file --device d --param destination=\(server.target)/x --param"
        for (name, why) in [
          ("link", "is a symbolic link"), ("../netjob.key", "is not named as a file in the folder"),
          ("/etc/shadow", "is not named as a file in the folder"), ("nowhere", "No such file or directory"),
        ] {
          let refused = try await story.netjob("\(line) file=\(name)", as: "alice", exits: 2)
          #expect(refused.errors.contains(why), "\(refused)")
        }
      }
    }
  }
}
