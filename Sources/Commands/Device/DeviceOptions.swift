internal import Arguments
private import DeviceCLI
private import JobModel
private import JobRunner
internal import Storage

/// What `device add` and `device edit` take of a device.
enum DeviceOptions {
  static let network = Option<String>(
    "network", valueName: "NETWORK", help: "the network that it belongs to; 'default' unless given",
    completion: .dynamic("network"))
  private static let port = Option<Int>(
    "port", valueName: "N", help: "the TCP port of its SSH server; 22 unless given", conversion: .integer(in: 1...65_535))
  private static let credential = Option<String>(
    "credential", valueName: "CREDENTIAL", help: "log in with this one instead of those of the network",
    completion: .dynamic("credential"))
  private static let noCredential = Flag("no-credential", help: "log in with the credentials of the network again")
  private static let tag = RepeatedOption<String>("tag", valueName: "TAG", help: "a word to search it by; repeatable")
  private static let untag = RepeatedOption<String>("untag", valueName: "TAG", help: "take a tag away; repeatable")
  private static let field = RepeatedOption<DeviceField>(
    "field", valueName: "KEY=VALUE",
    help: "a field of your own, such as site=berlin; without a value it is taken away; repeatable")
  private static let comment = Option<String>(
    "comment", valueName: "TEXT", help: "what those who come later should know", allowsEmpty: true)
  private static let disabled = Flag("disabled", help: "keep it, but let no job run on it")
  private static let enabled = Flag("enabled", help: "let jobs run on it again")
  private static let legacy = Flag("legacy", help: "allow old SSH algorithms, which are weak")
  private static let noLegacy = Flag("no-legacy", help: "allow no old SSH algorithms")

  private static let noTransport = Flag("no-transport", help: "take the transport of the network again")

  /// Those that a new device takes.
  static let ofNewDevices: [any CommandParameter] =
    [port, network, credential, tag, field, comment, disabled, legacy, ReachOptions.transport] + ReachOptions.timeouts
  /// Those that a known device takes besides.
  static let ofKnownDevices: [any CommandParameter] =
    [
      port, network, credential, noCredential, tag, untag, field, comment, disabled, enabled, legacy, noLegacy,
      ReachOptions.transport, noTransport,
    ]
    + ReachOptions.timeouts
  static let constraints: [Constraint] = [
    .atMostOneOf([credential, noCredential]), .atMostOneOf([disabled, enabled]), .atMostOneOf([legacy, noLegacy]),
    .atMostOneOf([ReachOptions.transport, noTransport]),
  ]

  /// What the options say of a new device; names are looked up.
  static func editOfNewDevice(_ arguments: ParsedArguments, in sql: any SQLConnection) throws -> DeviceEdit {
    var edit = try common(arguments, in: sql)
    if arguments[disabled] { edit.enabled = false }
    if arguments[legacy] { edit.legacy = true }
    return edit
  }

  /// What the options say of a known device; names are looked up.
  static func editOfKnownDevice(_ arguments: ParsedArguments, in sql: any SQLConnection) throws -> DeviceEdit {
    var edit = try common(arguments, in: sql)
    edit.clearsCredential = arguments[noCredential]
    edit.clearsTransport = arguments[noTransport]
    edit.untags = arguments[untag]
    if arguments[disabled] { edit.enabled = false }
    if arguments[enabled] { edit.enabled = true }
    if arguments[legacy] { edit.legacy = true }
    if arguments[noLegacy] { edit.legacy = false }
    return edit
  }

  private static func common(_ arguments: ParsedArguments, in sql: any SQLConnection) throws -> DeviceEdit {
    var edit = DeviceEdit()
    edit.port = arguments[port]
    edit.network = try arguments[network].map { try NetworkQueries.find(sql, $0) }
    edit.credential = try arguments[credential].map { try CredentialQueries.find(sql, $0) }
    edit.tags = arguments[tag]
    for field in arguments[field] {
      guard edit.fields.updateValue(field.value, forKey: field.key) == nil else {
        throw ModelError(.invalid, "field '\(field.key)' is given more than once")
      }
    }
    edit.comment = arguments[comment]
    edit.transport = arguments[ReachOptions.transport]
    edit.timeouts = ReachOptions.timeouts(arguments)
    return edit
  }

  /// Refuses a platform that there is not.
  static func checkPlatform(_ name: String, _ context: Context) throws {
    _ = try context.catalogs.platforms.platform(named: name)
  }
}

/// A field of a device, as it is typed: `site=berlin`.
struct DeviceField: ArgumentValue {
  let key: String
  let value: String

  static let conversion = ValueConversion<DeviceField>.custom(
    allowed: "of the form KEY=VALUE", format: { "\($0.key)=\($0.value)" }
  ) { text in
    guard let equals = text.firstIndex(of: "="), equals > text.startIndex else { return nil }
    return DeviceField(key: String(text[..<equals]), value: String(text[text.index(after: equals)...]))
  }
}
