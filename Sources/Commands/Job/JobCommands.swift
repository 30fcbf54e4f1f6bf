package import Arguments
package import JobModel
internal import JobRunner
internal import Scheduling
internal import Storage
internal import Terminal

/// `netjob job`: what is done to which devices.
package enum JobCommands {
  package static let group = CommandGroup(
    "job", section: Sections.jobs, summary: "what is done to which devices", defaultVerb: "list")

  package static let list: [Command] = [
    create, listAll, show, edit, targets, preview, RunCommands.jobRun, enable, disable, copy, delete, log,
    export, apply,
  ]

  /// A job with what lists say of it.
  struct View: Sendable {
    let job: JobRecord
    let approval: ApprovalStatus
    let nextFire: Timestamp?

    init(_ job: JobRecord, _ sql: any SQLConnection) throws {
      self.job = job
      approval = try ApprovalQueries.status(sql, of: job)
      nextFire = try TriggerQueries.nextFire(sql, job: job.id)
    }
  }

  /// A job for `--json`.
  static func document(_ view: View, _ context: Context) -> [JSONValue.Member] {
    let job = view.job
    return [
      .init("id", .integer(job.id)), .init("name", .string(job.name)), .init("type", .string(job.type.rawValue)),
      .init("network", .string(job.network)), .init("comment", .string(job.definition.comment)),
      .init("owner", .string(job.owner)), .init("enabled", .bool(job.isEnabled)), .init("revision", .int(job.revision)),
      .init("approvalStatus", .string(view.approval.rawValue)), .init("nextFire", context.json(view.nextFire)),
    ]
  }

  /// Which devices a job is for, for `--json`.
  static func document(_ targets: TargetSpecification) -> JSONValue {
    switch targets {
    case .none, .allDevices: ["kind": .string(targets.kind)]
    case .search(let text): ["kind": .string(targets.kind), "search": .string(text)]
    case .devices(let names): ["kind": .string(targets.kind), "devices": .strings(names)]
    }
  }

  /// The parameters for `--json`, secret ones as `******`.
  static func parameters(_ definition: JobDefinition, secrets: some Sequence<String>) -> JSONValue {
    var texts = definition.parameters
    for name in secrets { texts[name] = "******" }
    return .object(texts.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) })
  }

  /// The values that differ per device, for `--json`.
  static func values(_ definition: JobDefinition) -> JSONValue {
    .object(
      definition.values.sorted { $0.key < $1.key }.map { device, values in
        .init(device, .object(values.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) }))
      })
  }

  /// The job, when the caller may see it.
  static func find(_ sql: any SQLConnection, _ name: String, _ context: Context) throws -> JobRecord {
    let job = try JobQueries.find(sql, name)
    try context.requireView(of: job.networkID, in: sql)
    return job
  }
}

extension JobType: ArgumentValue {
  /// The types that this netjob runs.
  package static var conversion: ValueConversion<JobType> {
    .choice(JobPlan.supportedTypes.map { (word: $0.rawValue, value: $0) })
  }
}

extension ExecutionOptions.Overlap: ArgumentValue {}
extension ExecutionOptions.Missed: ArgumentValue {}
