package import Definitions

extension Tool {
  /// Decodes a tool file.
  /// - Parameter file: its name in messages.
  /// - Throws: whatever is wrong with it, with line, column and what is allowed there.
  package init(yaml bytes: [UInt8], file: String) throws(DefinitionError) {
    let root = try YAMLNode.parse(bytes, file: file).mapping([
      "name", "title", "changes-devices", "parameters", "platforms", "credential", "template", "revision", "built-in",
    ])
    name = try root.required("name").identifier()
    title = try root.required("title").line()
    let changesDevices = try root.required("changes-devices").bool()
    self.changesDevices = changesDevices
    let builtInNode = root["built-in"]
    let builtIn = try builtInNode?.choice(of: BuiltIn.self)
    self.builtIn = builtIn
    if let builtIn, builtIn.changesDevices != changesDevices {
      throw try root.required("changes-devices").error(.badValue, "'\(builtIn.rawValue)' is \(builtIn.changesDevices)")
    }
    var parameters: [ToolParameter] = []
    for node in try root.required("parameters").list() {
      let parameter = try ToolParameter(node)
      guard !parameters.contains(where: { $0.name == parameter.name }) else {
        throw node.error(.badValue, "the parameter '\(parameter.name)' is there twice")
      }
      if let other = parameter.sameFamilyAs {
        guard parameters.contains(where: { $0.name == other && [.ip, .cidr].contains($0.kind) }),
          [.ip, .cidr].contains(parameter.kind)
        else { throw node.error(.badValue, "'same-family-as' joins an ip or cidr to an earlier one") }
      }
      parameters.append(parameter)
    }
    self.parameters = parameters
    for wanted in builtIn?.parameters ?? [] {
      guard let builtInNode, !parameters.contains(where: { $0.name == wanted.name && $0.kind == wanted.kind }) else { continue }
      throw builtInNode.error(.badValue, "needs a parameter '\(wanted.name)' of type \(wanted.kind.rawValue)")
    }
    credential = try root["credential"].map { node throws(DefinitionError) in
      guard changesDevices else { throw node.error(.badValue, "a tool that changes nothing changes no credential") }
      return try CredentialRule(node, parameters)
    }
    templateParameter = try root["template"].map { node throws(DefinitionError) in
      let name = try node.identifier()
      guard parameters.contains(where: { $0.name == name && $0.kind == .list && $0.isRequired }) else {
        throw node.error(.badValue, "'\(name)' is no required parameter of type list")
      }
      return name
    }
    revisionParameter = try root["revision"].map { node throws(DefinitionError) in
      let name = try node.identifier()
      guard changesDevices, parameters.contains(where: { $0.name == name && $0.kind == .integer && $0.isRequired }) else {
        throw node.error(.badValue, "'\(name)' is no required parameter of type integer, of a tool that changes devices")
      }
      return name
    }
    if revisionParameter != nil {
      for name in StoredConfiguration.names {
        guard !parameters.contains(where: { $0.name == name }) else {
          throw try root.required("parameters").error(.badValue, "'\(name)' is what the stored configuration is called")
        }
        parameters.append(ToolParameter(name, .list, isRequired: true, help: "of the stored configuration"))
      }
      for name in UploadRecipe.names where parameters.contains(where: { $0.name == name }) {
        throw try root.required("parameters").error(.badValue, "'\(name)' is what the file of an 'upload' is called")
      }
    }
    let platformsNode = try root.required("platforms")
    var recipes: [String: Recipe] = [:]
    for entry in try platformsNode.entries() {
      let recipe = try Recipe(
        entry.value, parameters, changesDevices: changesDevices, builtIn, isRestoring: revisionParameter != nil)
      // One entry can serve several platforms: `cisco_ios cisco_xe`.
      for name in entry.key.split(separator: " ") {
        guard name.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }),
          recipes.updateValue(recipe, forKey: String(name)) == nil
        else { throw entry.value.error(.badValue, "'\(name)' is no platform's name, or there twice") }
      }
    }
    guard !recipes.isEmpty else { throw platformsNode.error(.badValue, "must name one platform at least, or 'any'") }
    self.recipes = recipes
    source = bytes
  }
}

