/// Who is using the program, as the operating system vouches for it.
package struct Caller: Equatable, Sendable {
  /// The account's name.
  package var name: String
  /// The person came in through sudo to the account that owns the database, which then vouches for the name.
  package var isDelegated: Bool
  /// The effective user owns the database and acts for itself: its cron, its administrator.
  package var ownsDatabase: Bool
  /// The kernel's login uid, where it is set.
  package var loginUID: UInt32?
  /// The user ids that the system vouches for: the account's and the login's. Empty where the owner of the database plays
  /// somebody by setting `SUDO_USER`.
  package var uids: [UInt32]

  package init(name: String, isDelegated: Bool, ownsDatabase: Bool, loginUID: UInt32? = nil, uids: [UInt32] = []) {
    self.name = name
    self.isDelegated = isDelegated
    self.ownsDatabase = ownsDatabase
    self.loginUID = loginUID
    self.uids = uids
  }

  /// How the caller came in, for the audit log: `delegated` or `own`.
  package var mode: String { isDelegated ? "delegated" : "own" }
}
