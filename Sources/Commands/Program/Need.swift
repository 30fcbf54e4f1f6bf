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

  /// The permission that the caller would have to be granted; nil where nothing is missing.
  func missing(_ caller: Caller, _ rights: Rights) -> Permission? {
    switch self {
    case .openedDatabase: nil
    case .database: rights.isEmpty ? .view : nil
    case .permission(let permission): rights.allowsAnywhere(permission) ? nil : permission
    case .oneOf(let permissions): missing(permissions, rights)
    case .ownerOrOneOf(let permissions): caller.ownsDatabase && !caller.isDelegated ? nil : missing(permissions, rights)
    }
  }

  private func missing(_ permissions: [Permission], _ rights: Rights) -> Permission? {
    permissions.contains(where: rights.allowsAnywhere) ? nil : permissions.first ?? .administer
  }
}
