package import Arguments
private import Scheduling
internal import Storage
internal import Terminal

/// `netjob credential`: ways to log in. Secrets come in by prompt, standard input or file, and never go out.
package enum CredentialCommands {
  package static let group = CommandGroup(
    "credential", section: Sections.devices, summary: "ways to log in to devices",
    discussion: """
      A device without a credential of its own tries those of its network, lowest priority number first, and remembers which \
      one worked.

      Secrets are never typed as words of the command line, where other users of the machine could see them: they are asked \
      for without echo, or are lines of standard input. They are stored encrypted and never shown again.
      """,
    defaultVerb: "list")

  package static let list: [Command] = [add, listAll, show, edit, delete, rekey]

  /// The credential for `--json`, without its secrets.
  static func document(_ credential: CredentialRecord) -> JSONValue {
    [
      "id": .integer(credential.id), "name": .string(credential.name), "username": .string(credential.username),
      "network": .optional(credential.network), "priority": .int(credential.priority), "secrets": .strings(secrets(credential)),
      "updatedTime": .string(credential.updatedAt.rfc3339),
    ]
  }

  /// Which secrets it has, by name.
  static func secrets(_ credential: CredentialRecord) -> [String] {
    var names: [String] = []
    if credential.hasPassword { names.append("password") }
    if credential.hasEnable { names.append("enable") }
    if credential.hasPrivateKey { names.append("private-key") }
    if credential.hasPassphrase { names.append("passphrase") }
    if credential.usesAgent { names.append("agent") }
    if credential.hasSNMPCommunity { names.append("snmp-community") }
    return names
  }
}
