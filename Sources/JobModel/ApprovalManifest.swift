private import Crypto
private import FoundationEssentials

/// Everything that an approver approves: the job, when it fires, and the commands each device will get.
///
/// Its digest is what the approval is bound to: SHA-256 over its canonical JSON.
package struct ApprovalManifest: Codable, Equatable, Sendable {
  package struct Trigger: Codable, Equatable, Sendable {
    package var name: String
    package var kind: String
    package var schedule: String
    package var timezone: String
    package var filters: [String]
    package var enabled: Bool

    package init(name: String, kind: String, schedule: String, timezone: String, filters: [String], enabled: Bool) {
      self.name = name
      self.kind = kind
      self.schedule = schedule
      self.timezone = timezone
      self.filters = filters
      self.enabled = enabled
    }
  }

  package struct Device: Codable, Equatable, Sendable {
    package var name: String
    package var address: String
    package var port: Int
    package var platform: String
    /// What will be sent, in order, secrets masked.
    package var commands: [String]

    package init(name: String, address: String, port: Int, platform: String, commands: [String]) {
      self.name = name
      self.address = address
      self.port = port
      self.platform = platform
      self.commands = commands
    }
  }

  package var job: String
  package var network: String
  /// `host:port` of the SSH server through which the devices are reached; nil where there is none.
  package var jumpHost: String?
  package var revision: Int
  package var definition: JobDefinition
  /// The tool's definition as text.
  package var toolSource: String
  /// SHA-256 of each platform's definition that a target uses, by name.
  package var platformDigests: [String: String]
  /// A keyed hash of each secret parameter, by name: a changed secret is noticed, none is shown.
  package var secretDigests: [String: String]
  package var triggers: [Trigger]
  /// Rules of the filters that the triggers use, by filter name.
  package var filters: [String: [String]]
  package var devices: [Device]

  package init(
    job: String, network: String, jumpHost: String? = nil, revision: Int, definition: JobDefinition, toolSource: String,
    platformDigests: [String: String], secretDigests: [String: String], triggers: [Trigger], filters: [String: [String]],
    devices: [Device]
  ) {
    self.job = job
    self.network = network
    self.jumpHost = jumpHost
    self.revision = revision
    self.definition = definition
    self.toolSource = toolSource
    self.platformDigests = platformDigests
    self.secretDigests = secretDigests
    self.triggers = triggers
    self.filters = filters
    self.devices = devices
  }

  /// `SHA256:` and 64 hexadecimal digits.
  package func digest() throws -> String {
    let hash = SHA256.hash(data: Data(try CanonicalJSON.text(self).utf8))
    return "SHA256:" + hash.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }

  /// How this manifest, made now, differs from the one that was approved.
  package func compared(to approved: ApprovalManifest) -> Difference {
    var difference = Difference()
    if job != approved.job || network != approved.network { difference.changes.append("the job's name or network changed") }
    if jumpHost != approved.jumpHost { difference.changes.append("the network's jump host changed") }
    if revision != approved.revision { difference.changes.append("revision \(approved.revision) became \(revision)") }
    if definition != approved.definition { difference.changes.append("the job's definition changed") }
    if toolSource != approved.toolSource {
      difference.changes.append(definition.agent.map { "agent '\($0)' changed" } ?? "the definition of the tool changed")
    }
    if secretDigests != approved.secretDigests { difference.changes.append("a secret parameter changed") }
    if triggers != approved.triggers { difference.changes.append("the triggers changed") }
    if filters != approved.filters { difference.changes.append("a schedule filter changed") }
    for (platform, digest) in approved.platformDigests.sorted(by: { $0.key < $1.key }) {
      if let now = platformDigests[platform], now != digest {
        difference.changes.append("the definition of platform '\(platform)' changed")
      }
    }
    let before = Dictionary(approved.devices.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let after = Dictionary(devices.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for device in devices {
      guard let old = before[device.name] else {
        difference.joined.append(device.name)
        continue
      }
      if (old.address, old.port, old.platform) != (device.address, device.port, device.platform) {
        difference.changes.append("device '\(device.name)' has another address or platform")
      } else if old.commands != device.commands {
        difference.changes.append("the commands for device '\(device.name)' changed")
      }
    }
    difference.left = approved.devices.map(\.name).filter { after[$0] == nil }
    return difference
  }

  package struct Difference: Equatable, Sendable {
    /// What makes the approval stale, each in a few words.
    package var changes: [String] = []
    /// Devices that match now and did not when it was approved.
    package var joined: [String] = []
    /// Devices that matched when it was approved and do not now.
    package var left: [String] = []
  }
}
