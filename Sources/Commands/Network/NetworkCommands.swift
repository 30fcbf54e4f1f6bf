package import Arguments
package import Storage
internal import Terminal

/// `netjob network`: sets of devices with their own people, credentials and host-key policy.
package enum NetworkCommands {
  package static let group = CommandGroup(
    "network", section: Sections.devices, summary: "sets of devices with their own people and credentials", defaultVerb: "list")

  package static let list: [Command] = [add, listAll, show, edit, delete]

  /// The network for `--json`.
  static func document(_ network: NetworkRecord) -> JSONValue {
    .object([
      .init("id", .integer(network.id)), .init("name", .string(network.name)), .init("comment", .string(network.comment)),
      .init("hostKeys", .string(network.hostKeys.rawValue)),
    ])
  }
}

extension NetworkRecord.HostKeyPolicy: ArgumentValue {}
