package import Arguments
private import JobModel
internal import Storage
internal import Terminal

/// `netjob setting`: how this netjob behaves.
package enum SettingCommands {
  package static let group = CommandGroup(
    "setting", section: Sections.administration, summary: "how this netjob behaves",
    discussion: "The settings:\n\n"
      + Setting.all.map { "- \($0.key): \($0.summary); \($0.allowed); \($0.fallback) unless set" }.joined(separator: "\n"),
    defaultVerb: "list")

  package static let list: [Command] = [listAll, get, set]

  private static let key = Operand<String>(
    "KEY", help: "the setting's name; 'netjob setting list' shows them", completion: .dynamic("setting"))
  private static let newValue = OptionalOperand<String>("VALUE", help: "the new value; '' is none", allowsEmpty: true)
  private static let fromInput = Flag("stdin", help: "read the value from standard input, or be asked for it: for secrets")

  private static let columns = Listing<(setting: Setting, value: String)>(
    [
      .init("key"), .init("value"), .init("allowed", priority: 1), .init("summary", title: "MEANING", priority: 2),
    ], more: ["default"])

  static let listAll = Command(
    ["setting", "list"], summary: "list the settings", needs: [.permission(.view)], parameters: columns.parameters,
    examples: [Example("netjob setting list", "list the settings with their values")]
  ) { context, arguments in
    let values = try context.store.read { sql in
      try Setting.all.map { (setting: $0, value: try SettingQueries.value(sql, of: $0.key)) }
    }
    columns.show(values, context, arguments) { document($0.setting, $0.value) }
    return .done
  }

  static let get = Command(
    ["setting", "get"], summary: "print the value of a setting", needs: [.permission(.view)], parameters: [key],
    examples: [Example("netjob setting get approval.required-count", "print how many approvals a job needs")]
  ) { context, arguments in
    let setting = try Setting.named(arguments[key])
    let value = try context.store.read { try SettingQueries.value($0, of: setting.key) }
    context.show(document(setting, value)) { context.output.writeLine(escapeControls(value)) }
    return .done
  }

  static let set = Command(
    ["setting", "set"], summary: "change a setting", needs: [.permission(.manageSettings)],
    parameters: [key, newValue, fromInput], constraints: [.exactlyOneOf([newValue, fromInput])],
    examples: [
      Example("netjob setting set approval.required-count 2", "demand two approvals of different people"),
      Example("netjob setting set mail.password --stdin", "be asked for a secret, or pipe it in"),
    ]
  ) { context, arguments in
    let setting = try Setting.named(arguments[key])
    let text = try arguments[fromInput] ? context.secret(setting.key) : arguments[newValue] ?? ""
    if setting.isSecret && !arguments[fromInput] && !text.isEmpty {
      throw ModelError(
        .invalid, "setting '\(setting.key)' is a secret: on the command line other users of the machine would see it",
        hint: "netjob setting set \(setting.key) --stdin")
    }
    let value = try context.store.change(as: context.caller) { change in
      try change.set(setting.key, to: text)
      return try SettingQueries.value(change.sql, of: setting.key)
    }
    context.show(document(setting, value)) {
      let state = value.isEmpty ? "is empty now" : setting.isSecret ? "is set" : "is now \(value)"
      context.note("setting '\(setting.key)' \(state)")
    }
    return .done
  }

  private static func document(_ setting: Setting, _ value: String) -> JSONValue {
    [
      "key": .string(setting.key), "value": .string(value), "default": .string(setting.fallback),
      "allowed": .string(setting.allowed), "summary": .string(setting.summary),
    ]
  }
}
