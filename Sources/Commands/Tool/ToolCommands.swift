package import Arguments
private import Definitions
private import JobModel
private import JobRunner
private import Storage
private import Terminal
private import ToolCatalog

/// `netjob tool`: what jobs of the type tool can do to devices, as data.
package enum ToolCommands {
  package static let group = CommandGroup(
    "tool", section: Sections.jobs, summary: "what jobs can do to devices",
    discussion: """
      A tool is a YAML file with parameters and, for each platform, the commands that they make. Your own are NAME.yaml in the \
      folder 'tools' beside the database; they go before netjob's own of the same name.

      A tool can be limited to roles: who holds none of them for the network of a job neither makes nor runs jobs of that tool, \
      by hand or through a trigger, whatever else they may do. Administrators are not held back by it.
      """,
    defaultVerb: "list")

  package static let list: [Command] = [listAll, show, check, limit, unlimit]

  static let name = Operand<String>("NAME", help: "the tool's name", completion: .dynamic("tool"))
  private static let file = Operand<String>("FILE", help: "the YAML file; - is standard input", completion: .file)
  private static let yaml = Flag("yaml", help: "print its file, to begin one of your own with")

  private static let columns = Listing<(tool: Tool, file: String)>(
    [
      .init("name"), .init("changesDevices"), .init("title"), .init("platforms", priority: 2),
      .init("file", title: "FROM", priority: 1) { row, _ in .text(DefinitionOrigin.text(row.file)) }, .init("limitedTo"),
    ], more: ["example", "parameters"])

  static let listAll = Command(
    ["tool", "list"], summary: "list the tools", needs: [.permission(.view)], parameters: columns.parameters,
    examples: [Example("netjob tool list", "list the tools that a job can run")]
  ) { context, arguments in
    let library = context.catalogs.tools
    let tools = try library.names().map { try (tool: library.tool(named: $0), file: library.source(of: $0).file) }
    let limits = try context.store.read { try ToolLimitQueries.all($0) }
    columns.show(tools, context, arguments) { document($0.tool, file: $0.file, limits: limits[$0.tool.name] ?? []) }
    return .done
  }

  static let show = Command(
    ["tool", "show"], summary: "show a tool and its parameters, or its file", needs: [.permission(.view)],
    parameters: [name, yaml],
    examples: [
      Example("netjob tool show static-route-add", "show what the tool asks for"),
      Example("netjob tool show command-runner --yaml > mine.yaml", "begin a tool of your own"),
    ],
    seeAlso: ["tool check", "tool limit", "job create"]
  ) { context, arguments in
    let tool = try context.catalogs.tools.tool(named: arguments[name])
    let file = try context.catalogs.tools.source(of: arguments[name]).file
    if arguments[yaml] && !context.isJSON {
      context.output.write(bytes: tool.source)
      return .done
    }
    let limits = try context.store.read { try ToolLimitQueries.roles($0, of: tool.name) }
    context.show(document(tool, file: file, limits: limits)) {
      var block = FieldBlock()
      block.add("Name", key: "name", .text(tool.name))
      block.add("Title", key: "title", .text(tool.title))
      block.add("Changes devices", key: "changesDevices", .bool(tool.changesDevices))
      block.add("Platforms", key: "platforms", .list(tool.platforms))
      block.add("From", key: "file", .text(DefinitionOrigin.text(file)))
      block.add("Limited to", key: "limitedTo", .list(limits))
      block.write(to: context.output)
      var table = Table(columns: [
        .init("PARAMETER"), .init("TYPE"), .init("REQUIRED"), .init("DEFAULT", priority: 2), .init("MEANING", priority: 1),
      ])
      for parameter in tool.parameters {
        table.append([
          .text(parameter.name), .text(type(parameter)), .bool(parameter.isRequired), .optional(parameter.defaultValue?.text),
          .text(parameter.help),
        ])
      }
      if context.output.isTerminal { context.output.writeLine() }
      table.write(to: context.output)
      if context.output.isTerminal { context.output.writeLine() }
      context.output.writeLine(escapeControls(ToolExample(tool: tool).text))
    }
    return .done
  }

  static let check = Command(
    ["tool", "check"], summary: "check a tool file", needs: [], parameters: [file],
    examples: [Example("netjob tool check mine.yaml", "see whether netjob understands the file")],
    exitCodes: [ExitCode(2, "the file is wrong; the message says in which line")], seeAlso: ["tool show"]
  ) { context, arguments in
    let text = try context.text(ofFile: arguments[file], as: "tool file")
    let tool = try Tool(yaml: Array(text.utf8), file: DefinitionOrigin.place(arguments[file]))
    context.show(document(tool, file: arguments[file])) {
      context.note("tool '\(tool.name)' is understood")
      DefinitionOrigin.warnOfName(tool.name, path: arguments[file], context)
    }
    return .done
  }

  /// The type with what narrows it: `integer 1-255`, `enum on|off`.
  private static func type(_ parameter: ToolParameter) -> String {
    var text = parameter.kind.rawValue
    if let elements = parameter.elements { text += " of \(elements.rawValue)" }
    if !parameter.choices.isEmpty { text += " " + parameter.choices.joined(separator: "|") }
    if parameter.minimum != nil || parameter.maximum != nil {
      text += " \(parameter.minimum.map(String.init) ?? "")-\(parameter.maximum.map(String.init) ?? "")"
    }
    return text
  }

  /// - Parameter limits: the roles that it is limited to; none for a file that is no tool of this netjob yet.
  private static func document(_ tool: Tool, file: String, limits: [String] = []) -> JSONValue {
    [
      "name": .string(tool.name), "title": .string(tool.title), "changesDevices": .bool(tool.changesDevices),
      "platforms": .strings(tool.platforms), "file": .optional(DefinitionOrigin.own(file)),
      "limitedTo": .strings(limits), "example": .string(ToolExample(tool: tool).text),
      "parameters": .array(
        tool.parameters.map { parameter in
          [
            "name": .string(parameter.name), "type": .string(parameter.kind.rawValue), "required": .bool(parameter.isRequired),
            "default": .optional(parameter.defaultValue?.text), "help": .string(parameter.help),
            "choices": .strings(parameter.choices), "minimum": .optional(parameter.minimum) { .int($0) },
            "maximum": .optional(parameter.maximum) { .int($0) },
          ]
        }),
    ]
  }
}
