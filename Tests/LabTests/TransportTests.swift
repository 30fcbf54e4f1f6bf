import Foundation
import Testing

extension LabTests {
  /// Routers that are reached in other ways than straight by libssh2.
  @Suite struct Transports {
    /// Everything above a session is the same over the system's ssh.
    @Test func aWholeBackupOverTheSystemsSSH() async throws {
      try await Story.play { story in
        let netjob = story.netjob
        let server = try await story.lab.server(
          "modern", hostKeyType: "rsa", algorithms: "rsa-sha2-512,rsa-sha2-256")
        try await netjob("device add modern --address 127.0.0.1 --port \(server.port) --platform frr --credential lab")
        // What libssh2 1.10 cannot negotiate; a newer one can.
        let first = try netjob.start("device test modern")
        let outcome = try await first.end()
        if outcome.status != 0 {
          #expect(outcome.errors.contains("rsa-sha2-512"), "\(outcome)")
          #expect(outcome.errors.contains("netjob device edit modern --transport openssh"), "\(outcome)")
        }
        try await netjob("device edit modern --transport openssh")
        let test = try await netjob.json("device test modern")
        #expect(test["transport"].string == "openssh" && test["prompt"].string == "r1#", "\(test)")
        #expect(test["hostKey"]["type"].string == "ssh-rsa" && test["hostKey"]["fingerprint"].string == server.hostKey, "\(test)")
        for phase in ["connect", "keyExchange", "login", "prompt", "total"] {
          #expect((test["timings"][phase].number ?? 0) > 0, "\(phase): \(test)")
        }
        #expect(try await netjob.json("device show modern")["hostKey"]["fingerprint"].string == server.hostKey)

        try await netjob("job create backup-modern --type backup --device modern")
        try await netjob("job run backup-modern")
        #expect(try await netjob("config show modern").output.contains("hostname r1"))
        let execution = try await netjob.lastExecution(of: "backup-modern")
        #expect(execution["devices"][0]["status"].string == "succeeded")

        // A change and its approval, too.
        try await story.createChange("route", prefix: "203.0.113.0/24", routers: "--device modern")
        try await story.approve("route")
        try await netjob("job run route", as: "alice")
        #expect(try await story.lab.routes().contains("203.0.113.0/24"))

        // The same refusals as over the library.
        try await netjob("credential add wrong --username \(story.lab.user) --password-stdin", input: "not the password\n")
        try await netjob("device edit modern --credential wrong")
        let refused = try await netjob("device test modern", exits: 1)
        #expect(refused.errors.contains("accepts no credential") && !refused.errors.contains("not the password"), "\(refused)")
        try await netjob("device edit modern --credential lab")
        try await netjob("device trust modern --fingerprint \(story.lab.routers[0].hostKey) --key-type ssh-rsa")
        let changed = try await netjob("device test modern", exits: 1)
        #expect(changed.errors.contains("the host key has changed") && changed.errors.contains(server.hostKey), "\(changed)")
        #expect(changed.errors.contains("netjob device trust modern --scan"), "\(changed)")
        try await netjob("device trust modern --scan --yes")
        try await netjob("device test modern")
        let hole = try await story.lab.blackHole("silent")
        try await netjob("device edit modern --port \(hole) --connect-timeout 1s")
        let start = ContinuousClock.now
        let silent = try await netjob("device test modern", exits: 1)
        #expect(silent.errors.contains("timed out during connect"), "\(silent)")
        #expect(.now - start < .seconds(8))
      }
    }

