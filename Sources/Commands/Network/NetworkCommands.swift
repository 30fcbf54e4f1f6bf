package import Arguments
private import JobModel
package import Storage
internal import Terminal

/// `netjob network`: sets of devices with their own people, credentials and host-key policy.
package enum NetworkCommands {
  package static let group = CommandGroup(
    "network", section: Sections.devices, summary: "sets of devices with their own people and credentials", defaultVerb: "list")

  package static let list: [Command] = [add, listAll, show, edit, delete, trust]

  /// The network for `--json`.
  static func document(_ network: NetworkRecord) -> JSONValue {
    .object([
      .init("id", .integer(network.id)), .init("name", .string(network.name)), .init("comment", .string(network.comment)),
      .init("hostKeys", .string(network.hostKeys.rawValue)), .init("transport", .string(network.transport.rawValue)),
      .init("jump", network.jump.map(document) ?? .null), .init("timeouts", ReachOptions.document(network.timeouts)),
    ])
  }

  private static func document(_ jump: NetworkRecord.JumpHost) -> JSONValue {
    let hostKey: JSONValue =
      jump.hostKeyFingerprint.map { ["type": .optional(jump.hostKeyType), "fingerprint": .string($0)] } ?? .null
    return [
      "host": .string(jump.host), "port": .int(jump.port), "credential": .string(jump.credential), "hostKey": hostKey,
    ]
  }
}

extension NetworkRecord.HostKeyPolicy: ArgumentValue {}
