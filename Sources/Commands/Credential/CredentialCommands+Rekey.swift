private import Arguments
private import JobModel
private import Storage
private import Terminal

extension CredentialCommands {
  private static let yes = Flag("yes", short: "y", help: "do not ask")

  static let rekey = Command(
    ["credential", "rekey"], summary: "replace the key file and seal every secret anew",
    discussion: """
      Makes a new key, seals all secrets with it in one transaction and puts it in the place of the old key file, of which \
      nothing is kept. Commands that run meanwhile go on with the new key. Dying in the middle is harmless: the next change \
      finishes it or takes it back.

      Copies of the database that were made before can only be read with the old key: keep a copy of it as long as them, in \
      another place. An approval that was requested for a job with secret parameters has to be requested again. The audit log \
      goes on in the same chain.
      """,
    needs: [.permission(.administer)], parameters: [yes],
    examples: [Example("netjob credential rekey --yes", "replace the key without being asked")],
    exitCodes: [ExitCode(1, "the key file cannot be replaced, or a secret cannot be opened; nothing was changed")],
    seeAlso: ["credential list"]
  ) { context, arguments in
    try context.confirm(
      "replace the key \(context.installation.keyPath)? copies of the database made before need the old one.",
      yes: arguments[yes])
    let rotation = try context.store.rotateKey(as: context.caller)
    context.show([
      "key": .string(context.installation.keyPath), "secrets": .int(rotation.secrets), "auditRows": .integer(rotation.auditRows),
      "resetApprovals": .strings(rotation.resetApprovals),
    ]) {
      context.note("the key \(context.installation.keyPath) is new; \(rotation.secrets) secrets were sealed with it")
      for job in rotation.resetApprovals { context.note("the approval of job '\(job)' has to be requested again") }
      context.hint("keep a copy of the new key in another place than the copies of the database")
    }
    return .done
  }
}
