package import Arguments
internal import JobModel
internal import Storage
internal import Terminal

/// `netjob user`: who may do what.
package enum UserCommands {
  package static let group = CommandGroup(
    "user", section: Sections.administration, summary: "who may do what",
    discussion: """
      A user is named as their Unix account is. Whoever is not listed here has no rights at all.

      Rights are granted as roles, which 'netjob role list' shows, or as single permissions, for all networks or for one. They \
      are looked up anew whenever something is done, also for a job that a trigger fires for its owner.

      Permissions:


      """ + Permission.allCases.map { "- \($0.rawValue): \($0.summary)" }.joined(separator: "\n"),
    defaultVerb: "list")

  package static let list: [Command] = [add, listAll, show, edit, grant, revoke, disable, enable, delete]

  /// The user for `--json`.
  static func document(_ account: AccountRecord) -> JSONValue { .object(members(account)) }

  static func members(_ account: AccountRecord) -> [JSONValue.Member] {
    [
      .init("id", .integer(account.id)), .init("name", .string(account.name)), .init("mail", .optional(account.mail)),
      .init("enabled", .bool(account.isEnabled)),
      .init(
        "grants",
        .array(account.grants.map { ["kind": .string($0.kind), "name": .string($0.name), "network": .optional($0.network)] })),
    ]
  }

  /// The permissions that grants come to, for `--json`.
  static func documents(_ rights: [HeldRight]) -> JSONValue {
    .array(
      rights.map { right in
        [
          "permission": .string(right.permission.rawValue), "network": .optional(right.network),
          "from": .strings(right.sources.map(word)),
        ]
      })
  }

  /// A grant in a word: `operator`, `view@branches`.
  static func word(_ grant: AccountRecord.Grant) -> String { word(grant.name, grant.network) }

  /// A permission in a word, likewise.
  static func word(_ right: HeldRight) -> String { word(right.permission.rawValue, right.network) }

  private static func word(_ name: String, _ network: String?) -> String { network.map { "\(name)@\($0)" } ?? name }

  /// Whether somebody may know what is granted for the network: who sees it, or manages its users. What holds for all networks
  /// everybody may know.
  static func sees(_ network: Int64?, _ rights: Rights) -> Bool {
    network == nil || rights.allows(.view, network: network) || rights.allows(.manageUsers, network: network)
  }

  /// The user without the grants for networks that the caller may not see.
  static func visible(_ account: AccountRecord, _ rights: Rights) -> AccountRecord {
    var account = account
    account.grants.removeAll { !sees($0.networkID, rights) }
    return account
  }
}
