private import Arguments
private import JobModel
private import Storage
private import Terminal

/// `netjob whoami`: whom the program takes the caller for, what they may do, and why.
package enum WhoamiCommand {
  private static let can = Option<Permission>(
    "can", valueName: "PERMISSION", help: "only tell whether you hold this permission: 0 is yes, 4 is no")
  private static let network = Option<String>(
    "network", valueName: "NETWORK", help: "for this network; without it, for all networks", completion: .dynamic("network"))

  package static let command = Command(
    ["whoami"], section: Sections.start, summary: "show who you are here, what you may do, and why",
    discussion: """
      With --json, permissions is an array of words: 'view' holds for all networks, 'view@branches' for the network 'branches'; \
      rights says of each which grants give it, missing who could grant what you lack.

      You are the account of your user id, or, where sudo brought you to the account that owns the database, the person whom \
      sudo vouches for. The variables USER and LOGNAME are not looked at. The login user is the one whom the kernel noted at \
      login, where it did; the audit log keeps it beside your name.
      """,
    needs: [.openedDatabase], parameters: [can, network], constraints: [.requires(network, [can])],
    examples: [
      Example("netjob whoami", "show your permissions and the roles that give them"),
      Example("netjob whoami --can approve-tool-job --network branches -q && echo yes", "ask in a script"),
    ],
    exitCodes: [ExitCode(4, "with --can: you do not hold it")], seeAlso: ["user show", "role list"]
  ) { context, arguments in
    if let permission = arguments[can] { return try tell(permission, arguments[network], context) }
    let standing = try context.store.read { try Standing($0, context) }
    context.show(standing.document(context)) { standing.write(context) }
    return .done
  }

  /// Answers `--can`: on standard output only with --json; else the refusal is the error.
  private static func tell(_ permission: Permission, _ name: String?, _ context: Context) throws -> ExitStatus {
    let (isAllowed, denied) = try context.store.read { sql -> (Bool, ModelError) in
      let caller = context.caller.name
      let rights = try AccountQueries.rights(sql, of: caller)
      guard let name else {
        return (rights.allows(permission, network: nil), try AccountQueries.denied(sql, caller, permission))
      }
      let known = try NetworkQueries.all(sql).first { $0.name == name || String($0.id) == name }
      if let known, UserCommands.sees(known.id, rights) || rights.allows(permission, network: known.id) {
        let denied = try AccountQueries.denied(sql, caller, permission, network: known.id)
        return (rights.allows(permission, network: known.id), denied)
      }
      // Who sees every network is told that there is none; others do not learn which there are.
      if rights.allows(.view, network: nil) { _ = try NetworkQueries.find(sql, name) }
      return (
        false,
        ModelError(
          .notPermitted, "user '\(caller)' lacks the permission \(permission.rawValue) for network '\(TextRule.quoted(name))'")
      )
    }
    if context.isJSON {
      context.output.writeLine(
        JSONValue.object([
          .init("user", .string(context.caller.name)), .init("permission", .string(permission.rawValue)),
          .init("network", .optional(name)), .init("allowed", .bool(isAllowed)),
        ]).pretty)
      return isAllowed ? .done : .notPermitted
    }
    if isAllowed { return .done }
    throw denied
  }
}
