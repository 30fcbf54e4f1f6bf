internal import Arguments
internal import Definitions
internal import JobModel
internal import Storage
internal import Terminal

extension ConfigCommands {
  private static let regex = Operand<String>(
    "REGEX", help: "a regular expression, matched against each line: '^ip ssh', 'ntp server (10\\.|192\\.168\\.)'")
  private static let devices = RepeatedOption<String>(
    "device", valueName: "NAME", help: "only this device's; give it several times for several", completion: .dynamic("device"))
  private static let network = Option<String>(
    "network", valueName: "NAME", help: "only of the network's devices", completion: .dynamic("network"))
  private static let kind = Option<ConfigRevisionRecord.Kind>(
    "kind", valueName: "KIND", help: "only running or startup configurations; both where it is left out")
  private static let ignoreCase = Flag("ignore-case", short: "i", help: "take upper and lower case for the same")
  private static let withoutMatch = Flag("without-match", help: "list the configurations that have no line like it")
  private static let context = DefaultedOption<Int>(
    "context", valueName: "N", help: "show so many lines before and after each line found", default: 0,
    conversion: .integer(in: 0...100))

  /// A line that was found, or stands beside one.
  private struct Line {
    var revision: ConfigRevisionRecord
    var number: Int
    var text: String
    var isMatch: Bool
  }

  static let grep = Command(
    ["config", "grep"], summary: "search the newest configurations of all devices",
    discussion: """
      Looks through the newest configuration of each kind of every device that you may see. What is searched is what config show \
      shows you: secrets are ****** unless you may manage credentials, so that nobody can find one out by guessing. Nothing \
      found is no failure. Expressions are matched in linear time; they have no back-references.
      """,
    needs: [.permission(.view)], parameters: [regex, devices, network, kind, ignoreCase, context, withoutMatch],
    examples: [
      Example("netjob config grep 'ntp server'", "which time servers are configured where"),
      Example("netjob config grep -i --kind running --context 2 'permit any'", "with the lines around them"),
      Example("netjob config grep --without-match '^service password-encryption'", "which devices lack a line"),
    ],
    seeAlso: ["config show", "config list"]
  ) { context, arguments in
    let pattern = try pattern(arguments)
    let width = arguments[Self.context]
    var lines: [Line] = []
    var lacking: [ConfigRevisionRecord] = []
    let (revisions, mask) = try context.store.read { sql in
      (try chosen(sql, context, arguments), try ConfigurationMask(context, sql))
    }
    // A read of its own for each, so that a search through thousands holds up no checkpoint.
    for revision in revisions {
      let text = try context.store.read { sql in
        try mask.text(try Blobs.get(sql, revision.content), device: revision.deviceID, network: revision.networkID, in: sql)
      }
      let all = TextLines.all(text)
      let found = all.indices.filter { pattern.matches(all[$0]) }
      if found.isEmpty { lacking.append(revision) }
      if arguments[withoutMatch] { continue }
      var shown = 0
      for index in found {
        for near in max(shown, index - width)..<min(all.count, index + width + 1) {
          let isMatch = near == index || (near > index && pattern.matches(all[near]))
          lines.append(Line(revision: revision, number: near + 1, text: all[near], isMatch: isMatch))
        }
        shown = min(all.count, index + width + 1)
      }
    }
    if arguments[withoutMatch] {
      context.show(.array(lacking.map { .object(document($0, context)) })) {
        columns.write(lacking, context) { .object(document($0, context)) }
      }
    } else {
      context.show(.array(lines.map(document))) { table(lines, hasNeighbors: width > 0).write(to: context.output) }
    }
    return .done
  }

  private static func pattern(_ arguments: ParsedArguments) throws -> Pattern {
    let text = arguments[regex]
    do throws(DefinitionError) {
      return try Pattern((arguments[ignoreCase] && !text.hasPrefix("(?i)") ? "(?i)" : "") + text)
    } catch {
      throw ModelError(.invalid, "REGEX '\(TextRule.quoted(text))': \(error.description)", hint: error.hint)
    }
  }

  /// The newest revisions that are asked for and that the caller may see.
  private static func chosen(
    _ sql: any SQLConnection, _ context: Context, _ arguments: ParsedArguments
  ) throws -> [ConfigRevisionRecord] {
    let rights = try AccountQueries.rights(sql, of: context.caller.name)
    let networkID = try arguments[network].map { name in
      let network = try NetworkQueries.find(sql, name)
      try context.requireView(of: network.id, in: sql)
      return network.id
    }
    let kind = arguments[Self.kind]
    var revisions: [ConfigRevisionRecord]
    if arguments[devices].isEmpty {
      revisions = try ConfigQueries.newest(sql).filter { rights.allows(.view, network: $0.networkID) }
    } else {
      revisions = try arguments[devices].flatMap { name in
        let all = try Self.revisions(sql, of: name, context)
        return ConfigRevisionRecord.Kind.allCases.compactMap { kind in all.first { $0.kind == kind } }
      }
    }
    if let networkID { revisions = revisions.filter { $0.networkID == networkID } }
    if let kind { revisions = revisions.filter { $0.kind == kind } }
    return revisions
  }

  private static func document(_ line: Line) -> JSONValue {
    [
      "device": .string(line.revision.device), "kind": .string(line.revision.kind.rawValue),
      "revision": .int(line.revision.revision), "line": .int(line.number), "text": .string(line.text),
      "match": .bool(line.isMatch),
    ]
  }

  private static func table(_ lines: [Line], hasNeighbors: Bool) -> Table {
    var columns: [Table.Column] = [.init("DEVICE"), .init("KIND"), .init("LINE", alignment: .right)]
    if hasNeighbors { columns.append(.init("MATCH")) }
    var table = Table(columns: columns + [.init("TEXT")])
    for line in lines {
      var cells: [Cell] = [.text(line.revision.device), .text(line.revision.kind.rawValue), .int(line.number)]
      if hasNeighbors { cells.append(.bool(line.isMatch)) }
      table.append(cells + [.text(line.text)])
    }
    return table
  }
}
