package import JobModel

/// What a command needs before it may begin; dispatch supplies and checks it, so that no command can forget to.
package enum Need: Equatable, Sendable {
  /// An opened database; the caller may be unknown to it.
  case openedDatabase
  /// An opened database and a caller who is known to it with some right.
  case database
  /// The permission, for at least one network; the store checks it again for the network in question.
  case permission(Permission)
  /// One of the permissions, likewise.
  case oneOf([Permission])
  /// One of the permissions, or being the owner of the database in person, as its cron is.
  case ownerOrOneOf([Permission])

  /// For the manual.
  var text: String {
    switch self {
    case .openedDatabase: "none"
    case .database: "any right"
    case .permission(let permission): permission.rawValue
    case .oneOf(let permissions): permissions.map(\.rawValue).joined(separator: " or ")
    case .ownerOrOneOf(let permissions):
      "being the owner of the database, or " + permissions.map(\.rawValue).joined(separator: " or ")
    }
  }

  /// - Throws: `.notPermitted`.
  func check(_ caller: Caller, rights: Rights, denied: (Permission) -> ModelError) throws {
    switch self {
    case .openedDatabase: break
    case .database:
      if rights.isEmpty { throw denied(.view) }
    case .permission(let permission):
      if !rights.allowsAnywhere(permission) { throw denied(permission) }
    case .oneOf(let permissions):
      if !permissions.contains(where: rights.allowsAnywhere) { throw denied(permissions.first ?? .administer) }
    case .ownerOrOneOf(let permissions):
      if caller.ownsDatabase && !caller.isDelegated { return }
      if !permissions.contains(where: rights.allowsAnywhere) { throw denied(permissions.first ?? .administer) }
    }
  }
}
