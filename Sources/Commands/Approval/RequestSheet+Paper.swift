internal import JobModel
private import JobRunner
internal import Reports
private import Scheduling
private import Storage

extension RequestSheet {
  /// The request on paper: one page that needs nothing else, for the file of a change board.
  func page(_ context: Context) -> HTMLDocument {
    let title = "Request for approval: \(manifest.job), revision \(manifest.revision)"
    var body: [HTMLNode] = [.element(.h1, title), .terms(summary(context))]
    body += warnings
    body += section("Messages", [messages])
    // On the first sheet, where it is looked for; the digest at the foot of each sheet binds the others to it.
    body.append(.element(.div, style: "keep", section("Decision", [signatures])))
    body += definition
    body += schedule
    if let approvedBefore, let difference {
      let approved = approvedBefore.approvedAt ?? approvedBefore.requestedAt
      body += section(
        "Difference to revision \(approvedBefore.revision), approved \(approved.rfc3339)",
        [difference.isEmpty ? .element(.p, "None.") : .preformatted(difference)])
    }
    body += section("Devices (\(manifest.devices.count))", [devices(manifest.devices)])
    body += section("Commands", commands(manifest.devices))
    if !drift.joined.isEmpty {
      body += section("Commands for devices that joined since the request", commands(drift.joined))
    }
    if !manifest.toolSource.isEmpty {
      body += section(
        manifest.definition.agent.map { "Agent \($0)" } ?? "Definition of tool \(manifest.definition.tool ?? "")",
        [.preformatted(manifest.toolSource)])
    }
    return HTMLDocument(title: title, pageNote: HTMLDocument.PageNote(request.digest), body: body)
  }

  private func section(_ title: String, _ content: [HTMLNode]) -> [HTMLNode] { [.element(.h2, title)] + content }

  private func summary(_ context: Context) -> [(term: String, description: HTMLNode)] {
    let definition = manifest.definition
    var rows: [(String, String)] = [
      ("Request", "\(request.id)"), ("Status", request.status.rawValue), ("Network", manifest.network),
      (
        "Job",
        definition.type.rawValue + (definition.tool.map { ", tool \($0)" } ?? definition.agent.map { ", agent \($0)" } ?? "")
      ),
      ("Targets", "\(definition.targets.sentence) (\(manifest.devices.count) when it was asked for)"),
      ("Asked by", "\(request.requestedBy), \(request.requestedAt.rfc3339)"),
      ("Written by", Set(request.authors + [request.savedBy]).sorted().joined(separator: ", ")),
      (
        "Approvals",
        "\(request.approvals.count - view.lapsed.count) of \(view.required)"
          + (request.approvals.isEmpty ? "" : ": " + request.approvals.joined(separator: ", "))
      ),
    ]
    if view.missing > 0 {
      rows.append(
        (
          "Missing",
          "\(view.missing) more, of \(view.eligible.isEmpty ? "nobody" : ApprovalCommands.names(view.eligible, most: 10))"
        ))
    }
    if let expires = view.expires { rows.append(("Expires", expires.rfc3339)) }
    if let execution = request.executionID { rows.append(("Execution", "\(execution)")) }
    rows.append(("Digest", request.digest))
    rows.append(("Printed", "\(context.clock().rfc3339) by \(context.caller.name), netjob"))
    return rows.map { ($0.0, $0.0 == "Digest" ? .element(.code, $0.1) : .text($0.1)) }
  }

  private var warnings: [HTMLNode] {
    var lines = drift.changes.map { "Changed since it was asked for: \($0)" }
    if !drift.joined.isEmpty { lines.append("Joined since: \(drift.joined.map(\.name).joined(separator: ", "))") }
    if !drift.left.isEmpty { lines.append("Left since: \(drift.left.joined(separator: ", "))") }
    if !view.lapsed.isEmpty { lines.append("May no longer approve: \(view.lapsed.joined(separator: ", "))") }
    if lines.isEmpty { return [] }
    return [.element(.div, style: "warning", lines.map { .element(.p, $0) })]
  }

  private var messages: HTMLNode {
    .table(
      ["Time", "User", "Event", "Message"],
      log.map { line in
        [
          .element(.span, style: "time", line.time.rfc3339), .text(line.user), .text(line.event),
          .element(.div, style: "message", [.lines(line.message)]),
        ]
      })
  }