    @Test func jobsThroughAJumpHost() async throws {
      try await Story.play(routers: 2) { story in
        let netjob = story.netjob
        let bastion = try await story.lab.server(
          "bastion", hostKeyType: "ecdsa", algorithms: "ecdsa-sha2-nistp256", ["AllowTcpForwarding yes"])
        try await netjob("network edit default --jump 127.0.0.1:\(bastion.port) --jump-credential lab")
        for transport in ["libssh2", "openssh"] {
          try await netjob("network edit default --transport \(transport)")
          let test = try await netjob.json("device test r1")
          #expect(test["jump"].string == "127.0.0.1:\(bastion.port)" && test["transport"].string == transport, "\(test)")
          #expect((test["timings"]["jump"].number ?? 0) > 0, "\(test)")
        }
        try await netjob("network edit default --transport libssh2")
        #expect(try await netjob.json("network show default")["jump"]["hostKey"]["fingerprint"].string == bastion.hostKey)
        try await netjob("job create backup-all --type backup --all-devices")
        try await netjob("job run backup-all")
        #expect(try await netjob("config show r2").output.contains("hostname r2"))

        // What was asked for was another way to the devices.
        try await story.createChange("route", prefix: "203.0.113.0/24")
        try await netjob("approval request route -m 'please'", as: "alice")
        try await netjob("network edit default --no-jump")
        #expect(try await netjob("approval log route").output.contains("the jump host of network 'default' was changed"))
        try await netjob("network edit default --jump 127.0.0.1:\(bastion.port) --jump-credential lab")

        // The jump host's trouble is its own.
        try await netjob("network trust default --fingerprint \(story.lab.routers[0].hostKey) --key-type ecdsa-sha2-nistp256")
        let changed = try await netjob("device test r1", exits: 1)
        #expect(changed.errors.contains("jump host 127.0.0.1:\(bastion.port): the host key has changed"), "\(changed)")
        #expect(changed.errors.contains("netjob network trust default --scan"), "\(changed)")
        #expect(try await netjob.json("device show r1")["status"].string == "up")
        try await netjob("network trust default --scan --yes")
        try await netjob("device test r1")
        let hole = try await story.lab.blackHole("accept")
        try await netjob("network edit default --jump 127.0.0.1:\(hole) --login-timeout 1s")
        try await netjob("job run backup-all", exits: 1)
        for device in try await netjob.lastExecution(of: "backup-all")["devices"].array {
          #expect(device["error"].string.contains("jump host 127.0.0.1:\(hole): timed out"), "\(device)")
        }
      }
    }

    /// Every run ends as it reports: OpenSSL was once taken apart while the connection to the jump host was still closing.
    @Test func manyAtOnceBehindAJumpHostEndWell() async throws {
      try await Story.play { story in
        let bastion = try await story.lab.server(
          "bastion", hostKeyType: "ed25519", algorithms: "ssh-ed25519", ["AllowTcpForwarding yes"])
        try await story.netjob("network edit default --jump 127.0.0.1:\(bastion.port) --jump-credential lab")
        try await story.netjob("device test r1")
        for _ in 0..<12 {
          let children = try (0..<6).map { _ in try story.netjob.start("device test r1") }
          for child in children {
            let outcome = try await child.end()
            #expect(outcome.status == 0, "\(outcome)")
          }
        }
      }
    }

