internal import JobModel
internal import JobRunner
private import Reports
internal import Scheduling
internal import Storage
internal import Terminal

/// Everything that an approver is to see of a request.
struct RequestSheet: Sendable {
  /// When a trigger fires next, its filters applied.
  struct Fires: Sendable {
    let trigger: String
    var times: [Timestamp] = []
    /// Why it cannot be said.
    var problem: String?
  }

  let view: ApprovalCommands.View
  let manifest: ApprovalManifest
  let log: [ApprovalLogRecord]
  let drift: ApprovalGate.Drift
  /// The last one that was approved before it.
  let approvedBefore: ApprovalRequestRecord?
  /// From that one to this, in the form of `diff -u`; empty where they are the same.
  let difference: String?
  let fires: [Fires]

  var request: ApprovalRequestRecord { view.request }

  init(_ sql: any SQLConnection, _ request: ApprovalRequestRecord, keys: KeyRing, _ context: Context) throws {
    var reader = try RequestReader(sql)
    view = try reader.view(request)
    let asked = try request.manifest()
    let network = try reader.network(of: request)
    let viewer = try TypedSecrets.Reader(context, sql)
    let typed = try TypedSecrets(viewer, network: network, asked)
    manifest = typed.hiding(in: asked)
    log = try ApprovalQueries.log(sql, request: request.id)
    approvedBefore = try ApprovalQueries.lastApproved(sql, job: request.jobID, before: request.id)
    // Compared as they are: that a secret changed is shown, it is not.
    difference = try approvedBefore.map { before in
      let both = try TypedSecrets(viewer, network: network, try before.manifest())
      return both.hiding(in: typed.hiding(in: try Self.difference(from: before, to: asked, name: "asked for")))
    }
    let now = context.clock()
    guard let job = try JobQueries.get(sql, id: request.jobID) else {
      drift = ApprovalGate.Drift()
      fires = []
      return
    }
    var drift = try ApprovalGate.drift(sql, job: job, request: request, catalogs: context.catalogs, keys: keys, now: now)
    let joined = try TypedSecrets(viewer, network: job.networkID, lines: drift.joined.flatMap(\.commands))
    drift.joined = drift.joined.map(joined.hiding)
    drift.changes = drift.changes.map { typed.hiding(in: $0) }
    self.drift = drift
    let isOpen = request.executionID == nil && (request.status == .requested || request.status == .approved)
    fires = isOpen ? try Self.fires(of: job, sql, context) : []
  }

  /// The triggers that are enabled, with their next fires.
  static func fires(of job: JobRecord, _ sql: any SQLConnection, _ context: Context) throws -> [Fires] {
    try TriggerQueries.all(sql, job: job.id).filter(\.isEnabled).map { trigger in
      var fires = Fires(trigger: trigger.name)
      do {
        fires.times = try trigger.fires(after: context.clock(), count: 3, zones: context.zones)
      } catch let error as ScheduleError {
        fires.problem = error.message
      }
      return fires
    }
  }

  /// What was approved against what is asked for, line by line.
  static func difference(from old: ApprovalRequestRecord, to manifest: ApprovalManifest, name: String) throws -> String {
    UnifiedDiff(
      from: ManifestText.render(try old.manifest(), .whole), to: ManifestText.render(manifest, .whole)
    ).text(oldLabel: "approved, revision \(old.revision)", newLabel: "\(name), revision \(manifest.revision)")
  }

  // MARK: --json

  func document(_ context: Context) -> JSONValue {
    .object(
      ApprovalCommands.document(view, context) + ApprovalCommands.document(drift) + [
        .init("joinedDevices", .array(drift.joined.map(Self.document))), .init("manifest", Self.document(manifest)),
        .init("fires", Self.document(fires)),
        .init("lastApproved", .optional(approvedBefore.map { Int64($0.revision) })),
        .init("difference", .optional(difference)),
        .init("log", .array(log.map { ApprovalCommands.document($0, context) })),
      ])
  }

  static func document(_ fires: [Fires]) -> JSONValue {
    .array(
      fires.map {
        ["trigger": .string($0.trigger), "times": .strings($0.times.map(\.rfc3339)), "problem": .optional($0.problem)]
      })
  }

