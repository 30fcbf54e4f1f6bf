private import Definitions
internal import DeviceCLI
internal import JobModel
internal import JobRunner
internal import Storage

/// Hides what a platform knows as a secret among the lines that a job types from those who may only look on: who makes, runs or
/// approves such jobs has to read them as they are.
struct TypedSecrets {
  /// Who reads, and what is known of secrets: made once for all that a command shows.
  struct Reader {
    fileprivate let rights: Rights
    fileprivate let catalogs: Catalogs
    fileprivate let sql: any SQLConnection

    init(_ context: Context, _ sql: any SQLConnection) throws {
      rights = try AccountQueries.rights(sql, of: context.caller.name)
      catalogs = context.catalogs
      self.sql = sql
    }
  }

  private static let readers: [Permission] = [
    .editJob, .approveToolJob, .runToolJob, .runToolJobWithoutApproval, .manageCredentials,
  ]

  private let redactor: Redactor?

  /// - Parameter lines: where the secrets stand, each in a line as it is typed.
  init(_ reader: Reader, network: Int64?, lines: some Sequence<String>) throws {
    if Self.readers.contains(where: { reader.rights.allows($0, network: network) }) {
      redactor = nil
      return
    }
    let lines = lines.flatMap { TextLines.split($0) }
    let secrets = try reader.catalogs.masks(reader.sql, device: nil).flatMap { $0.secrets(in: lines) }
    redactor = secrets.isEmpty ? nil : Redactor(secrets: secrets)
  }

  /// For a job's definition.
  init(_ reader: Reader, of job: JobRecord) throws {
    try self.init(reader, network: job.networkID, lines: Self.lines(of: job.definition))
  }

  /// For what was asked for.
  init(_ reader: Reader, network: Int64?, _ manifest: ApprovalManifest) throws {
    try self.init(
      reader, network: network,
      lines: Self.lines(of: manifest.definition) + manifest.devices.flatMap(\.commands) + [manifest.toolSource])
  }

  private static func lines(of definition: JobDefinition) -> [String] {
    Array(definition.parameters.values) + definition.values.values.flatMap(\.values)
  }

  func hiding(in text: String) -> String { redactor?.redacting(text) ?? text }

  func hiding(in definition: JobDefinition) -> JobDefinition {
    guard redactor != nil else { return definition }
    var shown = definition
    shown.comment = hiding(in: definition.comment)
    shown.parameters = definition.parameters.mapValues(hiding)
    shown.values = definition.values.mapValues { $0.mapValues(hiding) }
    return shown
  }

  func hiding(in job: JobRecord) -> JobRecord {
    var shown = job
    shown.definition = hiding(in: job.definition)
    return shown
  }

  func hiding(in device: ApprovalManifest.Device) -> ApprovalManifest.Device {
    var shown = device
    shown.commands = device.commands.map(hiding)
    return shown
  }

  func hiding(in manifest: ApprovalManifest) -> ApprovalManifest {
    guard redactor != nil else { return manifest }
    var shown = manifest
    shown.definition = hiding(in: manifest.definition)
    shown.devices = manifest.devices.map(hiding)
    shown.toolSource = hiding(in: manifest.toolSource)
    return shown
  }
}