    @Test(arguments: ["libssh2", "openssh"]) func discovery(_ transport: String) async throws {
      try await Story.play { story in
        let netjob = story.netjob
        try await netjob("network add found --transport \(transport)")
        let (user, password) = (story.lab.user, story.lab.password)
        // One that cannot be used keeps no other from being tried.
        let folder = story.lab.folder
        _ = try await ChildProcess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "open sesame", "-f", folder + "/locked"])
        try await netjob("credential add locked --username \(user) --private-key-file \(folder)/locked --network found")
        try await netjob(
          "credential add right --username \(user) --password-stdin --network found --priority 200", input: password + "\n")
        try await netjob("setting set discover.boundary 127.0.0.0/8")
        let port = story.lab.routers[0].port
        try await netjob(
          "job create look --type discover --network found --param ranges=127.0.0.1 --param ports=\(port)")
        let run = try await netjob("job run look")
        #expect(try await netjob.json("device list").array.contains { $0["network"].string == "found" }, "\(run)")
      }
    }

    /// Sessions wait for descriptors; the want of them is no device's failure.
    @Test func moreSessionsThanDescriptors() async throws {
      try await Story.play { story in
        let netjob = story.netjob
        for number in 1...30 {
          try await netjob(
            "device add many-\(number) --address 127.0.0.1 --port \(story.lab.routers[0].port) --platform frr --credential lab "
              + "--tag many")
        }
        try await netjob("network edit default --transport openssh")
        try await netjob("job create backup-many --type backup --search tag:many")
        let outcome = try await netjob(
          "job run backup-many --max-sessions 30", wrapper: ["prlimit", "--nofile=160:160"])
        let execution = try await netjob.lastExecution(of: "backup-many")
        #expect(execution["devices"].array.count == 30, "\(outcome)")
        for device in execution["devices"].array { #expect(device["status"].string == "succeeded", "\(device)") }
        // The soft limit alone is no limit.
        try await netjob("job run backup-many --max-sessions 30", wrapper: ["prlimit", "--nofile=64:4096"])
      }
    }

    /// What the caller's own configuration of ssh does on the way is told as that.
    @Test func theOwnConfigurationOfSSH() async throws {
      try await Story.play { story in
        let netjob = story.netjob
        try await netjob("device edit r1 --transport openssh --connect-timeout 3s")
        let folder = story.lab.folder + "/ssh"
        mkdir(folder, 0o700)
        func test(_ configuration: String, exits: Int32 = 1, _ expected: String...) async throws {
          try configuration.write(toFile: folder + "/config", atomically: true, encoding: .utf8)
          chmod(folder + "/config", 0o600)
          // ssh reads that of the account's home, whatever HOME says.
          let mount = "mkdir -p ~root/.ssh && mount --bind \(folder) ~root/.ssh && exec \"$@\""
          let outcome = try await netjob(
            "device test r1", wrapper: ["unshare", "-m", "bash", "-c", mount, "test"], exits: exits)
          for words in expected { #expect((outcome.output + outcome.errors).contains(words), "\(configuration): \(outcome)") }
        }
        try await test("Compression yes\n", exits: 0, "transport\topenssh")
        try await test(
          "Host 127.0.0.1\nProxyCommand netjob-has-no-such-program\n",
          "the ProxyCommand of ssh's configuration did not connect", "netjob-has-no-such-program")
        try await test(
          "Host 127.0.0.1\nProxyCommand sleep 60\n", "timed out during connect, by the ProxyCommand of ssh's configuration")
        try await test(
          "Host 127.0.0.1\nProxyJump bastion\nHost bastion\nHostName 127.0.0.1\nPort \(story.lab.routers[0].port)\n"
            + "User \(story.lab.user)\nUserKnownHostsFile /dev/null\n",
          "ssh asks about the host key of a host that its own configuration puts on the way", "netjob network edit -h")
        // A key of the configuration lets nobody in by the name of another credential.
        _ = try await ChildProcess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder + "/stranger"])
        try await netjob("credential add stranger --username \(story.lab.user) --private-key-file \(folder)/stranger")
        try await netjob("device edit r1 --credential stranger")
        try await test(
          "IdentityFile \(story.lab.keyFile)\n", "accepts no credential of user '\(story.lab.user)'",
          "ssh went on to a key of its own configuration, which is not the credential's: \(story.lab.keyFile)")
        // Nor does one keep its password from being tried.
        try await netjob("credential edit stranger --password-stdin", input: story.lab.password + "\n")
        try await test("IdentityFile \(story.lab.keyFile)\n", exits: 0, "transport\topenssh")
      }
    }

    /// The agent is the caller's own: the service account's is not for those who come in through sudo.
    @Test func theAgentServesItsOwnerOnly() async throws {
      try await Story.play { story in
        let netjob = story.netjob
        let socket = story.lab.folder + "/agent"
        let agent = try ChildProcess(
          ["ssh-agent", "-D", "-a", socket], environment: ["PATH": "/usr/bin:/bin"], input: "")
        let environment = ["SSH_AUTH_SOCK": socket]
        try await eventually("the agent listens") { FileManager.default.fileExists(atPath: socket) }
        let added = try await ChildProcess.run(["ssh-add", "-q", story.lab.keyFile], environment: environment)
        #expect(added.status == 0, "\(added)")
        try await netjob("credential add own --username \(story.lab.user) --agent")
        #expect(try await netjob.json("credential show own")["secrets"][0].string == "agent")
        for transport in ["libssh2", "openssh"] {
          try await netjob("device edit r1 --credential own --transport \(transport)")
          try await netjob("device test r1", environment: environment)
          let none = try await netjob("device test r1", exits: 1)
          #expect(none.errors.contains("SSH agent"), "\(none)")
          try await netjob("user grant alice manage-devices")
          let delegated = try await netjob("device test r1", as: "alice", environment: environment, exits: 1)
          #expect(delegated.errors.contains("SSH agent"), "\(delegated)")
        }
        agent.signal(9)
        _ = try await agent.end()
      }
    }
  }
}
