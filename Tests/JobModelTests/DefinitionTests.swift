import JobModel
import Testing

@Suite struct DefinitionTests {
  static func full() throws -> JobDefinition {
    var options = ExecutionOptions()
    options.concurrency = 4
    options.batch = [.count(1), .percent(20)]
    options.maxFailures = .percent(0)
    options.timeout = 90
    options.retries = 2
    options.overlap = .queue
    options.missed = .runOnce
    options.grace = 60
    options.backupAfter = true
    options.save = true
    return JobDefinition(
      type: .tool, comment: "a \"comment\"\nüber /x", targets: .devices(["r2", "r1"]), tool: "static-route-add",
      parameters: ["prefix": "192.0.2.0/24", "a": ""], sealedParameters: ["secret": "AAAA"], values: ["r1": ["k": "v"]],
      options: options)
  }

  static let targetTexts: [(TargetSpecification, String)] = [
    (.allDevices, #"{"kind":"all-devices"}"#),
    (.search("tag:core OR name:\"x\""), #"{"kind":"search","search":"tag:core OR name:\"x\""}"#),
    (.devices(["b", "a"]), #"{"devices":["b","a"],"kind":"static-list"}"#),
    (.devices([]), #"{"devices":[],"kind":"static-list"}"#),
  ]

  @Test(arguments: targetTexts) func targetsComeBackEqual(_ value: TargetSpecification, text: String) throws {
    #expect(try CanonicalJSON.text(value) == text)
    #expect(try CanonicalJSON.value(TargetSpecification.self, from: text) == value)
  }

  @Test(arguments: [
    #"{"kind":"everything"}"#, #"{"kind":"search"}"#, #"{"kind":"static-list"}"#, #"{"kind":"static-list","devices":"r1"}"#, "{}",
    #"{"kind":5}"#, "[]", "", #"{"kind":"All-Devices"}"#,
  ])
  func unknownTargetsAreRefused(_ text: String) {
    #expect(throws: DecodingError.self) { try CanonicalJSON.value(TargetSpecification.self, from: text) }
  }

  @Test func definitionsComeBackEqual() throws {
    for definition in [try Self.full(), JobDefinition(type: .backup, targets: .allDevices)] {
      #expect(try CanonicalJSON.value(JobDefinition.self, from: try CanonicalJSON.text(definition)) == definition)
    }
  }

  @Test(arguments: [
    ("\"type\":\"tool\"", "\"type\":\"shell\""), ("\"overlap\":\"queue\"", "\"overlap\":\"both\""),
    ("\"missed\":\"run-once\"", "\"missed\":\"later\""), ("\"20%\"", "\"200%\""), ("\"static-list\"", "\"list\""),
  ])
  func unknownWordsAreRefused(_ known: String, _ unknown: String) throws {
    let text = try CanonicalJSON.text(try Self.full())
    #expect(text.contains(known))
    #expect(throws: (any Error).self) {
      try CanonicalJSON.value(JobDefinition.self, from: text.replacing(known, with: unknown))
    }
  }

  @Test func defaultsDependOnWhetherDevicesAreChanged() {
    var options = ExecutionOptions()
    #expect(options.missedPolicy(changesDevices: true) == .skip)
    #expect(options.missedPolicy(changesDevices: false) == .runOnce)
    #expect(options.graceSeconds(changesDevices: true) == 300)
    #expect(options.graceSeconds(changesDevices: false) == 3600)
    options.missed = .runOnce
    options.grace = 7
    #expect(options.missedPolicy(changesDevices: true) == .runOnce)
    #expect(options.graceSeconds(changesDevices: true) == 7)
  }

  @Test func statuses() {
    #expect(ExecutionStatus.allCases.filter(\.isActive) == [.pending, .running])
    #expect(DeviceStatus.allCases.filter(\.isActive) == [.pending, .running])
    #expect(DeviceStatus.allCases.filter(\.isFailure) == [.failed, .interrupted, .inDoubt])
  }
}
