package import Arguments
private import JobModel
internal import Storage
internal import Terminal

/// `netjob trap`: where SNMP traps go.
package enum TrapCommands {
  package static let group = CommandGroup(
    "trap", section: Sections.administration, summary: "where SNMP traps go",
    discussion: """
      Each event goes to every receiver, as a trap or as an inform. A trap is not acknowledged: that it is sent does not say that \
      it arrived. An inform is, and waits in the outbox until then: 'netjob notification'.

      With SNMPv3 a trap comes from this netjob's own engine, whose identifier 'netjob trap show' prints, and an inform's \
      receiver is the engine itself. snmptrapd, for instance, wants one line for each:

      - trap: createUser -e 0xENGINE USER SHA SECRET AES SECRET
      - inform: createUser USER SHA SECRET AES SECRET

      'netjob trap mib' prints the MIB.
      """,
    defaultVerb: "list")

  package static let list: [Command] = [add, listAll, show, edit, remove, test, mib]

  /// The receiver for `--json`, without its secrets.
  static func document(_ receiver: TrapReceiverRecord, engine: SNMPEngine?) -> JSONValue {
    [
      "id": .integer(receiver.id), "name": .string(receiver.name), "host": .string(receiver.host), "port": .int(receiver.port),
      "version": .string(receiver.version.rawValue), "inform": .bool(receiver.isInform), "user": .optional(receiver.user),
      "securityLevel": .optional(receiver.securityLevel?.rawValue), "authProtocol": .optional(receiver.authProtocol?.rawValue),
      "privProtocol": .optional(receiver.privProtocol?.rawValue), "engineId": .optional(engine.map(hexadecimal)),
    ]
  }

  /// `0x80001f88...`, as snmptrapd wants it.
  static func hexadecimal(_ engine: SNMPEngine) -> String {
    "0x" + engine.identifier.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
