private import Definitions
internal import DeviceCLI
private import JobModel
private import Reports
internal import Storage

extension DeviceWork {
  /// What a backup reads of a device.
  private struct BackupReading {
    var running: String
    var startup: String?
    var facts: [InventoryFact: String] = [:]
    var hostname: String?
    var notes: [String] = []
  }

  private func read(
    _ session: DeviceSession, _ configuration: (ConfigurationKind) async throws -> String
  ) async throws -> BackupReading {
    var reading = BackupReading(running: try await configuration(.running))
    if part.platform.startup != nil {
      do {
        reading.startup = try await configuration(.startup)
      } catch let error as DeviceError where error.code == .noConfiguration {
        reading.notes.append("there is no startup configuration")
      } catch let error as DeviceError where error.code == .commandRefused {
        reading.notes.append("the startup configuration was not read: \(error.message)")
      }
    }
    reading.facts = try await session.inventory()
    reading.hostname = await session.hostname
    return reading
  }

  func backup(_ opened: OpenedDevice) async throws -> DeviceFinding {
    let session = opened.session
    let reading: BackupReading
    do {
      reading = try await read(session) { try await session.configuration($0) }
    } catch let error as DeviceError where error.code == .truncatedConfiguration {
      // Its end stood within it, perhaps in a banner, and the device paused there: once more, each proven whole at once.
      reading = try await read(session) { try await session.wholeConfiguration($0) }
    }
    let (running, startup, facts, hostname, notes) = (
      reading.running, reading.startup, reading.facts, reading.hostname, reading.notes
    )
    let device = part.device
    let platform = part.platform
    let runningText = ConfigurationText(running, platform)
    let startupText = startup.map { ConfigurationText($0, platform) }
    let isUnsaved = startupText.map { $0.comparable != runningText.comparable }
    return .reading { [claim, notes] change in
      try change.check(claim)
      let result = try Self.keep(change, runningText, .running, of: device, platform, execution: claim.id)
      var parts = [result.text]
      if let startupText { _ = try Self.keep(change, startupText, .startup, of: device, platform, execution: claim.id) }
      try change.noteFacts(
        deviceID: device.id,
        DeviceFacts(
          hostname: facts[.hostname] ?? hostname, vendor: facts[.vendor] ?? platform.vendor, model: facts[.model],
          version: facts[.version], serial: facts[.serial]))
      if let isUnsaved {
        try change.noteUnsaved(deviceID: device.id, isUnsaved)
        if isUnsaved { parts.append("running differs from startup: unsaved changes") }
      }
      return DeviceOutcome(status: .succeeded, changed: result.isChange, summary: (parts + notes).joined(separator: "; "))
    }
  }

  /// A configuration with the hashes that it is stored and compared by.
  struct ConfigurationText: Sendable {
    let text: String
    let hash: String
    /// Of the text as it is compared.
    let comparable: String

    init(_ text: String, _ platform: Platform) {
      self.text = text
      hash = sha256(text)
      let normalized = platform.normalizedForComparison(text)
      comparable = normalized == text ? hash : sha256(normalized)
    }
  }

  /// Stores a configuration as a revision where it differs from the one before in more than what the platform ignores.
  static func keep(
    _ change: Change, _ configuration: ConfigurationText, _ kind: ConfigRevisionRecord.Kind, of device: DeviceRecord,
    _ platform: Platform,
    execution: Int64
  ) throws -> (text: String, isChange: Bool) {
    let (text, comparable) = (configuration.text, configuration.comparable)
    guard let last = try ConfigQueries.latest(change.sql, deviceID: device.id, kind: kind) else {
      let lines = TextLines.lineFeedCount(text)
      _ = try change.addConfigRevision(
        of: device, kind, text: text, hash: configuration.hash, comparable: comparable, execution: execution, added: lines,
        removed: 0)
      return ("new, \(lines) lines", true)
    }
    if last.comparable == comparable { return ("unchanged since revision \(last.record.revision)", false) }
    let diff = UnifiedDiff(
      from: try Blobs.get(change.sql, last.record.content), to: text, comparing: { platform.normalizedForComparison($0) })
    // The hash that is stored was made by what the platform ignored then.
    if diff.isEmpty { return ("unchanged since revision \(last.record.revision)", false) }
    let revision = try change.addConfigRevision(
      of: device, kind, text: text, hash: configuration.hash, comparable: comparable, execution: execution,
      added: diff.addedCount,
      removed: diff.removedCount)
    return ("changed (+\(diff.addedCount) -\(diff.removedCount)), revision \(revision)", true)
  }
}
