import Foundation
import Testing

extension LabTests {
  /// A stored configuration that goes to a router as a file: by real SSH and SCP, to what is taken for Cisco IOS or IOS XR.
  @Suite struct Restores {
    private static func program(_ platform: String) -> String {
      let name = platform == "cisco_xr" ? "xr-router" : "ios-router"
      return URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Lab/\(name)").standardized.path
    }
    private static let stored = """
      hostname r1
      !
      username netjob secret 5 $1$abcd$0123456789abcdefghijkl
      !
      ip route 192.0.2.0 255.255.255.0 10.0.0.254
      !
      banner motd ^C
      Keep out
      ^C
      !

      """
    private static let other = "hostname elsewhere\n!\nip route 203.0.113.0 255.255.255.0 10.0.0.1\n!\n"

    /// The router, whose running configuration is another than the stored one.
    private struct Router {
      let story: Story
      let folder: String
      let program: String

      func read(_ name: String) throws -> String { try String(contentsOfFile: folder + "/\(name)", encoding: .utf8) }
      func write(_ name: String, _ text: String) throws {
        try text.write(toFile: folder + "/\(name)", atomically: true, encoding: .utf8)
      }
      var running: String { get throws { try read("running") } }
      var files: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: folder + "/flash") } }
      var commands: [String] { get throws { try read("commands").split(separator: "\n").map(String.init) } }
      var isPending: Bool { FileManager.default.fileExists(atPath: folder + "/pending") }
      /// The time of a change that nobody confirmed is over.
      func expire() async throws {
        let ended = try await ChildProcess.run([program, folder, "--expire"])
        try #require(ended.status == 0, "\(ended)")
      }

      /// Runs the job, and answers how its device ended.
      func restore(exits: Int32 = 0, at location: SourceLocation = #_sourceLocation) async throws -> JSON {
        try await story.netjob("job run restore", as: "alice", exits: exits, at: location)
        return try await story.netjob.lastExecution(of: "restore")["devices"][0]
      }
    }

    /// As IOS XR has it: a user's secret stands in a line of its own.
    private static let storedOnXR = stored.replacing("netjob secret", with: "netjob\n secret")

    private func play(
      platform: String = "cisco_ios", faults: [String] = [], options: String = "", _ body: (Router) async throws -> Void
    ) async throws {
      try await FileServer.play(platform: platform) { folder in
        try FileManager.default.createDirectory(atPath: folder + "/ios/flash", withIntermediateDirectories: true)
        return "\(Self.program(platform)) \(folder)/ios"
      } _: { story, _ in
        let router = Router(story: story, folder: story.netjob.folder + "/ios", program: Self.program(platform))
        try router.write("running", platform == "cisco_xr" ? Self.storedOnXR : Self.stored)
        try await story.netjob("job create backup --type backup --device d", as: "alice")
        try await story.netjob("job run backup", as: "alice")
        try router.write("running", Self.other)
        try router.write("faults", faults.joined(separator: "\n"))
        try await story.netjob(
          "job create restore --type tool --tool restore-config --device d --param revision=1 \(options)", as: "alice")
        try await story.approve("restore")
        try router.write("commands", "")
        try await body(router)
      }
    }

    @Test(arguments: ["cisco_ios", "cisco_xe"]) func theStoredOneIsInForceAgain(_ platform: String) async throws {
      try await play(platform: platform, options: "--save") { router in
        let shown = try await router.story.netjob("job preview restore", as: "alice").output
        #expect(shown.contains("copy the stored configuration, "), "\(shown)")
        #expect(shown.contains("| ip route 192.0.2.0 255.255.255.0 10.0.0.254"), "\(shown)")
        #expect(shown.contains("configure replace flash:netjob-1.cfg force revert trigger error timer 10"), "\(shown)")
        #expect(!shown.contains("0123456789abcdef"), "\(shown)")
        let device = try await router.restore()
        #expect(device["status"].string == "succeeded" && device["changed"].bool == true, "\(device)")
        #expect(try router.running == Self.stored)
        #expect(try router.read("startup") == Self.stored)
        #expect(!router.isPending)
        #expect(try router.files == [])
        let commands = try router.commands
        let order = ["configure replace", "show running-config", "configure confirm", "write memory", "delete /force"]
        let places = order.map { word in commands.lastIndex { $0.hasPrefix(word) } ?? -1 }
        #expect(!places.contains(-1) && places[0] < places[2] && places[2] < places[3], "\(commands)")
        // In force already, nothing is sent.
        try router.write("commands", "")
        try await router.story.netjob("job edit restore --comment again", as: "alice")
        try await router.story.approve("restore")
        let again = try await router.restore()
        #expect(again["status"].string == "succeeded" && again["changed"].bool == false, "\(again)")
        #expect(try !router.commands.contains { $0.hasPrefix("configure") || $0.hasPrefix("dir") })
      }
    }

    /// What goes wrong before anything is loaded, and what is said of it.
    @Test(arguments: [
      ("no-scp", "Administratively disabled"), ("full", "bytes are to be written, and 10 are free"),
      ("corrupt", "what arrived is not the file that was sent; what arrived was deleted"),
      ("no-archive", "%Please turn config archive on before using this command"),
    ]) func nothingIsLoaded(_ fault: String, _ message: String) async throws {
      try await play(faults: [fault]) { router in
        let device = try await router.restore(exits: 1)
        #expect(device["status"].string == "failed", "\(device)")
        #expect(device["error"].string.contains(message), "\(device)")
        #expect(device["summary"].string.hasPrefix("the configuration is as before"), "\(device)")
        #expect(try router.running == Self.other)
        #expect(try router.files == [])
        #expect(try !router.commands.contains("configure confirm"))
      }
    }

    @Test func aRefusedLineIsTakenBackByTheRouter() async throws {
      try await play(faults: ["refuse ip route 192.0.2.0 255.255.255.0 10.0.0.254"]) { router in
        let device = try await router.restore(exits: 1)
        #expect(device["status"].string == "failed" && device["changed"].bool == false, "\(device)")
        #expect(device["error"].string.contains("Failed to apply command ip route 192.0.2.0"), "\(device)")
        #expect(try router.running == Self.other)
        #expect(try router.files == [])
        #expect(try !router.commands.contains { $0 == "configure confirm" || $0 == "configure revert now" })
      }
    }

    /// Whatever is in force and not the stored one is taken back, and looked at again.
    @Test(arguments: [
      "stay ip route 192.0.2.0 255.255.255.0 10.0.0.254", "forget ip route 192.0.2.0 255.255.255.0 10.0.0.254",
    ]) func whatIsNotTheStoredOneIsTakenBack(_ fault: String) async throws {
      try await play(faults: [fault]) { router in
        let device = try await router.restore(exits: 1)
        #expect(device["status"].string == "failed" && device["changed"].bool == false, "\(device)")
        #expect(device["error"].string.hasSuffix("rolled back: the configuration is as before"), "\(device)")
        #expect(try router.running == Self.other)
        #expect(!router.isPending)
        #expect(try router.files == [])
      }
    }

    @Test func whatCannotBeTakenBackIsSaid() async throws {
      try await play(
        faults: ["forget ip route 192.0.2.0 255.255.255.0 10.0.0.254", "reject configure revert now"]
      ) { router in
        let device = try await router.restore(exits: 1)
        #expect(device["status"].string == "failed" && device["changed"].bool == true, "\(device)")
        #expect(device["error"].string.contains("the rollback did not take"), "\(device)")
        #expect(try router.files == [])
        try await router.expire()
        #expect(try router.running == Self.other)
      }
    }

    @Test func aRefusedConfirmationIsSaid() async throws {
      try await play(faults: ["reject configure confirm"]) { router in
        let device = try await router.restore(exits: 1)
        #expect(device["status"].string == "failed" && device["changed"].bool == true, "\(device)")
        #expect(
          device["error"].string.contains("not confirmed: the device goes back by itself within 10 minutes"), "\(device)")
        #expect(router.isPending)
        #expect(try router.files == [])
      }
    }

    /// The connection is lost, the router goes back by itself or does not, and the report says what can be known.
    @Test(arguments: [
      ("drop-after configure replace flash:netjob-1.cfg force revert trigger error timer 10", "; not confirmed: the device"),
      ("drop configure confirm", "; unless it took that, the device"),
      ("drop-after configure confirm", "; unless it took that, the device"),
    ]) func aLostConnectionIsInDoubt(_ fault: String, _ message: String) async throws {
      try await play(faults: [fault]) { router in
        let device = try await router.restore(exits: 1)
        #expect(device["status"].string == "in-doubt", "\(device)")
        let end = " goes back by itself within 10 minutes; flash:netjob-1.cfg may be left there"
        #expect(device["error"].string.hasSuffix(message + end), "\(device)")
        #expect(try router.files == ["netjob-1.cfg"])
        #expect(try router.running == Self.stored)
        let isConfirmed = fault == "drop-after configure confirm"
        #expect(router.isPending == !isConfirmed)
        try await router.expire()
        #expect(try router.running == (isConfirmed ? Self.stored : Self.other))
      }
    }

    /// A wish to stop that comes while the configuration is being loaded: nothing more is sent, and the router goes back by itself.
    @Test(arguments: [[], ["forget hostname r1"]]) func aStopBeforeTheConfirmation(_ faults: [String]) async throws {
      let load = "configure replace flash:netjob-1.cfg force revert trigger error timer 10"
      try await play(faults: ["slow \(load)"] + faults) { router in
        let run = try router.story.netjob.start("job run restore", as: "alice")
        try await eventually("it is being loaded") { try router.commands.contains(load) }
        run.signal(SIGTERM)
        #expect(try await run.end().status != 0)
        let device = try await router.story.netjob.lastExecution(of: "restore")["devices"][0]
        #expect(device["status"].string == "failed" && device["changed"].bool == true, "\(device)")
        #expect(device["error"].string.contains("stopped"), "\(device)")
        #expect(device["error"].string.hasSuffix("the device goes back by itself within 10 minutes"), "\(device)")
        #expect(router.isPending)
        #expect(try router.files == [])
        #expect(try !router.commands.contains { $0 == "configure confirm" || $0 == "configure revert now" })
      }
    }

    /// Before anything is loaded: the file that lies there already is deleted.
    @Test func aStopBeforeItIsLoaded() async throws {
      try await play(faults: ["slow dir flash:"]) { router in
        let run = try router.story.netjob.start("job run restore", as: "alice")
        try await eventually("there is a look at the room") { try router.commands.contains("dir flash:") }
        run.signal(SIGTERM)
        #expect(try await run.end().status != 0)
        let device = try await router.story.netjob.lastExecution(of: "restore")["devices"][0]
        #expect(device["changed"].bool == false && device["error"].string.contains("stopped"), "\(device)")
        #expect(try router.running == Self.other)
        #expect(try router.files == [])
      }
    }

    /// A stop while the file is being checked: it is there, nothing is loaded, and it cannot be deleted.
    @Test func aFileThatStaysIsSaidAfterAStop() async throws {
      let faults = ["slow verify /md5 flash:netjob-1.cfg", "reject delete /force flash:netjob-1.cfg"]
      try await play(faults: faults) { router in
        let run = try router.story.netjob.start("job run restore", as: "alice")
        try await eventually("it is being checked") {
          try router.files == ["netjob-1.cfg"] && router.commands.count { $0.hasPrefix("verify") } == 2
        }
        run.signal(SIGTERM)
        #expect(try await run.end().status != 0)
        let device = try await router.story.netjob.lastExecution(of: "restore")["devices"][0]
        #expect(device["error"].string.contains("stopped"), "\(device)")
        #expect(device["summary"].string.contains("flash:netjob-1.cfg is left on the device"), "\(device)")
        #expect(try router.running == Self.other)
        #expect(try !router.commands.contains { $0.hasPrefix("configure") })
      }
    }

    @Test func aFileThatStaysIsSaid() async throws {
      try await play(faults: ["reject delete /force flash:netjob-1.cfg"]) { router in
        let device = try await router.restore()
        #expect(device["summary"].string.contains("flash:netjob-1.cfg is left on the device"), "\(device)")
        #expect(try router.files == ["netjob-1.cfg"])
        #expect(try router.read("flash/netjob-1.cfg").contains("banner motd \u{3}\nKeep out\n\u{3}\n"))
      }
    }

    // MARK: IOS XR

    private static let load = "load disk0:/netjob-1.cfg"
    private static let replace = "commit replace confirmed minutes 5"

    private func playXR(_ faults: [String] = [], _ body: (Router) async throws -> Void) async throws {
      try await play(platform: "cisco_xr", faults: faults, options: "--save", body)
    }

    @Test func onIOSXRTheStoredOneIsInForceAgain() async throws {
      try await playXR { router in
        let shown = try await router.story.netjob("job preview restore", as: "alice").output
        #expect(shown.contains("| ip route 192.0.2.0 255.255.255.0 10.0.0.254") && shown.contains(Self.load), "\(shown)")
        #expect(!shown.contains("0123456789abcdef"), "\(shown)")
        let device = try await router.restore()
        #expect(device["status"].string == "succeeded" && device["changed"].bool == true, "\(device)")
        #expect(try router.running == Self.storedOnXR)
        #expect(!router.isPending)
        #expect(try router.files == [])
        // Looked at, and logged in anew, between the two commits.
        let commands = try router.commands
        let order = [Self.load, "show configuration changes diff", Self.replace, "do show running-config", "terminal length 0"]
        let places = (order + ["commit"]).map { word in commands.lastIndex(of: word) ?? -1 }
        #expect(!places.contains(-1) && places == places.sorted(), "\(commands)")
        let id = try await router.story.netjob.lastExecution(of: "restore")["id"].integer ?? 0
        let output = try await router.story.netjob("history output \(id) d", as: "alice").output
        #expect(output.contains("+  ip route 192.0.2.0 255.255.255.0 10.0.0.254"), "\(output)")
        #expect(output.contains("-  ip route 203.0.113.0 255.255.255.0 10.0.0.1"), "\(output)")
        #expect(!output.contains("0123456789abcdef"), "\(output)")
        // In force already, nothing is sent.
        try router.write("commands", "")
        try await router.story.netjob("job edit restore --comment again", as: "alice")
        try await router.story.approve("restore")
        let again = try await router.restore()
        #expect(again["status"].string == "succeeded" && again["changed"].bool == false, "\(again)")
        #expect(try !router.commands.contains { $0.hasPrefix("configure") || $0.hasPrefix("show md5") })
      }
    }

    /// What goes wrong before anything is in force.
    @Test(arguments: [
      ("no-scp", "nothing was loaded: "), ("corrupt", "what arrived is not the file that was sent; what arrived was deleted"),
      ("refuse hostname r1", "the device refused '\(load)': Syntax/Authorization errors in one or more commands"),
      ("fail-commit", "the device refused '\(replace)': % Failed to commit"),
      ("lock", "A trial commit is underway in another configuration session"),
    ]) func onIOSXRNothingIsInForce(_ fault: String, _ message: String) async throws {
      try await playXR([fault]) { router in
        let device = try await router.restore(exits: 1)
        #expect(device["status"].string == "failed" && device["changed"].bool == false, "\(device)")
        #expect(device["error"].string.contains(message), "\(device)")
        #expect(try router.running == Self.other)
        #expect(!router.isPending)
        #expect(try router.files == [])
        #expect(try !router.commands.contains("commit"))
      }
    }

    @Test func onIOSXRWhatIsNotTheStoredOneIsTakenBack() async throws {
      try await playXR(["forget ip route 192.0.2.0 255.255.255.0 10.0.0.254"]) { router in
        let device = try await router.restore(exits: 1)
        #expect(device["status"].string == "failed" && device["changed"].bool == false, "\(device)")
        #expect(device["error"].string.hasSuffix("rolled back: the configuration is as before"), "\(device)")
        #expect(try router.running == Self.other)
        #expect(!router.isPending)
        #expect(try router.files == [])
      }
    }

    @Test(arguments: [
      ("drop-after \(replace)", "; not confirmed: the device goes back"),
      ("drop commit", "; unless it took that, the device goes back"),
      ("drop-after commit", "; unless it took that, the device goes back"),
    ]) func onIOSXRALostConnectionIsInDoubt(_ fault: String, _ message: String) async throws {
      try await playXR([fault]) { router in
        let device = try await router.restore(exits: 1)
        #expect(device["status"].string == "in-doubt", "\(device)")
        let end = " by itself within 5 minutes; disk0:/netjob-1.cfg may be left there"
        #expect(device["error"].string.hasSuffix(message + end), "\(device)")
        #expect(try router.running == Self.storedOnXR)
        try await router.expire()
        #expect(try router.running == (fault == "drop-after commit" ? Self.storedOnXR : Self.other))
      }
    }

    @Test func onIOSXRAConnectionLostBeforeTheCommitChangesNothing() async throws {
      try await playXR(["drop-after \(Self.load)"]) { router in
        let device = try await router.restore(exits: 1)
        #expect(device["status"].string == "failed" && device["changed"].bool == false, "\(device)")
        #expect(
          device["error"].string.hasSuffix("; nothing was committed; disk0:/netjob-1.cfg may be left there"), "\(device)")
        #expect(try router.running == Self.other)
      }
    }

    /// Stopped while it is being committed: taken back at once.
    @Test func onIOSXRAStopBeforeTheConfirmation() async throws {
      try await playXR(["slow \(Self.replace)"]) { router in
        let run = try router.story.netjob.start("job run restore", as: "alice")
        try await eventually("it is being committed") { try router.commands.contains(Self.replace) }
        run.signal(SIGTERM)
        #expect(try await run.end().status != 0)
        let device = try await router.story.netjob.lastExecution(of: "restore")["devices"][0]
        #expect(device["status"].string == "failed" && device["changed"].bool == false, "\(device)")
        #expect(device["error"].string.contains("stopped"), "\(device)")
        #expect(try router.running == Self.other)
        #expect(!router.isPending)
        #expect(try router.files == [])
        #expect(try !router.commands.contains("commit"))
      }
    }
  }
}