extension Tool.CredentialRule {
  fileprivate init(_ node: YAMLNode, _ parameters: [ToolParameter]) throws(DefinitionError) {
    let fields = try node.mapping(["enable", "password", "user", "removes-user"])
    func parameter(_ key: String, _ kind: ToolParameter.Kind) throws(DefinitionError) -> String {
      let keyNode = try fields.required(key)
      let name = try keyNode.identifier()
      guard parameters.contains(where: { $0.name == name && $0.kind == kind && $0.isRequired }) else {
        throw keyNode.error(.badValue, "'\(name)' is no required parameter of type \(kind.rawValue)")
      }
      return name
    }
    let keys = Set(try node.entries().map(\.key))
    switch keys {
    case ["enable"]: kind = .enable(secret: try parameter("enable", .secret))
    case ["password", "user"]:
      kind = .password(secret: try parameter("password", .secret), user: try parameter("user", .string))
    case ["removes-user"]: kind = .removal(user: try parameter("removes-user", .string))
    default: throw node.error(.badValue, "must have 'enable', or 'password' and 'user', or 'removes-user'")
    }
  }
}

extension Tool.Recipe {
  fileprivate init(
    _ node: YAMLNode, _ parameters: [ToolParameter], changesDevices: Bool, _ builtIn: BuiltIn?, isRestoring: Bool
  ) throws(DefinitionError) {
    let keys = ["mode", "commands", "success", "errors", "verify", "undo", "timeout"] + (isRestoring ? ["upload"] : [])
    // Where nothing is typed nothing is answered, and nothing can be judged by answers.
    let fields = try node.mapping(
      builtIn == nil ? keys : ["mode", "commands"] + (builtIn == .pushFile ? ["copy", "timeout"] : []))
    let modeNode = try fields.required("mode")
    mode = try Self.mode(modeNode, parameters, changesDevices: changesDevices)
    guard mode.isLiteral ? (mode.source == ToolMode.local.rawValue) == (builtIn != nil) : builtIn == nil else {
      throw modeNode.error(.badValue, builtIn == nil ? "'local' is for tools with 'built-in'" : "must be 'local' with 'built-in'")
    }
    copy =
      builtIn == .pushFile
      ? try CopyRecipe(fields.required("copy"), parameters) : nil
    if let node = fields["upload"] {
      guard mode.isLiteral, mode.source != ToolMode.local.rawValue else {
        throw node.error(.badValue, "is for commands that are typed in a mode that is known")
      }
      upload = try UploadRecipe(node, parameters, isCandidate: mode.source == ToolMode.configure.rawValue)
    } else {
      upload = nil
    }
    let file = UploadRecipe.names.map { ToolParameter($0, .string, isRequired: true, help: "of the file") }
    commands = try CommandTemplate(fields.required("commands"), parameters + (upload == nil ? [] : file))
    success = try fields["success"]?.patterns() ?? []
    errors = try fields["errors"]?.patterns() ?? []
    if mode.isLiteral, mode.source == "configure", let node = fields["success"] ?? fields["errors"] {
      throw node.error(.badValue, "is for other modes: in 'configure' the platform says what a refused line is")
    }
    if let verifyNode = fields["verify"] {
      let verify = try verifyNode.mapping(["command", "mode", "contains", "lacks"])
      let contains = try Self.templates(verify["contains"], parameters)
      let lacks = try Self.templates(verify["lacks"], parameters)
      guard !contains.isEmpty || !lacks.isEmpty else { throw verifyNode.error(.badValue, "must have 'contains' or 'lacks'") }
      var mode: CommandTemplate?
      if let modeNode = verify["mode"] { mode = try Self.mode(modeNode, parameters, changesDevices: false) }
      self.verify = Tool.Verify(
        command: try CommandTemplate(verify.required("command"), parameters), mode: mode, contains: contains, lacks: lacks)
    } else {
      verify = nil
    }
    if let undoNode = fields["undo"] {
      guard changesDevices else { throw undoNode.error(.badValue, "a tool that changes nothing has nothing to undo") }
      undo = try CommandTemplate(undoNode, parameters)
    } else {
      undo = nil
    }
    if let timeoutNode = fields["timeout"] {
      timeout = .seconds(try timeoutNode.int(in: 1...3600))
    } else {
      timeout = nil
    }
  }

  private static func mode(
    _ node: YAMLNode, _ parameters: [ToolParameter], changesDevices: Bool
  ) throws(DefinitionError) -> CommandTemplate {
    let template = try CommandTemplate(node, parameters)
    let allowed = ToolMode.allCases.filter { changesDevices || $0 != .configure }.map(\.rawValue)
    guard template.isLiteral else { return template }
    guard allowed.contains(template.source) else {
      throw node.error(.badValue, "'\(template.source)' is none of \(allowed.joined(separator: ", "))")
    }
    return template
  }

  private static func templates(
    _ node: YAMLNode?, _ parameters: [ToolParameter]
  ) throws(DefinitionError) -> [CommandTemplate] {
    guard let node else { return [] }
    var templates: [CommandTemplate] = []
    for item in try node.list() { templates.append(try CommandTemplate(item, parameters)) }
    return templates
  }
}