  static func document(_ manifest: ApprovalManifest) -> JSONValue {
    let definition = manifest.definition
    func strings(_ values: [String: String]) -> JSONValue {
      .object(values.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) })
    }
    return [
      "job": .string(manifest.job), "network": .string(manifest.network), "revision": .int(manifest.revision),
      "type": .string(definition.type.rawValue), "comment": .string(definition.comment), "tool": .optional(definition.tool),
      "agent": .optional(definition.agent),
      "targets": JobCommands.document(definition.targets),
      "parameters": JobCommands.parameters(definition, secrets: manifest.secretDigests.keys),
      "values": JobCommands.values(definition),
      "options": OptionText.document(definition.options, changesDevices: true),
      "triggers": .array(
        manifest.triggers.map {
          [
            "name": .string($0.name), "kind": .string($0.kind), "schedule": .string($0.schedule),
            "timezone": .string($0.timezone), "filters": .strings($0.filters), "enabled": .bool($0.enabled),
          ]
        }),
      "filters": .object(manifest.filters.sorted { $0.key < $1.key }.map { .init($0.key, .strings($0.value)) }),
      "devices": .array(manifest.devices.map(document)), "toolSource": .string(manifest.toolSource),
      "platformDigests": strings(manifest.platformDigests),
    ]
  }

  private static func document(_ device: ApprovalManifest.Device) -> JSONValue {
    [
      "name": .string(device.name), "address": .string(device.address), "port": .int(device.port),
      "platform": .string(device.platform), "commands": .strings(device.commands),
    ]
  }

  // MARK: text

  /// With what a terminal can show; every line is escaped.
  func text(_ context: Context) -> String {
    let style = context.output.style
    func line(_ label: String, _ value: String, _ role: Style.Role = .plain) -> String {
      let line = escapeControls(label + String(repeating: " ", count: max(1, 12 - label.count)) + value)
      return (role == .plain ? line : style.apply(role, line)) + "\n"
    }
    var text = line("request", "\(request.id)") + line("status", request.status.rawValue)
    text += line("asked by", "\(request.requestedBy), \(time(request.requestedAt, context))")
    let others = Set(request.authors + [request.savedBy]).subtracting([request.requestedBy]).sorted()
    if !others.isEmpty { text += line("also by", others.joined(separator: ", ")) }
    let names = request.approvals.isEmpty ? "" : " (\(request.approvals.joined(separator: ", ")))"
    text += line("approvals", "\(request.approvals.count - view.lapsed.count) of \(view.required)\(names)")
    if !view.lapsed.isEmpty { text += line("lapsed", "\(view.lapsed.joined(separator: ", ")) may no longer approve", .warning) }
    if view.missing > 0 {
      let who =
        view.eligible.isEmpty ? "more, and nobody may approve it" : "more, of \(ApprovalCommands.names(view.eligible, most: 10))"
      text += line("missing", "\(view.missing) \(who)", view.eligible.count < view.missing ? .bad : .plain)
    }
    if let expires = view.expires { text += line("expires", time(expires, context)) }
    text += line("digest", request.digest)
    for reason in drift.changes { text += line("changed", reason, .bad) }
    if !drift.joined.isEmpty {
      text += line("joined", "\(drift.joined.map(\.name).joined(separator: ", ")) since the request", .warning)
    }
    if !drift.left.isEmpty { text += line("left", "\(drift.left.joined(separator: ", ")) since the request", .warning) }
    text += Self.text(fires, context)
    text += heading("What is asked for", style) + ManifestText.render(manifest, .whole)
    if !drift.joined.isEmpty {
      text += heading("What devices that joined since would get", style) + ManifestText.render(drift.joined)
    }
    if let approvedBefore, let difference {
      let approved = approvedBefore.approvedAt ?? approvedBefore.requestedAt
      text += heading("Difference to revision \(approvedBefore.revision), approved \(approved.rfc3339)", style)
      text += difference.isEmpty ? "none\n" : escapeControls(difference, .block)
    }
    text += heading("Log", style)
    for line in log {
      text += escapeControls("\(line.time.rfc3339)  \(line.user)  \(line.event)") + "\n"
      for row in line.message.split(whereSeparator: \.isNewline) { text += "    " + escapeControls(String(row)) + "\n" }
    }
    return text
  }

  /// A line for the next fires of each trigger.
  static func text(_ fires: [Fires], _ context: Context) -> String {
    fires.map { fires in
      let times = fires.times.isEmpty ? "never" : fires.times.map(\.rfc3339).joined(separator: ", ")
      return escapeControls("next fires  \(fires.trigger): \(fires.problem ?? times)") + "\n"
    }.joined()
  }

  private func heading(_ text: String, _ style: Style) -> String { "\n" + style.apply(.heading, escapeControls(text)) + "\n" }

  /// For people with its age.
  private func time(_ time: Timestamp, _ context: Context) -> String {
    guard context.output.isTerminal else { return time.rfc3339 }
    return "\(time.rfc3339) (\(RelativeTime.text(of: time.milliseconds, now: context.clock().milliseconds)))"
  }
}
