import Foundation
import Testing

extension LabTests {
  /// Each tool that FRR supports, seen in the router's own state.
  @Suite struct Tools {
    /// Creates, requests, approves and runs a change of router 1.
    private func change(_ story: Story, _ name: String, _ tool: String, _ words: String, exits: Int32 = 0) async throws -> JSON {
      try await story.netjob("job create \(name) --type tool --tool \(tool) --device r1 \(words)", as: "alice")
      try await story.approve(name)
      try await story.netjob("job run \(name)", as: "alice", exits: exits)
      return try await story.netjob.lastExecution(of: name)
    }

    @Test func changesAreSeenInTheRouter() async throws {
      try await Story.play { story in
        let hop = story.lab.routers[0].nextHop
        // A route, and what takes it back.
        let added = try await change(story, "add", "static-route-add", "--param prefix=203.0.113.0/24 --param next-hop=\(hop)")
        #expect(try await story.lab.routes().contains("203.0.113.0/24"))
        let output = try await story.netjob("history output \(added["id"].integer ?? 0)").output
        #expect(output.contains("(verified) show running-config"), "\(output)")
        #expect(output.contains("(undo) no ip route 203.0.113.0/24 \(hop)"), "\(output)")
        // The same again changes nothing, so nothing is to be taken back.
        let again = try await change(story, "again", "static-route-add", "--param prefix=203.0.113.0/24 --param next-hop=\(hop)")
        #expect(try await !story.netjob("history output \(again["id"].integer ?? 0)").output.contains("(undo)"))
        _ = try await change(story, "delete", "static-route-delete", "--param prefix=203.0.113.0/24 --param next-hop=\(hop)")
        #expect(try await !story.lab.routes().contains("203.0.113.0/24"))
        // A template with a value of the router's own.
        _ = try await change(
          story, "smart", "smart-change",
          "--param 'template=ip route {{ prefix }} {{ hop }}' --param hop=\(hop) --param prefix=203.0.113.64/26")
        #expect(try await story.lab.routes().contains("203.0.113.64/26"))
        // An interface, down and up again.
        _ = try await change(story, "down", "interface-admin", "--param interface=lo --param state=down")
        let isDown = try await story.lab.configuration()
        #expect(isDown.contains("interface lo\n shutdown"), "\(isDown)")
        _ = try await change(story, "up", "interface-admin", "--param interface=lo --param state=up")
        #expect(try await !story.lab.configuration().contains("interface lo\n shutdown"))
        let saved = try await change(story, "save", "save-config", "")
        #expect(saved["devices"][0]["status"].string == "succeeded", "\(saved)")
      }
    }

    @Test func readingToolsRead() async throws {
      try await Story.play { story in
        for (tool, words, shows) in [
          ("version", "", "FRRouting"), ("routing-table", "", "Codes:"), ("routing-table", "--param family=ipv6", "Codes:"),
          ("interface-brief", "", "Interface"),
        ] {
          let name = "\(tool)\(words.count)"
          try await story.netjob("job create \(name) --type tool --tool \(tool) --device r1 \(words)", as: "alice")
          // A router that has just started has no IPv6 route, and says nothing of it, until its addresses are known to be its own.
          try await eventually("\(name) shows \(shows)") {
            try await story.netjob("job run \(name)", as: "alice")
            let execution = try await story.netjob.lastExecution(of: name)
            return try await story.netjob("history output \(execution["id"].integer ?? 0)").output.contains(shows)
          }
        }
      }
    }

    @Test func whatFRRHasNotIsRefusedBeforeItIsTouched() async throws {
      try await Story.play { story in
        try await story.lab.slow(seconds: 0, ".")
        let line = "job create vlan --type tool --tool port-vlan --param interface=eth0 --param vlan=20"
        let named = try await story.netjob("\(line) --device r1", as: "alice", exits: 2)
        #expect(named.errors.contains("tool 'port-vlan' does not support platform 'frr'; it supports "), "\(named)")
        // A search may find other devices later, so the job is saved; what it would do now cannot be asked for.
        try await story.netjob("\(line) --all-devices", as: "alice")
        let request = try await story.netjob("approval request vlan -m please", as: "alice", exits: 2)
        #expect(request.errors.contains("does not support platform 'frr'"), "\(request)")
        #expect(try await story.lab.seen().isEmpty)
      }
    }
  }
}
