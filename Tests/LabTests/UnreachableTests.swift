import Testing

extension LabTests {
  /// Devices that cannot be logged in to, beside one that can.
  @Suite struct Unreachable {
    @Test func eachFailureIsClearAndTheRestOfTheFleetSucceeds() async throws {
      try await Story.play(routers: 3) { story in
        let netjob = story.netjob
        try await netjob("credential add wrong --username \(story.lab.user) --password-stdin", input: "not the password\n")
        let accepting = try await story.lab.blackHole("accept")
        let silent = try await story.lab.blackHole("silent")
        for (name, address, port, credential) in [
          ("wrong-password", "127.0.0.1", story.lab.routers[0].port, "wrong"),
          ("unknown-host", "no-such-router.invalid", "22", "lab"), ("says-nothing", "127.0.0.1", accepting, "lab"),
          ("black-hole", "127.0.0.1", silent, "lab"),
        ] {
          try await netjob("device add \(name) --address \(address) --port \(port) --platform frr --credential \(credential)")
        }
        try await netjob("device trust r2 --fingerprint \(story.lab.routers[1].hostKey)")
        let newKey = try await story.lab.rotateHostKey(2)
        try await story.lab.stopSSH(3)

        try await netjob("job create backup-all --type backup --all-devices --timeout 3s", as: "alice")
        try await story.addTrigger("backup-all", "nightly", inMinutes: 2)
        let start = ContinuousClock.now
        let run = try await netjob(story.runDueLine(inMinutes: 2), exits: 1)
        #expect(ContinuousClock.now - start < .seconds(12), "the time for a device is 3 s")
        #expect(run.output.contains("failed: 1 of 7 devices succeeded, 6 failed"), "\(run)")
        let execution = try await netjob.lastExecution(of: "backup-all")
        #expect(execution["status"].string == "failed" && execution["devicesFailed"].integer == 6)
        var errors: [String: String] = [:]
        for device in execution["devices"].array {
          #expect(device["status"].string == (device["name"].string == "r1" ? "succeeded" : "failed"), "\(device)")
          errors[device["name"].string] = device["error"].string
        }
        for (name, words) in [
          ("wrong-password", ["password"]), ("unknown-host", ["no-such-router.invalid"]), ("r3", ["refused"]),
          ("says-nothing", ["time"]), ("black-hole", ["time"]), ("r2", ["host key", story.lab.routers[1].hostKey, newKey]),
        ] {
          let error = errors[name] ?? ""
          for word in words { #expect(error.contains(word), "\(name): \(error)") }
          #expect(!error.contains(story.lab.password) && !error.contains("not the password"), "\(name): \(error)")
        }
        #expect(try await netjob("config show r1").output.contains("hostname r1"))
        #expect(try await netjob("config list r2").output == "")

        // One by one, and the way out where there is one.
        for (name, word) in [("wrong-password", "password"), ("unknown-host", "no-such-router.invalid"), ("r3", "refused")] {
          let test = try await netjob("device test \(name)", exits: 1)
          #expect(test.errors.contains("netjob: error: ") && test.errors.contains(word), "\(test)")
        }
        let changed = try await netjob("device test r2", exits: 1)
        #expect(changed.errors.contains("hint: ") && changed.errors.contains("netjob device trust r2"), "\(changed)")
        try await netjob("device trust r2 --fingerprint \(newKey)")
        try await netjob("device test r2")
      }
    }

    @Test func aStrictNetworkTakesOnlyPinnedKeys() async throws {
      try await Story.play { story in
        let netjob = story.netjob
        let router = story.lab.routers[0]
        try await netjob("network add vault --host-keys strict")
        try await netjob(
          "credential add vault --username \(story.lab.user) --password-stdin --network vault", input: story.lab.password + "\n")
        try await netjob("device add v1 --address 127.0.0.1 --port \(router.port) --platform frr --network vault")
        let refused = try await netjob("device test v1", exits: 1)
        #expect(refused.errors.contains(router.hostKey) && refused.errors.contains("netjob device trust v1"), "\(refused)")
        try await netjob("job create backup-vault --type backup --all-devices --network vault")
        try await netjob("job run backup-vault", exits: 1)
        let device = try await netjob.lastExecution(of: "backup-vault")["devices"][0]
        #expect(device["error"].string.contains("strict"), "\(device)")
        try await netjob("device trust v1 --fingerprint \(router.hostKey)")
        try await netjob("device test v1")
        try await netjob("job run backup-vault")
        try await netjob("device trust v1 --scan --yes")
        try await netjob("job run backup-vault")
      }
    }
  }
}
