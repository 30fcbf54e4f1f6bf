private import Arguments
private import JobModel
internal import Storage

extension DatabaseCommands {
  static let check = Command(
    ["db", "check"], summary: "read the whole database and check that it is sound",
    discussion: """
      Looks for damage, rows that refer to nothing, tables and triggers that are not as netjob made them, a key that is not the \
      database's, secrets that cannot be opened, contents that were altered, and a broken audit log. Changes nothing.

      With --json an object: ok, and checks, an array of name, result (ok, note, warning or error), detail and mend.
      """,
    needs: [.ownerOrOneOf([.administer])], needsDatabase: { _ in false },
    examples: [Example("netjob db check", "check the database")],
    exitCodes: [ExitCode(1, "something is wrong: each finding says what to do")], seeAlso: ["audit verify"]
  ) { context, _ in
    do {
      let store = try context.storeAsItIs()
      let findings = try store.read { sql in
        try context.requireOwnerOrAdministrator(in: sql)
        return DatabaseInspection(sql, of: store).all()
      }
      return context.report(findings)
    } catch let error as StorageError where error.code == .corrupt && !context.caller.isDelegated {
      // Too damaged to be asked anything: that is the finding.
      return context.report([Finding("integrity", .error, error.message, mend: error.hint)])
    }
  }
}

extension Context {
  /// The data without a look at schema and permissions, for the commands that look for what is wrong.
  /// - Throws: `.unsafePermissions` for a database of somebody else's.
  func storeAsItIs() throws -> Store {
    guard installation.owner != nil, caller.ownsDatabase else { return try Store(opening: installation, clock: clock) }
    return Store(installation: installation, database: try SQLiteDatabase(path: installation.databasePath), clock: clock)
  }
}
