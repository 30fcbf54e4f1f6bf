package import Arguments
private import Definitions
private import DeviceCLI
private import JobModel
private import JobRunner
private import Storage
private import Terminal

/// `netjob platform`: the kinds of command line that netjob can talk to, as data.
package enum PlatformCommands {
  package static let group = CommandGroup(
    "platform", section: Sections.devices, summary: "the kinds of command line that devices have",
    discussion: """
      A platform is a YAML file that says what prompts look like, how to turn paging off, how to read the configuration and \
      so on. Your own are NAME.yaml in the folder 'platforms' beside the database; they go before netjob's own of the same name.
      """,
    defaultVerb: "list")

  package static let list: [Command] = [listAll, show, check]

  private static let name = Operand<String>("NAME", help: "the platform's name", completion: .dynamic("platform"))
  private static let file = Operand<String>("FILE", help: "the YAML file; - is standard input", completion: .file)
  private static let yaml = Flag("yaml", help: "print its file, to begin one of your own with")

  private static let columns = Listing<(platform: Platform, file: String)>(
    [
      .init("name"), .init("title"), .init("vendor", priority: 2),
      .init("file", title: "FROM", priority: 1) { row, context in
        .text(origin(of: row.platform.name, row.file, context.catalogs.platforms))
      },
    ],
    more: [
      "overrides", "modes", "runningCommand", "startupCommand", "changeMethod", "commitConfirmed", "saveCommand",
      "keepsChanges", "inventoryCommands", "neighborProtocols", "legacy",
    ])

  static let listAll = Command(
    ["platform", "list"], summary: "list the platforms", needs: [.permission(.view)], parameters: columns.parameters,
    examples: [Example("netjob platform list", "list the platforms that a device can have")]
  ) { context, arguments in
    let catalog = context.catalogs.platforms
    // One wrong file does not hide the others.
    let platforms = try catalog.names().compactMap { name in
      do throws(DefinitionError) {
        return try (platform: catalog.platform(named: name), file: catalog.source(of: name).file)
      } catch {
        context.warn("platform '\(name)' is left out: \(error)")
        return nil
      }
    }
    columns.show(platforms, context, arguments) { document($0.platform, file: $0.file, catalog) }
    return .done
  }

  static let show = Command(
    ["platform", "show"], summary: "show what a platform can do, or its file", needs: [.permission(.view)],
    parameters: [name, yaml],
    examples: [
      Example("netjob platform show frr", "show what is known of the platform 'frr'"),
      Example("netjob platform show linux --yaml > mine.yaml", "begin a platform of your own"),
    ],
    seeAlso: ["platform check"]
  ) { context, arguments in
    let platform = try context.catalogs.platforms.platform(named: arguments[name])
    let (bytes, file) = try context.catalogs.platforms.source(of: arguments[name])
    if arguments[yaml] && !context.isJSON {
      context.output.write(bytes: bytes)
      return .done
    }
    let catalog = context.catalogs.platforms
    context.show(document(platform, file: file, catalog)) {
      var block = FieldBlock()
      block.add("Name", key: "name", .text(platform.name))
      block.add("Title", key: "title", .text(platform.title))
      block.add("Vendor", key: "vendor", .text(platform.vendor))
      block.add("From", key: "file", .text(origin(of: platform.name, file, catalog)))
      block.add("Modes", key: "modes", .list(platform.modes.keys.sorted().map(\.rawValue)))
      block.add("Running configuration", key: "runningCommand", .optional(platform.running?.command))
      block.add("Startup configuration", key: "startupCommand", .optional(platform.startup?.command))
      block.add("Changes", key: "changeMethod", .optional(platform.change?.method.rawValue))
      block.add("Commit for a time", key: "commitConfirmed", .bool(platform.change?.candidate?.trial != nil))
      block.add("Saved by", key: "saveCommand", .optional(platform.save?.command))
      block.add("Keeps changes", key: "keepsChanges", .bool(platform.keepsChanges))
      block.add("Inventory", key: "inventoryCommands", .list(platform.inventory.map(\.command)))
      block.add("Neighbors", key: "neighborProtocols", .list(neighborProtocols(platform)))
      block.add("Old algorithms", key: "legacy", .bool(platform.allowsLegacyAlgorithms))
      block.write(to: context.output)
    }
    return .done
  }

  static let check = Command(
    ["platform", "check"], summary: "check a platform file", needs: [], parameters: [file],
    examples: [Example("netjob platform check mine.yaml", "see whether netjob understands the file")],
    exitCodes: [ExitCode(2, "the file is wrong; the message says in which line")], seeAlso: ["platform show"]
  ) { context, arguments in
    let text = try context.text(ofFile: arguments[file], as: "platform file")
    let platform = try Platform(yaml: Array(text.utf8), file: DefinitionOrigin.place(arguments[file]))
    context.show(document(platform, file: arguments[file], nil)) {
      context.note("platform '\(platform.name)' is understood")
      DefinitionOrigin.warnOfName(platform.name, path: arguments[file], context)
    }
    return .done
  }

  /// For tables; a file of the user's may stand before one within the program.
  private static func origin(of name: String, _ file: String, _ catalog: PlatformCatalog) -> String {
    let text = DefinitionOrigin.text(file)
    return DefinitionOrigin.own(file) != nil && catalog.isEmbedded(name) ? text + " (instead of netjob's own)" : text
  }

  private static func neighborProtocols(_ platform: Platform) -> [String] {
    var names: [String] = []
    for command in platform.neighbors where !names.contains(command.via.rawValue) { names.append(command.via.rawValue) }
    return names
  }

  private static func document(_ platform: Platform, file: String, _ catalog: PlatformCatalog?) -> JSONValue {
    [
      "name": .string(platform.name), "title": .string(platform.title), "vendor": .string(platform.vendor),
      "file": .optional(DefinitionOrigin.own(file)),
      "overrides": .bool(DefinitionOrigin.own(file) != nil && catalog?.isEmbedded(platform.name) ?? false),
      "modes": .strings(platform.modes.keys.sorted().map(\.rawValue)),
      "runningCommand": .optional(platform.running?.command), "startupCommand": .optional(platform.startup?.command),
      "changeMethod": .optional(platform.change?.method.rawValue),
      "commitConfirmed": .bool(platform.change?.candidate?.trial != nil),
      "saveCommand": .optional(platform.save?.command),
      "keepsChanges": .bool(platform.keepsChanges), "inventoryCommands": .strings(platform.inventory.map(\.command)),
      "neighborProtocols": .strings(neighborProtocols(platform)),
      "legacy": .bool(platform.allowsLegacyAlgorithms),
    ]
  }
}
