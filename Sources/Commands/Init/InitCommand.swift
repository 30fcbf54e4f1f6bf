internal import Arguments
private import JobModel
private import Storage
private import Terminal

/// `netjob init`: the one command that works before there is a database.
package enum InitCommand {
  static let administrator = Option<String>(
    "admin", valueName: "USER", help: "the first administrator; without it, you", completion: .none)
  static let shared = Flag("shared", help: "set up a netjob for several people, as root")
  static let install = Flag(
    "install", help: "with --shared: make the account, the group, the sudoers and the cron file too")
  static let account = DefaultedOption<String>(
    "account", valueName: "NAME", help: "with --shared: the account that owns the files", default: "netjob")
  static let group = DefaultedOption<String>(
    "group", valueName: "NAME", help: "with --shared: the Unix group whose people may use it", default: "netjob-users")

  package static let command = Command(
    ["init"], section: Sections.start, summary: "create the database, its key and the first administrator",
    discussion: """
      Creates the folder (mode 0700), the database and the key file (0600 each). Nothing is ever overwritten.

      The key opens the passwords in the database and seals its audit log: keep a copy of it in another place than the copies of \
      the database.

      Where several people share one netjob, a service account owns the files and people come in through sudo, which vouches for \
      their names. 'sudo netjob init --shared' sets that up: it makes /var/lib/netjob with the folders platforms and tools, \
      the database and the key, and prints the lines for sudoers and cron. With --install it also makes the account and the \
      group, puts the administrator into it, and writes /etc/sudoers.d/netjob (checked by visudo) and /etc/cron.d/netjob. What is \
      there already stays, so that it can be run again; when a step fails, the steps before it are taken back.
      """,
    needs: [], parameters: [administrator, shared, install, account, group],
    constraints: [.requires(install, [shared]), .requires(account, [shared]), .requires(group, [shared])],
    examples: [
      Example("netjob init", "create your own database, with you as its administrator"),
      Example("sudo netjob init --shared --install", "set up a netjob for a team, with you as its administrator"),
      Example("sudo -u netjob netjob init --admin alice", "create only the database, as the account 'netjob', for alice"),
    ],
    exitCodes: [ExitCode(6, "there is a database or key already")]
  ) { context, arguments in
    if arguments[shared] { return try initShared(context, arguments) }
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
