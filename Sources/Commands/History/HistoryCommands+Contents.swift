private import Arguments
private import JobModel
internal import Storage
private import Terminal

extension HistoryCommands {
  private static let id = Operand<Int64>("ID", help: "the execution's number", conversion: .integer(in: 1...Int64.max))
  private static let device = OptionalOperand<String>("DEVICE", help: "only this device", completion: .dynamic("device"))

  static let output = Command(
    ["history", "output"], summary: "show what the devices of an execution answered",
    discussion: """
      Secrets are shown as ****** unless you may manage credentials. Without DEVICE, the output of each device stands under its \
      name.
      """,
    needs: [.permission(.view)], parameters: [id, device],
    examples: [Example("netjob history output 42 core1", "what one device answered")], seeAlso: ["history show"]
  ) { context, arguments in
    let outputs = try context.store.read { sql in
      let execution = try find(sql, arguments[id], context)
      let mask = try ConfigurationMask(context, sql)
      return try devices(sql, of: execution, named: arguments[device]).map { device in
        (
          device,
          try device.output.map {
            try mask.transcript(try Blobs.get(sql, $0), device: device.deviceID, network: execution.networkID, in: sql)
          }
        )
      }
    }
    func document(_ device: ExecutionDeviceRecord, _ text: String?) -> JSONValue {
      ["device": .string(device.name), "status": .string(device.status.rawValue), "output": .optional(text)]
    }
    if arguments.isGiven(device), let (device, text) = outputs.first {
      try context.show(document(device, text)) {
        if let text {
          try context.pageEscaped(text)
        } else {
          context.note("there is no output of device '\(device.name)': it is \(device.status.rawValue)")
        }
      }
      return .done
    }
    try context.show(.array(outputs.map(document))) {
      let texts = outputs.compactMap { device, text in
        text.map { "==> \(device.name) <==\n" + ($0.hasSuffix("\n") || $0.isEmpty ? $0 : $0 + "\n") }
      }
      try context.pageEscaped(texts.joined(separator: "\n"))
      if texts.isEmpty { context.note("execution \(arguments[id]) has no output") }
    }
    return .done
  }

  static let diff = Command(
    ["history", "diff"], summary: "show how an execution changed, or found changed, the configurations of its devices",
    discussion: """
      For a change it is the running configuration before and after it; for a backup the stored revision and the one before it. \
      Of a secret that changed only the fact is shown unless you may manage credentials.
      """,
    needs: [.permission(.view)], parameters: [id, device],
    examples: [Example("netjob history diff 42 core1", "what the execution changed on a device")],
    seeAlso: ["config diff", "history show"]
  ) { context, arguments in
    let (parts, unknown) = try context.store.read { sql in
      let execution = try find(sql, arguments[id], context)
      let mask = try ConfigurationMask(context, sql)
      var (parts, unknown): ([Part], [String]) = ([], [])
      for device in try devices(sql, of: execution, named: arguments[device]) {
        let found = try differences(sql, of: device, in: execution, mask)
        if found.isEmpty, device.changed || device.before != nil { unknown.append(device.name) }
        parts += found
      }
      return (parts, unknown)
    }
    let documents: [JSONValue] = parts.map { part in
      [
        "device": .string(part.device), "kind": .string(part.kind), "added": .int(part.difference.added),
        "removed": .int(part.difference.removed), "diff": .string(part.difference.text),
      ]
    }
    try context.show(.array(documents)) {
      let text = parts.map(\.difference.text).joined()
      if !text.isEmpty { try context.pageDifference(text) }
      if !unknown.isEmpty {
        let names = ApprovalCommands.names(unknown, most: 10)
        context.note("execution \(arguments[id]): what it changed on \(names) was not read, or is not kept")
      } else if text.isEmpty {
        context.note("execution \(arguments[id]) shows no difference")
      }
    }
    return .done
  }

  /// How one configuration of a device changed.
  struct Part {
    let device: String
    let kind: String
    let difference: ConfigurationDifference
  }

  /// How an execution changed the configurations of one of its devices, or found them changed.
  static func differences(
    _ sql: any SQLConnection, of device: ExecutionDeviceRecord, in execution: ExecutionRecord, _ mask: ConfigurationMask
  ) throws -> [Part] {
    if let before = device.before, let after = device.after {
      let difference = try mask.difference(
        from: try Blobs.get(sql, before), "\(device.name) before execution \(execution.id)", to: try Blobs.get(sql, after),
        "\(device.name) after execution \(execution.id)", device: device.deviceID, network: execution.networkID, in: sql)
      return [Part(device: device.name, kind: "running", difference: difference)]
    }
    let revisions = try ConfigQueries.all(sql, device: device.name).filter { $0.deviceID == device.deviceID }
    return try revisions.filter { $0.executionID == execution.id }.map { new in
      let old = revisions.first { $0.kind == new.kind && $0.revision == new.revision - 1 }
      return Part(
        device: device.name, kind: new.kind.rawValue, difference: try ConfigCommands.difference(sql, old, new, mask))
    }
  }
}
