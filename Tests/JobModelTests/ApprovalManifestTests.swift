import JobModel
import Testing

@Suite struct ApprovalManifestTests {
  static func manifest() throws -> ApprovalManifest {
    ApprovalManifest(
      job: "route", network: "default", revision: 3, definition: try DefinitionTests.full(), toolSource: "name: x\n",
      platformDigests: ["frr": "aa", "linux": "bb"], secretDigests: ["secret": "cc"],
      triggers: [
        ApprovalManifest.Trigger(
          name: "night", kind: "cron", schedule: "0 2 * * *", timezone: "Asia/Tokyo", filters: ["f"], enabled: true)
      ], filters: ["f": ["exclude sat"]],
      devices: ["r1", "r2"].map {
        ApprovalManifest.Device(name: $0, address: "192.0.2.1", port: 22, platform: "frr", commands: ["a", "b"])
      })
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var what: String
    var edit: @Sendable (inout ApprovalManifest) -> Void
    /// What the difference says; nil where the commands on known devices are the same.
    var word: String?
    var joined: [String] = []
    var left: [String] = []
    var testDescription: String { what }
  }

  static let cases: [Case] = [
    Case(what: "job", edit: { $0.job = "x" }, word: "name or network"),
    Case(what: "network", edit: { $0.network = "x" }, word: "name or network"),
    Case(what: "revision", edit: { $0.revision = 4 }, word: "revision 3 became 4"),
    Case(what: "type", edit: { $0.definition.type = .backup }, word: "definition changed"),
    Case(what: "comment", edit: { $0.definition.comment = "" }, word: "definition changed"),
    Case(what: "targets", edit: { $0.definition.targets = .allDevices }, word: "definition changed"),
    Case(what: "order of the list", edit: { $0.definition.targets = .devices(["r1", "r2"]) }, word: "definition changed"),
    Case(what: "tool", edit: { $0.definition.tool = "y" }, word: "definition changed"),
    Case(what: "parameter", edit: { $0.definition.parameters["a"] = "1" }, word: "definition changed"),
    Case(what: "sealed parameter", edit: { $0.definition.sealedParameters = [:] }, word: "definition changed"),
    Case(what: "value of a device", edit: { $0.definition.values["r1"] = ["k": "w"] }, word: "definition changed"),
    Case(what: "option", edit: { $0.definition.options.save = false }, word: "definition changed"),
    Case(what: "tool source", edit: { $0.toolSource += "#" }, word: "definition of the tool"),
    Case(what: "platform", edit: { $0.platformDigests["frr"] = "ab" }, word: "platform 'frr'"),
    Case(what: "secret", edit: { $0.secretDigests["secret"] = "cd" }, word: "secret parameter"),
    Case(what: "trigger's name", edit: { $0.triggers[0].name = "x" }, word: "triggers"),
    Case(what: "trigger's kind", edit: { $0.triggers[0].kind = "x" }, word: "triggers"),
    Case(what: "trigger's schedule", edit: { $0.triggers[0].schedule = "x" }, word: "triggers"),
    Case(what: "trigger's zone", edit: { $0.triggers[0].timezone = "UTC" }, word: "triggers"),
    Case(what: "trigger's filters", edit: { $0.triggers[0].filters = [] }, word: "triggers"),
    Case(what: "trigger's state", edit: { $0.triggers[0].enabled = false }, word: "triggers"),
    Case(what: "no trigger", edit: { $0.triggers = [] }, word: "triggers"),
    Case(what: "filter", edit: { $0.filters["f"] = [] }, word: "schedule filter"),
    Case(what: "address", edit: { $0.devices[1].address = "192.0.2.9" }, word: "'r2' has another address"),
    Case(what: "port", edit: { $0.devices[1].port = 23 }, word: "'r2' has another address"),
    Case(what: "device's platform", edit: { $0.devices[1].platform = "linux" }, word: "'r2' has another address"),
    Case(what: "commands", edit: { $0.devices[0].commands = ["a"] }, word: "commands for device 'r1'"),
    Case(what: "order of commands", edit: { $0.devices[0].commands = ["b", "a"] }, word: "commands for device 'r1'"),
    Case(
      what: "device joined",
      edit: {
        $0.devices.append(ApprovalManifest.Device(name: "r3", address: "192.0.2.3", port: 22, platform: "ios", commands: []))
      }, joined: ["r3"]),
    Case(what: "device left", edit: { $0.devices.removeFirst() }, left: ["r1"]),
    Case(what: "platform of a joined device", edit: { $0.platformDigests["ios"] = "dd" }),
  ]

  @Test(arguments: cases) func everyIngredientCounts(_ item: Case) throws {
    let approved = try Self.manifest()
    var now = approved
    item.edit(&now)
    #expect(try now.digest() != approved.digest())
    let difference = now.compared(to: approved)
    if let word = item.word {
      #expect(difference.changes.count == 1)
      #expect(difference.changes.first?.contains(word) == true, "\(difference.changes)")
    } else {
      #expect(difference.changes.isEmpty)
    }
    #expect(difference.joined == item.joined)
    #expect(difference.left == item.left)
  }

  @Test func theSameIsTheSame() throws {
    let manifest = try Self.manifest()
    let difference = manifest.compared(to: manifest)
    #expect(difference.changes.isEmpty && difference.joined.isEmpty && difference.left.isEmpty)
    let stored = try CanonicalJSON.value(ApprovalManifest.self, from: try CanonicalJSON.text(manifest))
    #expect(stored == manifest)
    #expect(try stored.digest() == manifest.digest())
  }

  /// An approval that was given must still hold after an update of the program: the digest of a known manifest is frozen.
  @Test func theDigestIsFrozen() throws {
    let digest = try Self.manifest().digest()
    #expect(digest == "SHA256:9dbd6c1c5477ed394e3b2601b2079a228841303b6e9dab44b57b84fd1e336023")
  }
}
