import Definitions

extension ToolParameter {
  init(_ node: YAMLNode) throws(DefinitionError) {
    let fields = try node.mapping([
      "name", "type", "required", "default", "pattern", "help", "min", "max", "values", "same-family-as", "items", "example",
    ])
    let nameNode = try fields.required("name")
    let name = try nameNode.identifier()
    guard name != "device", let first = name.utf8.first, (0x61...0x7A).contains(first) else {
      throw nameNode.error(.badValue, "a parameter's name begins with a letter, and is not 'device'")
    }
    let kind = try fields.required("type").choice(of: Kind.self)
    let choices = try fields["values"]?.lines() ?? []
    guard (kind == .choice) == !choices.isEmpty else {
      throw node.error(.badValue, "'values' belongs to the type enum, which needs some")
    }
    if let key = ["min", "max"].first(where: { fields[$0] != nil }), kind != .integer {
      throw node.error(.badValue, "'\(key)' belongs to the type integer")
    }
    let range = -1_000_000_000_000...1_000_000_000_000
    let minimum = try fields["min"]?.int(in: range)
    let maximum = try fields["max"]?.int(in: range)
    guard minimum ?? .min <= maximum ?? .max else { throw node.error(.badValue, "'min' is larger than 'max'") }
    var pattern: Pattern?
    if let patternNode = fields["pattern"] {
      // The whole value is meant, and a part of it must not be enough.
      var source = try patternNode.pattern().source
      let flag = source.hasPrefix("(?i)") ? "(?i)" : ""
      source.removeFirst(flag.count)
      do {
        pattern = try Pattern("\(flag)^(?:\(source))$")
      } catch {
        throw patternNode.error(.badPattern, error.message)
      }
    }
    var elements: Kind?
    if let itemsNode = fields["items"] {
      elements = try itemsNode.choice(of: Kind.self)
      guard kind == .list, let elements, [.ip, .cidr, .hostname, .interface].contains(elements) else {
        throw itemsNode.error(.badValue, "'items' belongs to the type list, and is ip, cidr, hostname or interface")
      }
    }
    let isRequired = try fields["required"]?.bool() ?? false
    var example: String?
    if let exampleNode = fields["example"] {
      guard kind != .secret else { throw exampleNode.error(.badValue, "a secret has no example") }
      example = try exampleNode.scalarText()
    }
    let plain = ToolParameter(
      name, kind, isRequired: isRequired, pattern: pattern, minimum: minimum, maximum: maximum, choices: choices,
      sameFamilyAs: try fields["same-family-as"]?.identifier(), elements: elements, example: example,
      help: try fields.required("help").line())
    if let example, let exampleNode = fields["example"], case .failure(let problem) = plain.value(of: example) {
      throw exampleNode.error(.badValue, problem.text)
    }
    guard let defaultNode = fields["default"] else {
      self = plain
      return
    }
    guard !isRequired else { throw defaultNode.error(.badValue, "a required parameter has no default") }
    guard kind != .secret else { throw defaultNode.error(.badValue, "a secret has no default") }
    switch plain.value(of: try defaultNode.scalarText()) {
    case .success(let value): self = plain.with(defaultValue: value)
    case .failure(let problem): throw defaultNode.error(.badValue, problem.text)
    }
  }

  private func with(defaultValue: ToolValue) -> ToolParameter {
    ToolParameter(
      name, kind, isRequired: isRequired, default: defaultValue, pattern: pattern, minimum: minimum, maximum: maximum,
      choices: choices, sameFamilyAs: sameFamilyAs, elements: elements, example: example, help: help)
  }
}
