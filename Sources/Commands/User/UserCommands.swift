package import Arguments
private import JobModel
internal import Storage
internal import Terminal

/// `netjob user`: who may do what.
package enum UserCommands {
  package static let group = CommandGroup(
    "user", section: Sections.administration, summary: "who may do what",
    discussion: "A user is named as their Unix account is. Whoever is not listed here has no rights at all.\n\nRoles:\n\n"
      + Role.allCases.map { role in
        "- \(role.rawValue): \(role == .administrator ? "everything" : Permission.allCases.filter(role.permissions.contains).map(\.rawValue).joined(separator: ", "))"
      }.joined(separator: "\n") + "\n\nPermissions:\n\n"
      + Permission.allCases.map { "- \($0.rawValue): \($0.summary)" }.joined(separator: "\n"),
    defaultVerb: "list")

  package static let list: [Command] = [add, listAll, show, grant, revoke, disable, enable]

  /// The user for `--json`.
  static func document(_ account: AccountRecord) -> JSONValue {
    [
      "id": .integer(account.id), "name": .string(account.name), "mail": .optional(account.mail),
      "enabled": .bool(account.isEnabled),
      "grants": .array(
        account.grants.map { ["kind": .string($0.kind), "name": .string($0.name), "network": .optional($0.network)] }),
    ]
  }

  /// A grant in a word: `operator`, `view@branches`.
  static func word(_ grant: AccountRecord.Grant) -> String { grant.network.map { "\(grant.name)@\($0)" } ?? grant.name }
}
