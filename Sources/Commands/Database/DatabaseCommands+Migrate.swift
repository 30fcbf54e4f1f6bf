private import Arguments
private import JobModel
private import Storage
private import Terminal

extension DatabaseCommands {
  private static let dryRun = Flag("dry-run", help: "try it, tell what would be done, and undo it")

  static let migrate = Command(
    ["db", "migrate"], summary: "bring the database of an older netjob up to this one's schema",
    discussion: """
      All missing steps are applied in one transaction, after a copy of the database was written beside it (mode 0600, named \
      after the schema and the time). When nothing is missing, nothing is done.

      To go back to the older netjob, stop cron, remove netjob.db, netjob.db-wal and netjob.db-shm, and rename the copy to \
      netjob.db: what was done since then is lost.
      """,
    needs: [.ownerOrOneOf([.administer])], needsDatabase: { _ in false }, parameters: [dryRun],
    examples: [
      Example("netjob db migrate", "upgrade the database after a new netjob was installed"),
      Example("netjob db migrate --dry-run", "see whether it would work"),
    ],
    exitCodes: [
      ExitCode(6, "the database is newer than this netjob, is locked by another process, or an execution is at work")
    ]
  ) { context, arguments in
    let upgrade = SchemaUpgrade(of: context.installation, clock: context.clock)
    let outcome = try upgrade.run(as: context.caller, isTrial: arguments[dryRun])
    context.show([
      "database": .string(context.installation.databasePath), "previous": .integer(Int64(outcome.previous)),
      "schema": .integer(Int64(outcome.schema)), "steps": .strings(outcome.steps),
      "backup": outcome.backup.map(JSONValue.string) ?? .null,
    ]) {
      if outcome.steps.isEmpty {
        context.note("the database has schema \(outcome.schema) already: nothing to do")
        return
      }
      var block = FieldBlock()
      block.add("Schema", key: "schema", .text("\(outcome.schema)"))
      block.add("Before", key: "previous", .text("\(outcome.previous)"))
      block.add("Steps", key: "steps", .list(outcome.steps))
      block.add("Backup", key: "backup", outcome.backup.map(Cell.text) ?? .empty)
      block.write(to: context.output)
      context.note(arguments[dryRun] ? "it would work; nothing was changed" : "the database was upgraded")
    }
    return .done
  }
}
