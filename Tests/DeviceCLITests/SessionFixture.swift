import Definitions
import DeviceCLI
import Foundation
import Testing
import Transports

/// A recorded session and what netjob makes of it: `Fixtures/PLATFORM/NAME.yaml`.
struct SessionFixture: CustomTestStringConvertible, Sendable {
  enum Step: Sendable {
    case open(PlatformMode, hostname: String?)
    case enter(PlatformMode)
    case run(String, output: String?, refusal: String?)
    case inventory([String: String])
    case configuration(ConfigurationKind, output: String?, begins: String, ends: String, fails: String?)
    case configure(Change)
    case neighbors([[String: String]])
    case save
    case close
  }

  struct Change: Sendable {
    let lines: [String]
    let applied: Int
    let refused: String?
    let message: String?
    let difference: String?
    /// What is read while the change is in force for a time.
    let reads: String?
    /// Whether it is then found not to be good, and taken back.
    let isCancelled: Bool
  }

  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

  static let all: [SessionFixture] = {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().flatMap { platform in
        try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: platform).path).sorted()
          .filter { $0 != NeighborTests.file }.map { try SessionFixture(platform: platform, file: $0) }
      }
    } catch {
      preconditionFailure("\(error)")
    }
  }()

  let platform: String
  let name: String
  let covers: [String]
  let secrets: SessionSecrets
  let script: [ReplayScript.Step]
  let steps: [Step]

  var testDescription: String { "\(platform)/\(name)" }

  private init(platform: String, file: String) throws {
    let path = Self.folder.appending(path: platform).appending(path: file).path
    try self.init(platform: platform, file: file, bytes: try DefinitionFolder.contents(ofFile: path))
  }

  init(platform: String, file: String, bytes: [UInt8]) throws {
    let root = try YAMLNode.parse(bytes, file: file)
      .mapping(["covers", "enable-secret", "do", "script"])
    self.platform = platform
    name = file
    covers = try root.required("covers").lines()
    secrets = SessionSecrets(enable: try root["enable-secret"]?.string())
    script = try root.required("script").list().map(Self.scriptStep)
    steps = try root.required("do").list().map(Self.step)
  }

  private static func scriptStep(_ node: YAMLNode) throws -> ReplayScript.Step {
    if (try? node.string()) == "pause" { return .pause }
    let fields = try node.mapping(["send", "expect"])
    if let text = fields["expect"] { return .expect(try text.string()) }
    let send = try fields.required("send")
    if let lines = try? send.list() { return .send(try lines.map { try $0.string() }.joined()) }
    return .send(try send.string())
  }

  private static func step(_ node: YAMLNode) throws -> Step {
    switch try? node.string() {
    case "save": return .save
    case "close": return .close
    default: break
    }
    let fields = try node.mapping([
      "open", "hostname", "enter", "run", "output", "refusal", "inventory", "configuration", "begins", "ends", "configure",
      "applied", "refused", "message", "difference", "reads", "cancelled", "fails", "neighbors",
    ])
    if let mode = fields["open"] {
      return .open(try mode.choice(of: PlatformMode.self), hostname: try fields["hostname"]?.string())
    }
    if let mode = fields["enter"] { return .enter(try mode.choice(of: PlatformMode.self)) }
    if let command = fields["run"] {
      return .run(try command.string(), output: try fields["output"]?.string(), refusal: try fields["refusal"]?.string())
    }
    if let facts = fields["inventory"] {
      return .inventory(Dictionary(uniqueKeysWithValues: try facts.entries().map { ($0.key, try $0.value.scalarText()) }))
    }
    if let kind = fields["configuration"] {
      return .configuration(
        try kind.choice(of: ConfigurationKind.self), output: try fields["output"]?.string(),
        begins: try fields["begins"]?.string() ?? "", ends: try fields["ends"]?.string() ?? "",
        fails: try fields["fails"]?.string())
    }
    if let neighbors = fields["neighbors"] {
      return .neighbors(
        try neighbors.list().map { neighbor in
          Dictionary(uniqueKeysWithValues: try neighbor.entries().map { ($0.key, try $0.value.scalarText()) })
        })
    }
    return .configure(
      Change(
        lines: try fields.required("configure").list().map { try $0.string() },
        applied: try fields.required("applied").int(in: 0...99), refused: try fields["refused"]?.string(),
        message: try fields["message"]?.string(), difference: try fields["difference"]?.string(),
        reads: try fields["reads"]?.string(), isCancelled: try fields["cancelled"]?.bool() ?? false))
  }

  /// The number of bytes that the device sends in all.
  var sentByteCount: Int {
    script.reduce(0) { count, step in if case .send(let bytes) = step { count + bytes.count } else { count } }
  }

  /// Plays the session with reads as `delivery` says, and holds every step to its expectation.
  func replay(_ delivery: ReplayScript.Delivery) async throws {
    let channel = ReplayChannel(ReplayScript(script, ending: .endOfFile, delivery: delivery))
    let rules = try PlatformCatalog().platform(named: platform)
    var session: DeviceSession?
    var options = SessionOptions()
    options.configurationSession = { "netjob-0" }
    for step in steps {
      if case .open(let mode, let hostname) = step {
        let opened = try await DeviceSession.open(channel, platform: rules, secrets: secrets, options: options)
        #expect(await opened.mode == mode)
        if let hostname { #expect(await opened.hostname == hostname) }
        session = opened
        continue
      }
      try await check(step, try #require(session))
    }
    try channel.checkFinished()
  }

  private func check(_ step: Step, _ session: DeviceSession) async throws {
    switch step {
    case .open: break
    case .enter(let mode):
      try await session.enter(mode)
      #expect(await session.mode == mode)
    case .run(let command, let output, let refusal):
      let result = try await session.run(command)
      if let output { #expect(result.output == output) }
      #expect(result.refusal == refusal)
    case .inventory(let facts):
      let found = try await session.inventory()
      #expect(Dictionary(uniqueKeysWithValues: found.map { ($0.key.rawValue, $0.value) }) == facts)
    case .configuration(let kind, _, _, _, let fails?):
      let error = await #expect(throws: DeviceError.self) { try await session.configuration(kind) }
      #expect(error?.code.rawValue == fails)
    case .configuration(let kind, let output, let begins, let ends, nil):
      let text = try await session.configuration(kind)
      if let output { #expect(text == output) }
      #expect(text.hasPrefix(begins) && text.hasSuffix(ends), "\(text)")
    case .configure(let change):
      let mode = await session.mode
      let result = try await session.configure(
        change.lines,
        isGood: {
          if let command = change.reads {
            let read = try await session.read(command)
            #expect(read.refusal == nil)
          }
          return !change.isCancelled
        })
      #expect(result.applied == Array(change.lines.prefix(change.applied)))
      #expect(result.refused?.line == change.refused)
      #expect(result.refused?.deviceMessage == change.message)
      if let difference = change.difference { #expect(result.difference == difference) }
      #expect(result.takenBack == (change.isCancelled ? .done : nil))
      #expect(await session.mode == mode)
    case .neighbors(let neighbors):
      let found = try await session.neighbors()
      #expect(found.map { ["protocol": $0.via.rawValue].merging($0.fields.map { ($0.rawValue, $1) }) { $1 } } == neighbors)
    case .save: try await session.save()
    case .close: await session.close()
    }
  }
}
