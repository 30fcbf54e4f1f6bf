package import Arguments
private import JobModel
internal import Storage

/// `netjob audit`: the record of every change of state.
package enum AuditCommands {
  package static let group = CommandGroup(
    "audit", section: Sections.administration, summary: "the record of every change, and whether it is whole",
    discussion: """
      Every change of state leaves a row: when, who, the login that the kernel knows of, what was done to what. Each row is \
      chained to the one before it by a hash that is made with a key from the key file: whoever has only the database can neither \
      change nor remove a row without its being found.

      Rows at the end can be cut off, though, unless the head was noted elsewhere: 'netjob audit log --head' prints it, and \
      'netjob audit verify --head' looks for it. The setting audit.syslog sends every row to the system's log.

      The log tells about all networks: it takes 'administer' for all of them, or being the owner of the database.
      """,
    defaultVerb: "log")

  package static let list: [Command] = [log, verify]

  static let needs: [Need] = [.ownerOrOneOf([.administer])]
}

extension Context {
  /// Checks that the caller owns the database in person, or holds `administer` for all networks.
  func requireOwnerOrAdministrator(in sql: any SQLConnection) throws {
    if caller.ownsDatabase && !caller.isDelegated { return }
    if try !AccountQueries.rights(sql, of: caller.name).allows(.administer, network: nil) {
      throw try AccountQueries.denied(sql, caller.name, .administer)
    }
  }
}
