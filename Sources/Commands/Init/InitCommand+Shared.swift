internal import Arguments
private import Glibc
private import JobModel
private import Storage
private import Terminal

extension InitCommand {
  /// `netjob init --shared`.
  static func initShared(_ context: Context, _ arguments: ParsedArguments) throws -> ExitStatus {
    guard geteuid() == 0 else {
      throw ModelError(
        .notPermitted, "--shared makes files of another account: that takes root", hint: "sudo netjob init --shared")
    }
    for name in ["NETJOB_DB", "NETJOB_KEY_FILE"] where context.environment[name] != nil {
      throw ModelError(
        .invalid, "\(name) is set, and a shared netjob is always in \(SharedInstallation.folder)", hint: "unset \(name)")
    }
    if arguments[Globals.database] != nil {
      throw ModelError(.invalid, "--db has no place here: a shared netjob is always in \(SharedInstallation.folder)")
    }
    guard let admin = arguments[administrator] ?? (context.caller.name == "root" ? nil : context.caller.name) else {
      throw ModelError(.invalid, "say who is the first administrator: you are root, and root is no person", hint: "--admin USER")
    }
    var shared = try SharedInstallation(
      account: arguments[account], group: arguments[group], administrator: admin, program: SharedInstallation.trustedProgram(),
      installs: arguments[install], now: context.clock())
    try shared.make()
    show(shared, context)
    return .done
  }

  private static func show(_ shared: SharedInstallation, _ context: Context) {
    let installation = shared.installation
    func file(_ path: String, _ text: String) -> JSONValue {
      ["path": .string(path), "installed": .bool(shared.installs), "text": .string(text)]
    }
    context.show([
      "database": .string(installation.databasePath), "key": .string(installation.keyPath),
      "administrator": .string(shared.administrator), "account": .string(shared.account), "group": .string(shared.group),
      "program": .string(shared.program), "sudoers": file(SharedInstallation.sudoersPath, shared.sudoersText),
      "cron": file(SharedInstallation.cronPath, shared.cronText), "made": .strings(shared.done), "left": .strings(shared.left),
      "undo": .strings(shared.undoCommands),
    ]) {
      var block = FieldBlock()
      block.add("Database", key: "database", .text(installation.databasePath))
      block.add("Key", key: "key", .text(installation.keyPath))
      block.add("Administrator", key: "administrator", .text(shared.administrator))
      block.add("Account", key: "account", .text(shared.account))
      block.add("Group", key: "group", .text(shared.group))
      block.write(to: context.output)
      if !shared.installs {
        context.output.writeLine()
        context.output.write("\(SharedInstallation.sudoersPath), mode 0440:\n\n\(shared.sudoersText)\n")
        context.output.write("\(SharedInstallation.cronPath), mode 0644:\n\n\(shared.cronText)")
      }
      if shared.done.isEmpty { context.note("everything was there already") }
      for item in shared.done { context.note("made: \(item)") }
      for command in shared.left { context.hint("still to be done: \(command)") }
      if !shared.installs { context.hint("'netjob init --shared --install' writes these files") }
      context.note("keep a copy of the key in another place than the copies of the database")
      context.hint("people of the group \(shared.group) now type: sudo -u \(shared.account) netjob ...")
      context.hint("'sudo netjob doctor' checks it all; to undo it: \(shared.undoCommands.joined(separator: "; "))")
    }
  }
}
