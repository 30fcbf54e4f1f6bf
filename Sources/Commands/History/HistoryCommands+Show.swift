private import Arguments
private import JobModel
private import Reports
private import Storage
private import Terminal

extension HistoryCommands {
  private static let id = Operand<Int64>("ID", help: "the execution's number", conversion: .integer(in: 1...Int64.max))

  private static let format = Option<String>(
    "output", valueName: "FORMAT", help: "html: a page on its own that prints on A4", conversion: .oneOf(["html"]))

  static let show = Command(
    ["history", "show"], summary: "show an execution with its devices and its approval",
    discussion: """
      With --output html, one page that needs nothing else goes to standard output, for a ticket: who ran what and why, who \
      approved it with which words, and of each device the result, how its configuration changed, and what it answered. \
      Secrets are ****** on it, whoever asks, as others will read it.
      """,
    needs: [.permission(.view)], parameters: [id, format],
    examples: [
      Example("netjob history show 42", "show what happened on each device"),
      Example("netjob history show 42 --output html > change-42.html", "put it into a ticket"),
    ],
    seeAlso: ["history output", "history diff", "approval show"]
  ) { context, arguments in
    if arguments.isGiven(format) {
      if context.isJSON { throw ModelError(.invalid, "--output and --json exclude each other") }
      let sheet = try context.store.read { try ExecutionSheet($0, try find($0, arguments[id], context), context) }
      context.output.write(sheet.page(context).text)
      return .done
    }
    let record = try context.store.read { sql in
      let execution = try find(sql, arguments[id], context)
      return ExecutionView(
        execution: execution, devices: try ExecutionQueries.devices(sql, of: execution.id),
        approval: try execution.requestID.map { try ApprovalQueries.log(sql, request: $0) } ?? [])
    }
    context.show(record.document(context)) { record.write(context) }
    return .done
  }
}

/// An execution with what belongs to it.
private struct ExecutionView {
  let execution: ExecutionRecord
  let devices: [ExecutionDeviceRecord]
  let approval: [ApprovalLogRecord]

  func document(_ context: Context) -> JSONValue {
    let more: [JSONValue.Member] = [
      .init("changesDevices", .bool(execution.changesDevices)),
      .init("cancelRequested", .bool(execution.isCancelRequested)),
      .init(
        "devices",
        .array(devices.map { ExecutionDocument.document($0) })),
      .init("approval", .array(approval.map { ApprovalCommands.document($0, context) })),
    ]
    return .object(ExecutionDocument.members(execution) + more)
  }

  func write(_ context: Context) {
    let output = context.output
    var block = FieldBlock()
    block.add("Execution", key: "id", .number(execution.id))
    block.add("Job", key: "job", .text(execution.job))
    block.add("Revision", key: "revision", .int(execution.revision))
    block.add("Type", key: "type", .text(execution.type.rawValue))
    block.add("Network", key: "network", .text(execution.network))
    block.add("Ran for", key: "user", .text(execution.user))
    block.add("Trigger", key: "trigger", .optional(execution.trigger))
    block.add("Due", key: "scheduledTime", context.cell(execution.scheduledTime))
    block.add("Started", key: "startTime", context.cell(execution.startTime))
    block.add("Ended", key: "endTime", context.cell(execution.endTime))
    block.add("Status", key: "status", HistoryCommands.cell(execution.status))
    block.add("Summary", key: "summary", .text(execution.summary))
    block.add(
      "Devices", key: "devices", .text("\(execution.devicesTotal), \(execution.devicesFailed) failed"))
    block.write(to: output)
    writeDoubts(context)
    writeDevices(context)
    writeApproval(context)
  }

  /// What a person must look at before anything else: devices of which nobody knows how far their change got.
  private func writeDoubts(_ context: Context) {
    let doubts = devices.filter { $0.status == .inDoubt }
    if doubts.isEmpty { return }
    context.output.writeLine()
    for device in doubts {
      let command = device.lastCommand.map { "; the last command on its way was: \($0)" } ?? ""
      let line = "IN DOUBT: \(device.name): nobody knows how far its change got\(command)"
      context.output.writeLine(context.output.style.apply(.bad, escapeControls(line)))
    }
  }

  private func writeDevices(_ context: Context) {
    if devices.isEmpty { return }
    var table = Table(columns: [
      .init("DEVICE"), .init("STATUS"), .init("CHANGED"), .init("STARTED", priority: 1), .init("ENDED", priority: 1),
      .init("RESULT", minimumWidth: 16),
    ])
    for device in devices {
      table.append([
        .text(device.name), HistoryCommands.cell(device.status), .bool(device.changed), context.cell(device.startTime),
        context.cell(device.endTime), .text(device.error ?? device.summary),
      ])
    }
    context.output.writeLine()
    table.write(to: context.output)
  }

  private func writeApproval(_ context: Context) {
    if approval.isEmpty { return }
    context.output.writeLine()
    context.output.writeLine(context.output.style.apply(.heading, "Approval"))
    ApprovalCommands.logColumns.write(approval, context) { ApprovalCommands.document($0, context) }
  }
}
