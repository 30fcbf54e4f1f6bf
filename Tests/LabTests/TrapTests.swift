import Foundation
import Testing

extension LabTests {
  /// SNMP notifications to net-snmp's own receiver.
  @Suite struct Traps {
    private static let base = ".1.3.6.1.4.1.8072.9999.9999"

    @Test func trapsAndInformsArriveWithTheirVariables() async throws {
      try await Self.withJob { netjob, folder in
        // The engine is made before its receiver can know it.
        try await netjob(
          "trap add v3trap --host 127.0.0.1 --port 9 --user trapuser --security-level authPriv --auth-stdin --priv-stdin",
          input: "AuthPass1234\nPrivPass1234\n")
        let engine = try await netjob.json("trap show v3trap")["engineId"].string
        #expect(engine.hasPrefix("0x80001f8805") && engine.utf8.count == 28, "\(engine)")
        let sink = try await TrapSink(
          folder + "/traps",
          """
          authCommunity log public
          createUser -e \(engine) trapuser SHA "AuthPass1234" AES "PrivPass1234"
          authUser log trapuser authPriv
          createUser informuser SHA-256 "AuthPass5678" AES "PrivPass5678"
          authUser log informuser authPriv
          createUser -e \(engine) quietuser SHA-512 "AuthPass9999"
          authUser log quietuser authNoPriv
          """)
        // Another port may be another's: the secrets go there only when they are given again.
        try await netjob(
          "trap edit v3trap --port \(sink.port) --auth-stdin --priv-stdin", input: "AuthPass1234\nPrivPass1234\n")
        try await netjob("trap add v2c --host 127.0.0.1 --port \(sink.port) --community-stdin", input: "public\n")
        try await netjob("trap add v2inform --host localhost --port \(sink.port) --inform --community-stdin", input: "public\n")
        try await netjob(
          "trap add v3inform --host 127.0.0.1 --port \(sink.port) --inform --version 3 --user informuser --auth-protocol sha-256 --auth-stdin --priv-protocol aes --priv-stdin",
          input: "AuthPass5678\nPrivPass5678\n")
        try await netjob(
          "trap add v3auth --host 127.0.0.1 --port \(sink.port) --user quietuser --auth-protocol sha-512 --auth-stdin",
          input: "AuthPass9999\n")
        let tested = try await netjob.json("trap test").array
        #expect(tested.count == 5 && tested.allSatisfy { $0["sent"].bool == true }, "\(tested)")
        try await eventually("the five tests arrived") { try sink.traps.count == 5 }
        #expect(try sink.traps.allSatisfy { $0.contains("\(Self.base).0.12") })

        try await netjob("approval request route -m 'For the new site'", as: "alice")
        try await eventually("the five requests arrived") { try sink.traps.count == 10 }
        let requests = try sink.traps.suffix(5)
        for kind in [
          "TRAP2, SNMP v3, user trapuser", "TRAP2, SNMP v2c, community public", "INFORM, SNMP v2c, community public",
          "INFORM, SNMP v3, user informuser", "TRAP2, SNMP v3, user quietuser",
        ] {
          #expect(requests.contains { $0.contains(kind) }, "\(kind) of \(requests)")
        }
        for trap in requests {
          for variable in [
            ".1.3.6.1.6.3.1.1.4.1.0 = OID: \(Self.base).0.1", "\(Self.base).1.1.0 = STRING: \"requested\"",
            "\(Self.base).1.3.0 = STRING: \"route\"", "\(Self.base).1.4.0 = STRING: \"default\"",
            "\(Self.base).1.5.0 = STRING: \"alice\"", "\(Self.base).1.6.0 = Gauge32: 1",
            "\(Self.base).1.9.0 = STRING: \"requested\"", "\(Self.base).1.7.0 = STRING: \"For the new site\"",
            "\(Self.base).1.10.0 = STRING: \"netjob approval show route\"",
          ] {
            #expect(trap.contains(variable), "\(variable) in \(trap)")
          }
        }
        // Rejected, requested, closed, requested, approved, started, failed, closed by its execution: to each of the five.
        try await netjob("approval reject route -m no", as: "bob")
        try await netjob("approval request route -m please", as: "alice")
        try await netjob("approval close route -m no", as: "alice")
        try await netjob("approval request route -m please", as: "alice")
        try await netjob("approval approve route -m yes", as: "bob")
        try await netjob("job run route", as: "alice", exits: 1)
        try await eventually("the eight others arrived") { try sink.traps.count == 50 }
        for (number, count) in [(1, 15), (2, 5), (3, 5), (5, 10), (6, 5), (8, 5)] {
          let arrived = try sink.traps.filter { $0.contains("OID: \(Self.base).0.\(number)\t") }
          #expect(arrived.count == count, "notification \(number): \(arrived)")
        }
        let failed = try sink.traps.filter { $0.contains("OID: \(Self.base).0.8\t") }
        #expect(
          failed.allSatisfy { $0.contains("\(Self.base).1.8.0 = Gauge32: 1") && $0.contains("history show 1") }, "\(failed)")
        #expect(try await netjob.json("notification list --status waiting").array.isEmpty)
        // What the library would keep in files is nowhere.
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["data", "traps"])
        try await sink.end()
      }
    }

    @Test func anInformThatIsNotAcknowledgedWaits() async throws {
      try await Self.withJob { netjob, folder in
        let sink = try await TrapSink(
          folder + "/traps", "createUser informuser SHA \"AuthPass1234\" AES \"PrivPass1234\"\nauthUser log informuser authPriv")
        let add = "trap add noc --host 127.0.0.1 --port \(sink.port) --inform --user informuser --auth-stdin --priv-stdin"
        try await netjob(add, input: "WrongPass1234\nPrivPass1234\n")
        let start = ContinuousClock.now
        try await netjob("approval request route -m x", as: "alice")
        #expect(ContinuousClock.now - start < .seconds(4))
        var waiting = try await netjob.json("notification list --status waiting").array
        #expect(waiting.count == 1 && waiting[0]["attempts"].integer == 1, "\(waiting)")
        #expect(waiting[0]["error"].string.contains("Authentication failure"), "\(waiting)")
        #expect(try sink.traps.isEmpty)
        // A wrong privacy secret cannot be told from silence.
        try await netjob("trap edit noc --auth-stdin --priv-stdin", input: "AuthPass1234\nWrongPass1234\n")
        try await netjob("notification retry --all", exits: 1)
        waiting = try await netjob.json("notification list --status waiting").array
        #expect(waiting[0]["error"].string.contains("no answer"), "\(waiting)")
        try await netjob("trap edit noc --priv-stdin", input: "PrivPass1234\n")
        #expect(try await netjob.json("notification retry --all")[0]["status"].string == "sent")
        #expect(try sink.traps.count == 1)
        try await sink.end()

        // Nobody there: the same.
        let again = ContinuousClock.now
        try await netjob("approval comment route -m x", as: "bob")
        #expect(ContinuousClock.now - again < .seconds(4))
        waiting = try await netjob.json("notification list --status waiting").array
        #expect(waiting.count == 1 && waiting[0]["event"].string == "commented", "\(waiting)")
        try await netjob("trap remove noc --yes")
        let failed = try await netjob.json("notification list --status failed").array
        #expect(failed.count == 1 && failed[0]["error"].string.contains("removed"), "\(failed)")
      }
    }

    @Test func aChangedHostKeyIsToldOnceADay() async throws {
      try await Story.play { story in
        let (netjob, router) = (story.netjob, story.lab.routers[0])
        let sink = try await TrapSink(story.netjob.folder + "/traps", "authCommunity log public")
        try await netjob("trap add nms --host 127.0.0.1 --port \(sink.port) --community-stdin", input: "public\n")
        try await netjob("device trust r1 --fingerprint \(router.hostKey)")
        let key = try await story.lab.rotateHostKey()
        for _ in 1...2 { try await netjob("device test r1", exits: 1) }
        let traps = try sink.traps
        #expect(traps.count == 1, "\(traps)")
        #expect(traps[0].contains("OID: \(Self.base).0.10\t") && traps[0].contains("\"r1\""), "\(traps)")
        #expect(traps[0].contains(key) && traps[0].contains("netjob device show r1"), "\(traps)")
        try await sink.end()
      }
    }

    @Test func theMIBIsClean() async throws {
      try await Story.inFolder { folder in
        let netjob = Netjob(folder: folder)
        // Without a database: what packagers install.
        let mib = try await netjob("trap mib").output
        try mib.write(toFile: folder + "/NETJOB-MIB", atomically: true, encoding: .utf8)
        let modules = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Lab/mibs").standardized.path
        try "path \(modules)\n".write(toFile: folder + "/smi.conf", atomically: true, encoding: .utf8)
        let lint = try await ChildProcess.run(["smilint", "-c", folder + "/smi.conf", "-l", "4", folder + "/NETJOB-MIB"])
        #expect(lint.status == 0 && lint.output + lint.errors == "", "\(lint)")
        // It finds what is wrong.
        let broken = mib.replacingOccurrences(of: "netjobDevice OBJECT-TYPE", with: "netjobDevise OBJECT-TYPE")
        try broken.write(toFile: folder + "/BROKEN-MIB", atomically: true, encoding: .utf8)
        let found = try await ChildProcess.run(["smilint", "-c", folder + "/smi.conf", "-l", "4", folder + "/BROKEN-MIB"])
        #expect(found.output + found.errors != "")

        let words = [
          ("0.1", "netjobRequestedNotification"), ("0.9", "netjobNotApprovedNotification"),
          ("0.10", "netjobHostKeyChangedNotification"), ("1.3.0", "netjobJob.0"), ("1.10.0", "netjobCommand.0"),
        ]
        for (number, name) in words {
          let translated = try await ChildProcess.run(
            ["snmptranslate", "-M", modules + ":" + folder, "-m", "NETJOB-MIB", "\(Self.base).\(number)"],
            environment: ["PATH": "/usr/bin:/bin", "SNMP_PERSISTENT_DIR": folder + "/state"])
          #expect(translated.output == "NETJOB-MIB::\(name)\n", "\(translated)")
        }
        try await netjob("init")
        try await netjob("setting set trap.enterprise-oid 1.3.6.1.4.1.32473.7")
        #expect(try await netjob("trap mib").output.contains("::= { enterprises 32473 7 }"))
      }
    }

    @Test func aMissingLibraryIsNamedWithItsPackage() async throws {
      try await Self.withJob { netjob, _ in
        try await netjob("setting set mail.server smtp://127.0.0.1:1")
        try await netjob("trap add nms --host 127.0.0.1 --port 1 --community-stdin", input: "public\n")
        let without = [
          "unshare", "--mount", "--propagation", "private", "/bin/sh", "-ec",
          """
          for file in /usr/lib/*/libcurl.so.4 /usr/lib/*/libcurl-gnutls.so.4 /usr/lib/*/libnetsnmp.so.40; do
            [ ! -e "$file" ] || mount --bind /dev/null "$(readlink -f "$file")"
          done
          exec "$@"
          """, "sh",
        ]
        let mail = try await netjob("mail test a@example.net", wrapper: without, exits: 1)
        #expect(mail.errors.contains("libcurl") && mail.errors.contains("apt install libcurl4"), "\(mail)")
        let trap = try await netjob("trap test", wrapper: without, exits: 1)
        #expect(trap.errors.contains("libnetsnmp") && trap.errors.contains("apt install libsnmp40"), "\(trap)")
        // All else works, and what it tells waits.
        try await netjob("run-due", wrapper: without)
        try await netjob("approval request route -m x", as: "alice", wrapper: without)
        #expect(try await netjob.json("notification list --status waiting").array.count == 1)
      }
    }

    private static func withJob(_ body: (Netjob, String) async throws -> Void) async throws {
      try await Story.inFolder { folder in
        let netjob = Netjob(folder: folder)
        try await netjob("init --admin root")
        try await netjob("user add alice --role operator")
        try await netjob("user add bob --role approver")
        try await netjob("credential add lab --username u --password-stdin", input: "p\n")
        try await netjob("device add r1 --address 127.0.0.1 --port 1 --platform frr --credential lab")
        try await netjob(
          "job create route --type tool --tool static-route-add --param prefix=203.0.113.0/24 --param next-hop=192.0.2.1 --device r1",
          as: "alice")
        try await body(netjob, folder)
      }
    }
  }
}
