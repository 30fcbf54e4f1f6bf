package import Arguments
private import JobModel
internal import Storage
internal import Terminal

/// `netjob device`: routers and switches.
package enum DeviceCommands {
  package static let group = CommandGroup(
    "device", section: Sections.devices, summary: "routers, switches and what is known of them", defaultVerb: "list")

  package static let list: [Command] = [add, listAll, show, edit, delete, importFile, export, test, trust]

  /// The device for `--json`.
  static func document(_ device: DeviceRecord, _ context: Context) -> JSONValue {
    [
      "id": .integer(device.id), "name": .string(device.name), "address": .string(device.address), "port": .int(device.port),
      "platform": .string(device.platform), "network": .string(device.network), "credential": .optional(device.credential),
      "tags": .strings(device.tags), "fields": fields(device), "comment": .string(device.comment),
      "enabled": .bool(device.isEnabled), "legacy": .bool(device.isLegacy), "hostname": .optional(device.hostname),
      "vendor": .optional(device.vendor), "model": .optional(device.model), "version": .optional(device.version),
      "serial": .optional(device.serial), "status": .string(device.status.rawValue), "unsaved": .bool(device.isUnsaved),
      "lastSeen": context.json(device.lastSeen), "changedTime": context.json(device.changedAt), "hostKey": hostKey(device),
      "transport": .optional(device.transport?.rawValue), "timeouts": ReachOptions.document(device.timeouts),
    ]
  }

  /// The pinned key, or null.
  static func hostKey(_ device: DeviceRecord) -> JSONValue {
    guard let fingerprint = device.hostKeyFingerprint else { return .null }
    return ["type": .optional(device.hostKeyType), "fingerprint": .string(fingerprint)]
  }

  /// The pinned key as OpenSSH's tools name it, or nothing.
  static func hostKeyCell(_ device: DeviceRecord) -> Cell {
    guard let fingerprint = device.hostKeyFingerprint else { return .empty }
    return .text([device.hostKeyType, fingerprint].compactMap { $0 }.joined(separator: " "))
  }

  /// Whether the device answered when last asked.
  static func statusCell(_ status: DeviceRecord.Status) -> Cell {
    switch status {
    case .up: .status("up", .good)
    case .down: .status("down", .bad)
    case .unknown: .status("unknown", .muted)
    }
  }

  static func fields(_ device: DeviceRecord) -> JSONValue {
    .object(device.fields.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) })
  }
}
