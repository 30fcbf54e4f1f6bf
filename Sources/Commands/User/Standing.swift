private import Glibc
private import JobModel
internal import Storage
internal import Terminal

/// Who the caller is here: how that is known, what they hold and why, what they lack and who could give it.
struct Standing {
  /// What the database knows of the caller.
  enum State: String {
    case enabled, disabled, unknown
  }

  /// A permission that the caller does not hold for any network, and who could grant it for all.
  private struct Lack {
    let permission: Permission
    let grantors: [String]
  }

  private let state: State
  private let account: AccountRecord?
  private let rights: [HeldRight]
  private let lacks: [Lack]
  /// The limited tools that the caller may use in no network.
  private let closedTools: [(tool: String, roles: [String])]

  init(_ sql: any SQLConnection, _ context: Context) throws {
    let name = context.caller.name
    let everyone = try AccountQueries.all(sql)
    account = everyone.first { $0.name == name }
    state = account.map { $0.isEnabled ? .enabled : .disabled } ?? .unknown
    let held = state == .enabled ? account?.heldRights ?? [] : []
    rights = held
    // Whoever is shut out learns nothing of the others.
    let others = held.isEmpty ? [] : everyone.filter { $0.isEnabled && $0.name != name }
    lacks = Permission.allCases.filter { permission in !held.contains(where: { $0.permission == permission }) }.map {
      permission in
      Lack(
        permission: permission,
        grantors: others.filter { Self.holds(.manageUsers, $0) && Self.holds(permission, $0) }.map(\.name))
    }
    let networks = try NetworkQueries.all(sql)
    closedTools =
      held.isEmpty
      ? []
      : try ToolLimitQueries.all(sql).sorted { $0.key < $1.key }.filter { limit in
        try !networks.contains { try ToolLimitQueries.allows(sql, tool: limit.key, user: name, network: $0.id) }
      }.map { ($0.key, $0.value) }
  }

  private static func holds(_ permission: Permission, _ account: AccountRecord) -> Bool {
    account.heldRights.contains { $0.permission == permission && $0.networkID == nil }
  }

  // MARK: Identity

  private func account(of uid: UInt32?) -> String? { uid.map { CallerResolution.accountName($0) ?? "uid-\($0)" } }

  /// How the caller's name came about, in a sentence.
  private func origin(_ caller: Caller) -> String {
    caller.isDelegated
      ? "sudo, which brought you to \(account(of: geteuid()) ?? ""), the account that owns the database"
      : "the account of your user id \(getuid())"
  }

  // MARK: Output

  func document(_ context: Context) -> JSONValue {
    let caller = context.caller
    let grants = account?.grants ?? []
    return [
      "user": .string(caller.name), "delegated": .bool(caller.isDelegated),
      "permissions": .strings(rights.map(UserCommands.word)),
      "state": .string(state.rawValue), "identifiedBy": .string(caller.isDelegated ? "sudo" : "user-id"),
      "account": .optional(account(of: geteuid())), "ownsDatabase": .bool(caller.ownsDatabase),
      "loginUser": .optional(account(of: caller.loginUID)),
      "roles": .strings(grants.filter { $0.kind == "role" }.map(UserCommands.word)),
      "grants": .strings(grants.map(UserCommands.word)), "rights": UserCommands.documents(rights),
      "missing": .array(
        lacks.map { ["permission": .string($0.permission.rawValue), "grantors": .strings($0.grantors)] }),
      "closedTools": .array(closedTools.map { ["tool": .string($0.tool), "limitedTo": .strings($0.roles)] }),
    ]
  }

  func write(_ context: Context) {
    let caller = context.caller
    var block = FieldBlock()
    block.add("User", key: "user", .text(caller.name))
    block.add("Delegated", key: "delegated", .bool(caller.isDelegated))
    block.add("Known by", key: "knownBy", .text(origin(caller)))
    block.add("Login user", key: "loginUser", .optional(account(of: caller.loginUID)))
    block.add("State", key: "state", .status(state.rawValue, state == .enabled ? .good : .warning))
    block.add("Grants", key: "grants", .list((account?.grants ?? []).map(UserCommands.word)))
    block.write(to: context.output)
    var table = Table(columns: [.init("PERMISSION"), .init("FROM"), .init("ALLOWS TO", priority: 1)])
    for right in rights {
      table.append([
        .text(UserCommands.word(right)), .list(right.sources.map(UserCommands.word)), .text(right.permission.summary),
      ])
    }
    if !table.isEmpty && context.output.isTerminal { context.output.writeLine() }
    table.write(to: context.output)
    tellLacks(context)
  }

  /// What the caller may not do, as remarks: standard output lists what they may.
  private func tellLacks(_ context: Context) {
    let name = context.caller.name
    guard !rights.isEmpty else {
      switch state {
      case .unknown: context.note("you have no rights: you are unknown here; an administrator can run: netjob user add \(name)")
      case .disabled: context.note("you have no rights: you are disabled; an administrator can run: netjob user enable \(name)")
      case .enabled:
        context.note("you have no rights: nothing is granted to you; an administrator can run: netjob user grant \(name) ROLE")
      }
      return
    }
    var told: [[String]] = []
    for lack in lacks where !told.contains(lack.grantors) {
      told.append(lack.grantors)
      let permissions = lacks.filter { $0.grantors == lack.grantors }.map(\.permission.rawValue).joined(separator: ", ")
      let who = lack.grantors.isEmpty ? "nobody else" : lack.grantors.joined(separator: ", ")
      context.note("you lack \(permissions): \(who) can grant \(lacks.count == 1 ? "it" : "them")")
    }
    for (tool, roles) in closedTools { context.note("you cannot use a tool: \(ToolLimitQueries.text(tool, roles))") }
  }
}
