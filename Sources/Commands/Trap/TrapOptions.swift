internal import Arguments
internal import JobModel
internal import Storage
private import Terminal

/// The options that say what a trap receiver is.
enum TrapOptions {
  static let requiredHost = RequiredOption<String>("host", valueName: "HOST", help: "its address or name")
  private static let host = Option<String>("host", valueName: "HOST", help: "its address or name")
  private static let port = Option<Int>(
    "port", valueName: "N", help: "its UDP port; 162 unless given", conversion: .integer(in: 1...65_535))
  private static let version = Option<TrapVersion>(
    "version", valueName: "V", help: "SNMP 2c or 3; 2c unless given, 3 with --user")
  private static let inform = Flag("inform", help: "send informs, which it acknowledges")
  private static let noInform = Flag("no-inform", help: "send traps, which nobody acknowledges")
  private static let community = Flag(
    "community-stdin", help: "read the community of 2c from standard input, or be asked for it")
  private static let user = Option<String>("user", valueName: "USER", help: "the user of SNMPv3")
  private static let level = Option<TrapSecurityLevel>(
    "security-level", valueName: "LEVEL", help: "refuse when protocols and secrets make another level than this")
  private static let authProtocol = Option<TrapAuthProtocol>(
    "auth-protocol", valueName: "P", help: "how SNMPv3 authenticates; sha unless given")
  private static let auth = Flag(
    "auth-stdin", help: "read the authentication secret of SNMPv3 from standard input, or be asked for it")
  private static let privProtocol = Option<TrapPrivProtocol>(
    "priv-protocol", valueName: "P", help: "how SNMPv3 encrypts; aes unless given")
  private static let priv = Flag(
    "priv-stdin", help: "read the privacy secret of SNMPv3 from standard input, or be asked for it")

  private static let shared: [any CommandParameter] = [
    port, version, inform, community, user, level, authProtocol, auth, privProtocol, priv,
  ]
  static let forAdding: [any CommandParameter] = [requiredHost] + shared
  static let forEditing: [any CommandParameter] = [host, noInform] + shared
  static let editingConstraints: [Constraint] = [.atLeastOneOf(forEditing), .atMostOneOf([inform, noInform])]

  /// What the options say; the secrets are read in the documented order.
  /// - Parameter isNew: a community that is needed is asked for, and `--host` is required.
  static func read(_ arguments: ParsedArguments, _ context: Context, isNew: Bool) throws -> TrapReceiverEdit {
    var edit = TrapReceiverEdit()
    edit.host = isNew ? arguments[requiredHost] : arguments[host]
    edit.port = arguments[port]
    let isOfUsers = [user, level, authProtocol, privProtocol].contains { (option: any CommandParameter) in
      arguments.isGiven(option)
    }
    edit.version = arguments[version] ?? (isNew ? (isOfUsers ? .v3 : .v2c) : nil)
    if arguments[inform] { edit.isInform = true }
    if !isNew && arguments[noInform] { edit.isInform = false }
    edit.user = arguments[user]
    edit.securityLevel = arguments[level]
    edit.authProtocol = arguments[authProtocol]
    edit.privProtocol = arguments[privProtocol]
    let asks = isNew && context.input.isTerminal
    if arguments[community] || (asks && edit.version == .v2c) { edit.secrets.community = try context.secret("community") }
    if arguments[auth] || (asks && edit.authProtocol != nil) { edit.secrets.auth = try context.secret("authentication secret") }
    if arguments[priv] || (asks && edit.privProtocol != nil) { edit.secrets.priv = try context.secret("privacy secret") }
    return edit
  }
}

extension TrapVersion: ArgumentValue {}
extension TrapSecurityLevel: ArgumentValue {}
extension TrapAuthProtocol: ArgumentValue {}
extension TrapPrivProtocol: ArgumentValue {}
