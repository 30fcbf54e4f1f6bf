import Foundation
import Testing

extension LabTests {
  /// A change that needs a second person, fired by cron, on a real router.
  @Suite struct WholeStory {
    enum Login: String, CaseIterable, Sendable { case password, key }

    @Test(arguments: Login.allCases)
    func anApprovedChangeIsFiredOnceAndShownEverywhere(login: Login) async throws {
      try await Story.inFolder { folder in
        let lab = try await Lab.up(folder + "/lab", routers: 1)
        do {
          try await play(lab, Netjob(folder: folder), login)
        } catch {
          try await lab.down()
          throw error
        }
        try await lab.down()
      }
    }

    private func play(_ lab: Lab, _ netjob: Netjob, _ login: Login) async throws {
      let story = Story(lab: lab, netjob: netjob)
      let router = lab.routers[0]
      try await netjob("init")
      try await netjob("user add alice --role operator --role approver")
      try await netjob("user add bob --role approver")
      switch login {
      case .password:
        try await netjob("credential add lab --username \(lab.user) --password-stdin", input: lab.password + "\n")
      case .key: try await netjob("credential add lab --username \(lab.user) --private-key-file \(lab.keyFile)")
      }
      try await netjob("device add r1 --address 127.0.0.1 --port \(router.port) --platform frr --credential lab --tag core")
      try await netjob("device trust r1 --fingerprint \(router.hostKey)")
      let tested = try await netjob.json("device test r1")
      #expect(tested["prompt"].string == "r1#")
      #expect(tested["hostKey"]["fingerprint"].string == router.hostKey)

      try await netjob("job create backup-core --type backup --search tag:core", as: "alice")
      try await story.createChange("branch-route", prefix: "203.0.113.0/24")
      let preview = try await netjob.json("job preview branch-route", as: "alice")
      #expect(preview[0]["commands"].array.map(\.string) == ["ip route 203.0.113.0/24 \(router.nextHop)"])
      let minute = Story.minute(2)
      try await netjob(
        "trigger add backup-core nightly --cron '\(minute.suffix(2)) \(minute.dropFirst(11).prefix(2)) * * *' --timezone UTC",
        as: "alice")
      try await story.addTrigger("branch-route", "window", inMinutes: 2)
      #expect(try await netjob("run-due").output == "", "nothing is due yet")

      // The backup runs; the change lacks its approval, which is no failure of run-due.
      let first = try await netjob(story.runDueLine(inMinutes: 2))
      #expect(first.output.contains("backup-core (nightly)  succeeded"), "\(first)")
      #expect(first.output.contains("branch-route (window)  not-approved"), "\(first)")
      #expect(try await netjob.lastExecution(of: "branch-route")["status"].string == "not-approved")
      #expect(try await netjob.lastExecution(of: "backup-core")["status"].string == "succeeded")
      #expect(try await lab.routes() == "")
      let kept = try await netjob("config show r1").output
      #expect(kept.contains("interface lan0\n description office\n"), "\(kept)")

      // Asked for by alice, who may approve changes but not hers; approved by bob.
      try await story.addTrigger("branch-route", "second-window", inMinutes: 3)
      try await netjob("approval request branch-route -m 'The branch office moves in tomorrow.'", as: "alice")
      let refused = try await netjob("approval approve branch-route -m 'Fine.' --revision 1", as: "alice", exits: 4)
      #expect(refused.errors.contains("alice"), "\(refused)")
      let waiting = try await netjob.json("approval list --status requested", as: "bob")
      #expect(waiting[0]["job"].string == "branch-route" && waiting[0]["requestedBy"].string == "alice", "\(waiting)")
      let asked = try await netjob("approval show branch-route", as: "bob").output
      #expect(asked.contains("ip route 203.0.113.0/24 \(router.nextHop)"), "\(asked)")
      try await netjob("approval approve branch-route -m 'Checked with the address plan.' --revision 1", as: "bob")

      let second = try await netjob(story.runDueLine(inMinutes: 3))
      #expect(second.output.contains("branch-route (second-window)  succeeded"), "\(second)")
      #expect(try await lab.routes().hasPrefix("203.0.113.0/24 "), "the kernel's table")
      #expect(try await lab.routes().contains("via \(router.nextHop) dev lan0"))
      #expect(try await netjob(story.runDueLine(inMinutes: 3)).output == "", "fired once")

      // Used up: the next window finds the request closed.
      try await story.addTrigger("branch-route", "third-window", inMinutes: 4)
      let third = try await netjob(story.runDueLine(inMinutes: 4))
      #expect(third.output.contains("branch-route (third-window)  not-approved"), "\(third)")

      let rows = try await netjob.json("history list --job branch-route --status succeeded", as: "bob").array
      #expect(rows.count == 1)
      let id = try #require(rows.first?["id"].integer)
      let shown = try await netjob.json("history show \(id)", as: "bob")
      #expect(shown["devices"][0]["name"].string == "r1")
      #expect(shown["devices"][0]["status"].string == "succeeded")
      #expect(shown["devices"][0]["changed"].bool == true)
      #expect(shown["user"].string == "alice" && shown["trigger"].string == "second-window")
      let difference = try await netjob("history diff \(id)", as: "bob").output
      let changed = difference.split(separator: "\n").filter {
        ($0.hasPrefix("+") || $0.hasPrefix("-")) && !$0.hasPrefix("+++") && !$0.hasPrefix("---")
      }
      #expect(changed.contains("+ip route 203.0.113.0/24 \(router.nextHop)"), "\(difference)")
      #expect(changed.allSatisfy { $0.hasPrefix("+ip route") || $0 == "+!" }, "nothing else: \(difference)")
      #expect(try await netjob("history output \(id)", as: "bob").output.contains("ip route 203.0.113.0/24"))
      let log = try await netjob.json("approval log branch-route", as: "bob").array
      #expect(
        log.map { "\($0["user"].string) \($0["event"].string)" }.prefix(4) == [
          "alice requested", "bob approved", "\(NSUserName()) executed", "\(NSUserName()) closed",
        ])
      #expect(log.contains { $0["message"].string == "The branch office moves in tomorrow." })
      #expect(log.contains { $0["message"].string == "Checked with the address plan." })

      // The job goes, its history stays.
      try await netjob("delete branch-route", exits: 2)
      try await netjob("delete branch-route --yes")
      try await netjob("job show branch-route", exits: 3)
      #expect(try await netjob.json("history show \(id)")["job"].string == "branch-route")
      #expect(try await netjob("history diff \(id)").output == difference)
      #expect(try await netjob("approval log --execution \(id)").output.contains("Checked with the address plan."))
    }
  }
}
