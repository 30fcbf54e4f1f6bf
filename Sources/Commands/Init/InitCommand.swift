private import Arguments
private import JobModel
private import Storage
private import Terminal

/// `netjob init`: the one command that works before there is a database.
package enum InitCommand {
  private static let administrator = Option<String>(
    "admin", valueName: "USER", help: "the first administrator; without it, you", completion: .none)

  package static let command = Command(
    ["init"], section: Sections.start, summary: "create the database, its key and the first administrator",
    discussion: """
      Creates the folder (mode 0700), the database and the key file (0600 each). Nothing is ever overwritten.

      The key opens the passwords in the database and seals its audit log: keep a copy of it in another place than the copies of \
      the database.

      Where several people share one netjob, a service account owns the files and people come in through sudo: \
      'sudo -u netjob netjob init' makes the person who typed it the administrator, as sudo vouches for the name.
      """,
    needs: [], parameters: [administrator],
    examples: [
      Example("netjob init", "create your own database, with you as its administrator"),
      Example("sudo -u netjob netjob init --admin alice", "create the shared database of the account 'netjob' for alice"),
    ],
    exitCodes: [ExitCode(6, "there is a database or key already")]
  ) { context, arguments in
    let installation = context.installation
    let name = arguments[administrator] ?? context.caller.name
    try AccountQueries.checkName(name)
    try installation.create(now: context.clock())
    let store = try Store(opening: installation, clock: context.clock)
    try store.change(as: context.caller) { try $0.addFirstAdministrator(name: name) }
    context.show([
      "database": .string(installation.databasePath), "key": .string(installation.keyPath), "administrator": .string(name),
    ]) {
      var block = FieldBlock()
      block.add("Database", key: "database", .text(installation.databasePath))
      block.add("Key", key: "key", .text(installation.keyPath))
      block.add("Administrator", key: "administrator", .text(name))
      block.write(to: context.output)
      context.note("keep a copy of the key in another place than the copies of the database")
    }
    return .done
  }
}
