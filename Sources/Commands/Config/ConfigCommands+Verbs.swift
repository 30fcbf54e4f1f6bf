internal import Arguments
internal import JobModel
internal import Scheduling
internal import Storage
internal import Terminal

extension ConfigCommands {
  private static let device = Operand<String>("DEVICE", help: "the device's name or number", completion: .dynamic("device"))
  private static let onlyDevice = OptionalOperand<String>(
    "DEVICE", help: "only this device's", completion: .dynamic("device"))
  private static let kind = DefaultedOption<ConfigRevisionRecord.Kind>(
    "kind", valueName: "KIND", help: "the running or the startup configuration", default: .running)
  private static let number = Option<Int>(
    "revision", valueName: "N", help: "this revision; the newest where it is left out", conversion: .integer(in: 1...Int.max))
  private static let first = OptionalOperand<Int>(
    "A", help: "the revision to compare from; the one before the newest where it is left out",
    conversion: .integer(in: 1...Int.max))
  private static let second = OptionalOperand<Int>(
    "B", help: "the revision to compare to; the newest where it is left out", conversion: .integer(in: 1...Int.max))

  static let listAll = Command(
    ["config", "list"], summary: "list the newest stored configuration of each device", needs: [.permission(.view)],
    parameters: [onlyDevice] + columns.parameters,
    examples: [Example("netjob config list", "see when each configuration last changed")], seeAlso: ["config log"]
  ) { context, arguments in
    let revisions = try context.store.read { sql in
      if let name = arguments[onlyDevice] {
        let all = try ConfigCommands.revisions(sql, of: name, context)
        return ConfigRevisionRecord.Kind.allCases.compactMap { kind in all.first { $0.kind == kind } }
      }
      let rights = try AccountQueries.rights(sql, of: context.caller.name)
      return try ConfigQueries.newest(sql).filter { rights.allows(.view, network: $0.networkID) }
    }
    columns.show(revisions, context, arguments) { .object(document($0, context)) }
    return .done
  }

  static let show = Command(
    ["config", "show"], summary: "show a stored configuration",
    discussion: """
      Secrets are shown as ****** unless you may manage credentials. Control characters are escaped; with --json the text is \
      exactly what the device sent.
      """,
    needs: [.permission(.view)], parameters: [device, number, kind],
    examples: [
      Example("netjob config show core1", "show the newest running configuration"),
      Example("netjob config show core1 --revision 3 --kind startup", "show an older startup configuration"),
    ],
    seeAlso: ["config diff"]
  ) { context, arguments in
    let (revision, text) = try context.store.read { sql in
      let kind = arguments[Self.kind]
      let all = try Self.revisions(sql, of: arguments[device], kind: kind, context)
      let revision = try Self.revision(arguments[number], among: all, of: arguments[device], kind)
      let mask = try ConfigurationMask(context, sql)
      let text = try mask.text(
        try Blobs.get(sql, revision.content), device: revision.deviceID, network: revision.networkID, in: sql)
      return (revision, text)
    }
    try context.show(.object(document(revision, context) + [.init("text", .string(text))])) { try context.pageEscaped(text) }
    return .done
  }

  static let diff = Command(
    ["config", "diff"], summary: "show how a stored configuration changed",
    discussion: """
      Compares two revisions in the form of diff -u: the newest with the one before, A with the newest, or A with B. Of a secret \
      that changed only the fact is shown unless you may manage credentials.
      """,
    needs: [.permission(.view)], parameters: [device, first, second, kind],
    examples: [
      Example("netjob config diff core1", "what changed last"), Example("netjob config diff core1 3 7", "what changed since 3"),
    ],
    seeAlso: ["config log", "history diff"]
  ) { context, arguments in
    let (old, new, difference) = try context.store.read { sql in
      let kind = arguments[Self.kind]
      let all = try Self.revisions(sql, of: arguments[device], kind: kind, context)
      let new = try Self.revision(arguments[second], among: all, of: arguments[device], kind)
      let older = arguments[first] ?? max(1, new.revision - 1)
      let old = try Self.revision(older, among: all, of: arguments[device], kind)
      return (old, new, try Self.difference(sql, old, new, try ConfigurationMask(context, sql)))
    }
    let document: [JSONValue.Member] = [
      .init("device", .string(new.device)), .init("kind", .string(new.kind.rawValue)), .init("from", .int(old.revision)),
      .init("to", .int(new.revision)), .init("added", .int(difference.added)), .init("removed", .int(difference.removed)),
      .init("diff", .string(difference.text)),
    ]
    try context.show(.object(document)) {
      if difference.text.isEmpty {
        context.note(
          old.revision == new.revision && arguments[first] == nil
            ? "there is no revision of device '\(new.device)' before \(new.revision)"
            : "revisions \(old.revision) and \(new.revision) of device '\(new.device)' are equal")
      } else {
        try context.pageDifference(difference.text)
      }
    }
    return .done
  }

  /// How two stored configurations differ, masked for the caller; `old` nil is an empty text.
  static func difference(
    _ sql: any SQLConnection, _ old: ConfigRevisionRecord?, _ new: ConfigRevisionRecord, _ mask: ConfigurationMask
  ) throws -> ConfigurationDifference {
    func label(_ revision: ConfigRevisionRecord) -> String {
      "\(revision.device) \(revision.kind.rawValue) revision \(revision.revision), \(revision.time.rfc3339)"
    }
    return try mask.difference(
      from: try old.map { try Blobs.get(sql, $0.content) } ?? "", old.map(label) ?? "/dev/null",
      to: try Blobs.get(sql, new.content), label(new), device: new.deviceID, network: new.networkID, in: sql)
  }

  static let log = Command(
    ["config", "log"], summary: "list the revisions of a device's configurations", needs: [.permission(.view)],
    parameters: [device] + columns.parameters,
    examples: [Example("netjob config log core1", "when the configurations of a device changed")],
    seeAlso: ["config diff"]
  ) { context, arguments in
    let revisions = try context.store.read { try ConfigCommands.revisions($0, of: arguments[device], context) }
    columns.show(revisions, context, arguments) { .object(document($0, context)) }
    return .done
  }
}