  /// Parameters and options, secrets as `******`.
  static func terms(
    _ definition: JobDefinition, secrets: some Sequence<String>
  ) -> [(term: String, description: HTMLNode)] {
    Set(definition.parameters.keys).union(secrets).sorted().map { name in
      let value = definition.parameters[name] ?? "******"
      return ("Parameter \(name)", value.contains("\n") ? .preformatted(value) : .text(value))
    } + OptionText.given(definition.options).map { ("Option \($0.name)", .text($0.value)) }
  }

  private var definition: [HTMLNode] {
    let definition = manifest.definition
    var terms: [(term: String, description: HTMLNode)] = []
    if !definition.comment.isEmpty { terms.append(("Comment", .element(.div, style: "message", [.lines(definition.comment)]))) }
    terms += Self.terms(definition, secrets: manifest.secretDigests.keys)
    for (platform, digest) in manifest.platformDigests.sorted(by: { $0.key < $1.key }) {
      terms.append(("Platform \(platform)", .element(.code, "SHA256:\(digest)")))
    }
    var content: [HTMLNode] = terms.isEmpty ? [] : [.terms(terms)]
    // Those of targets stand with their device.
    let others = definition.values.filter { name, _ in !manifest.devices.contains { $0.name == name } }
    if !others.isEmpty {
      let rows = others.sorted { $0.key < $1.key }.map { [HTMLNode.text($0.key), .text(Self.text($0.value))] }
      content += [.element(.h3, "Values of devices that are no targets now"), .table(["Device", "Values"], rows)]
    }
    return content.isEmpty ? [] : section("Definition", content)
  }

  private var schedule: [HTMLNode] {
    if manifest.triggers.isEmpty { return section("Schedule", [.element(.p, "No trigger: it is run by hand.")]) }
    let rows = manifest.triggers.map { trigger -> [HTMLNode] in
      let sentence = (try? Schedule(parsing: trigger.schedule))?.sentence(zone: trigger.timezone)
      let filters = trigger.filters.map { "\($0): \((manifest.filters[$0] ?? []).joined(separator: "; "))" }
      let next = fires.first { $0.trigger == trigger.name }
      let times = next.map { $0.problem.map { [$0] } ?? ($0.times.isEmpty ? ["never"] : $0.times.map(\.rfc3339)) }
      return [
        .text(trigger.name + (trigger.enabled ? "" : " (disabled)")),
        .text("\(sentence ?? trigger.schedule) (\(trigger.schedule), \(trigger.timezone))"),
        .element(.div, style: "message", [.lines(filters.joined(separator: "\n"))]),
        .element(.div, style: "time", times.map { $0.map { .element(.div, $0) } } ?? []),
      ]
    }
    return section("Schedule", [.table(["Trigger", "Fires", "Except (filter)", "Next"], rows)])
  }

  private func devices(_ devices: [ApprovalManifest.Device]) -> HTMLNode {
    let values = manifest.definition.values
    let hasValues = devices.contains { values[$0.name] != nil }
    return .table(
      ["Name", "Address", "Port", "Platform"] + (hasValues ? ["Values of its own"] : []),
      devices.map { device in
        [.text(device.name), .text(device.address), .text("\(device.port)"), .text(device.platform)]
          + (hasValues ? [.text(Self.text(values[device.name] ?? [:]))] : [])
      })
  }

  private static func text(_ values: [String: String]) -> String {
    values.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }.joined(separator: ", ")
  }

  /// Devices that get the same commands stand together; what one gets is kept on a page where a page can hold it.
  private func commands(_ devices: [ApprovalManifest.Device]) -> [HTMLNode] {
    ManifestText.groups(of: devices).map { group in
      .element(
        .section, style: "keep",
        [.element(.h3, group.devices.joined(separator: ", ")), .preformatted(group.commands.joined(separator: "\n"))])
    }
  }

  private var signatures: HTMLNode {
    let people = (1...max(1, view.required)).map { number in
      "Approver \(number)" + (request.approvals.count >= number ? ": \(request.approvals[number - 1])" : "")
    }
    let rows = ["Applicant: \(request.requestedBy)"] + people
    return .table(
      style: "signatures", ["Person", "Decision", "Date", "Signature"],
      rows.enumerated().map { position, person in
        [.text(person), .text(position == 0 ? "" : "\u{2610} approved  \u{2610} rejected"), .text(""), .text("")]
      })
  }
}
