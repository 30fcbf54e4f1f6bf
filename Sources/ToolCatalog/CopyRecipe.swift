import Definitions

/// How files get to the devices of a platform, for tools that are `push-file`.
package enum CopyProtocol: String, Sendable, CaseIterable {
  case sftp, scp
}

/// The hashes that devices compute of their files.
package enum FileHash: String, Sendable, CaseIterable {
  case md5, sha1, sha256, sha512

  /// How many hexadecimal digits it has.
  package var digitCount: Int {
    switch self {
    case .md5: 32
    case .sha1: 40
    case .sha256: 64
    case .sha512: 128
    }
  }

  /// The hashes in what a device prints, in lower case: runs of hexadecimal digits of the right length.
  package func values(in output: String) -> [String] {
    output.lowercased().split { !$0.isASCII || !$0.isHexDigit }.filter { $0.utf8.count == digitCount }.map(String.init)
  }
}

/// The templates of a platform's `copy`. Beside the tool's parameters they see `path` (a file on the device), `folder` (the part of
/// the destination before its last `/` or `:`, that one included; `.` where there is none), `temporary` and `destination`.
struct CopyRecipe: Sendable {
  struct Question: Sendable {
    let mode: ToolMode
    let command: CommandTemplate
  }

  let protocols: [CopyProtocol]
  let hash: FileHash?
  let checksum: Question?
  let space: Question?
  /// Its first group is a number of units.
  let spacePattern: Pattern?
  let spaceUnit: Int
  let rename: Question?
  let remove: Question?

  static let names = ["path", "folder", "temporary"]

  var parameterNames: Set<String> {
    Set([checksum, space, rename, remove].compactMap { $0 }.flatMap(\.command.parameterNames))
  }

  init(_ node: YAMLNode, _ parameters: [ToolParameter]) throws(DefinitionError) {
    let fields = try node.mapping(["protocols", "checksum", "space", "rename", "remove"])
    let parameters = parameters + Self.names.map { ToolParameter($0, .string, isRequired: true, help: "of the file") }
    var protocols: [CopyProtocol] = []
    for item in try fields.required("protocols").list() {
      let one = try item.choice(of: CopyProtocol.self)
      guard !protocols.contains(one) else { throw item.error(.badValue, "'\(one.rawValue)' is there twice") }
      protocols.append(one)
    }
    self.protocols = protocols
    if let checksumNode = fields["checksum"] {
      let checksum = try checksumNode.mapping(["hash", "command", "mode"])
      hash = try checksum.required("hash").choice(of: FileHash.self)
      self.checksum = try Self.question(checksum, parameters)
    } else {
      hash = nil
      checksum = nil
    }
    if let spaceNode = fields["space"] {
      let space = try spaceNode.mapping(["command", "mode", "pattern", "unit"])
      let patternNode = try space.required("pattern")
      let pattern = try patternNode.pattern()
      guard pattern.groupCount >= 1 else { throw patternNode.error(.badPattern, "has no group for the number") }
      spacePattern = pattern
      spaceUnit = try space["unit"]?.int(in: 1...1_048_576) ?? 1
      self.space = try Self.question(space, parameters)
    } else {
      space = nil
      spacePattern = nil
      spaceUnit = 1
    }
    rename = try fields["rename"].map { node throws(DefinitionError) in
      try Self.question(node.mapping(["command", "mode"]), parameters)
    }
    remove = try fields["remove"].map { node throws(DefinitionError) in
      try Self.question(node.mapping(["command", "mode"]), parameters)
    }
    if rename != nil, remove == nil { throw node.error(.badValue, "'rename' needs 'remove', for what is not to be renamed") }
  }

  private static func question(
    _ fields: YAMLMapping, _ parameters: [ToolParameter]
  ) throws(DefinitionError) -> Question {
    Question(mode: try mode(fields), command: try CommandTemplate(fields.required("command"), parameters))
  }

  /// The mode of a command that is no line of a configuration.
  static func mode(_ fields: YAMLMapping) throws(DefinitionError) -> ToolMode {
    let node = try fields.required("mode")
    let mode = try node.choice(of: ToolMode.self)
    guard [.any, .exec, .enable].contains(mode) else { throw node.error(.badValue, "must be any, exec or enable") }
    return mode
  }

  /// The commands for one device.
  /// - Parameter values: those of the tool's parameters, with `destination` among them.
  func rendered(
    _ values: [String: ToolValue], facts: [String: String]
  ) throws(ToolError) -> RenderedCopy? {
    guard let destination = values["destination"]?.text else { return nil }
    let tail = values["sha256"].map { String($0.text.prefix(12)) } ?? "part"
    let temporary = "\(destination).netjob-\(tail)"
    let folder = destination.lastIndex { $0 == "/" || $0 == ":" }.map { String(destination[...$0]) } ?? "."
    func command(_ question: Question?, path: String) throws(ToolError) -> RenderedCopy.Command? {
      guard let question else { return nil }
      let values = values.merging(["path": .text(path), "folder": .text(folder), "temporary": .text(temporary)]) { $1 }
      let lines = try question.command.lines(values, facts: facts)
      guard lines.count == 1 else { throw ToolError(.badRendering, "each command of 'copy' is one line") }
      return RenderedCopy.Command(text: lines[0], mode: question.mode)
    }
    // What scp writes has its name from the start where the platform cannot rename it.
    let usesTemporary = protocols.contains(.sftp) || rename != nil
    return RenderedCopy(
      protocols: protocols, destination: destination, temporary: temporary, folder: folder, hash: hash,
      checksumOfDestination: try command(checksum, path: destination),
      checksumOfTemporary: usesTemporary ? try command(checksum, path: temporary) : nil,
      space: try command(space, path: destination),
      spacePattern: spacePattern, spaceUnit: spaceUnit, rename: try command(rename, path: temporary),
      remove: try command(remove, path: temporary))
  }
}

/// How a file gets to one device.
package struct RenderedCopy: Sendable {
  package struct Command: Sendable, Equatable {
    package let text: String
    package let mode: ToolMode
  }

  package let protocols: [CopyProtocol]
  package let destination: String
  /// Where it lies while it is not whole.
  package let temporary: String
  package let folder: String
  package let hash: FileHash?
  package let checksumOfDestination: Command?
  package let checksumOfTemporary: Command?
  package let space: Command?
  let spacePattern: Pattern?
  let spaceUnit: Int
  /// Makes the temporary file the destination; nil where no command can.
  package let rename: Command?
  package let remove: Command?

  /// Everything that may be typed, in order.
  package var commands: [Command] {
    [checksumOfDestination, space, checksumOfTemporary, rename, remove].compactMap { $0 }
  }

  /// The free bytes that the answer to `space` tells of; nil where it does not.
  package func freeByteCount(in output: String) -> UInt64? {
    guard let spacePattern else { return nil }
    for line in TextLines.split(output) {
      if let text = spacePattern.text(ofGroup: 1, in: line), let number = UInt64(text) {
        let product = number.multipliedReportingOverflow(by: UInt64(spaceUnit))
        return product.overflow ? .max : product.partialValue
      }
    }
    return nil
  }
}
