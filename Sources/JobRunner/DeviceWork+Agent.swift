internal import DeviceCLI
private import JobModel
internal import Storage
private import Terminal
private import Transports

extension DeviceWork {
  /// What the program is started with; nothing of netjob's own environment.
  private static let environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "NETJOB_AGENT=1"]
  /// So much may an agent write for one device.
  private static let outputLimit = 16 << 20

  /// Starts the agent for the device, and makes of what it says what is recorded. Once one that changes devices was started, only
  /// its result tells how the device was left: without one the device is in doubt.
  /// - Parameter credentials: those of the device, the one that netjob would try first at the front.
  func run(
    _ task: AgentTask, credentials: [(record: CredentialRecord, secrets: CredentialSecrets)],
    until deadline: ContinuousClock.Instant, progress: ChangeProgress
  ) async throws -> DeviceFinding {
    let agent = task.agent
    let credential = agent.passesCredential ? credentials.first : nil
    if agent.passesCredential && credential == nil {
      throw ModelError(.invalid, "there is no credential for device '\(part.device.name)', which agent '\(agent.name)' wants")
    }
    let redactor = Redactor(secrets: Array(task.secrets.values) + (credential?.secrets.all ?? []))
    // Reading a large file takes its time: not on a thread that others need. One device's wait is everybody's, once.
    let program = try task.program.load()
    var end = deadline
    if let timeout = agent.timeout { end = min(end, .now + .seconds(timeout)) }
    let document = Self.document(task, plan, claim, credential, seconds: max(0, (end - .now).components.seconds))
    let process = AgentProcess(
      program: program, name: agent.path, environment: Self.environment + ["NETJOB_AGENT_FILE=\(agent.path)"],
      input: Array((document.compact + "\n").utf8), outputLimit: Self.outputLimit)
    if plan.changesDevices {
      do {
        try await announce("start agent \(agent.name)", progress)
      } catch let stopped as ChangeStopped {
        return .outcome(DeviceOutcome(status: .cancelled, error: "stopped (\(stopped.reason.text)); nothing was started"))
      }
    }
    let exit: AgentProcess.Exit
    do {
      exit = try await process.run(until: end)
    } catch let error as TransportError {
      // It was never started.
      progress.allSent()
      throw ModelError(.invalid, error.message)
    }
    var report = AgentReport()
    let malformed = report.read(exit.output)
    let complaints = redactor.redacting(Self.lastLines(exit.errors))
    var why: String?
    switch exit.cause {
    case .cancelled: throw CancellationError()
    case .timedOut: why = "agent '\(agent.name)' did not end in time and was killed"
    case .outputTooLong: why = "agent '\(agent.name)' wrote more than \(Self.outputLimit >> 20) MiB and was killed"
    case .itself:
      if let malformed {
        why = "agent '\(agent.name)' does not keep to the protocol: \(redactor.redacting(malformed.description))"
      } else if report.result == nil {
        why = "agent '\(agent.name)' ended with status \(exit.status) and without a result"
      } else if exit.status != 0 && report.result?.isOK == true {
        why = "agent '\(agent.name)' reported success and ended with status \(exit.status)"
      }
    }
    if let error = why, !complaints.isEmpty { why = "\(error); it complained: \(complaints)" }
    var transcript = redactor.redacting(report.transcript)
    if !complaints.isEmpty { transcript += "(stderr) \(complaints)\n" }
    // It was killed, or ended without a word on how the device was left.
    if let why, plan.changesDevices, report.result == nil || exit.cause != .itself {
      return .outcome(
        DeviceOutcome(
          status: .inDoubt, error: "\(why); nobody knows what it changed", changed: true, output: transcript))
    }
    progress.allSent()
    guard let result = report.result, why == nil else {
      return .outcome(DeviceOutcome(status: .failed, error: why, changed: report.result?.isChanged ?? false, output: transcript))
    }
    let error =
      result.isOK
      ? nil : Self.short(redactor.redacting(result.error ?? (result.summary.isEmpty ? "it gives no reason" : result.summary)))
    let outcome = DeviceOutcome(
      status: result.isOK ? .succeeded : .failed, error: error, changed: result.isChanged && plan.changesDevices,
      summary: Self.short(redactor.redacting(result.summary)), output: transcript)
    // A result that only tells of trouble keeps nothing.
    guard result.isOK, !report.configurations.isEmpty || !report.facts.isEmpty else { return .outcome(outcome) }
    let told = report
    if plan.changesDevices {
      return .outcome(try await store.changeAsync(as: caller) { try keep(told, outcome, $0) })
    }
    return .reading { try keep(told, outcome, $0) }
  }

  /// Stores the configurations and facts that an agent read.
  private func keep(_ report: AgentReport, _ outcome: DeviceOutcome, _ change: Change) throws -> DeviceOutcome {
    try change.check(claim)
    var outcome = outcome
    var words = outcome.summary.isEmpty ? [] : [outcome.summary]
    for kind in ConfigRevisionRecord.Kind.allCases {
      guard let text = report.configurations[kind] else { continue }
      let kept = try Self.keep(
        change, ConfigurationText(text, part.platform), kind, of: part.device, part.platform, execution: claim.id)
      words.append("\(kind.rawValue) configuration \(kept.text)")
      if kept.isChange && !plan.changesDevices { outcome.changed = true }
    }
    if !report.facts.isEmpty {
      let facts = report.facts
      try change.noteFacts(
        deviceID: part.device.id,
        DeviceFacts(
          hostname: facts["hostname"], vendor: facts["vendor"], model: facts["model"], version: facts["version"],
          serial: facts["serial"]))
    }
    outcome.summary = words.joined(separator: "; ")
    return outcome
  }

  /// As much as a table has room for; a character may be of any length.
  private static func short(_ text: String) -> String {
    text.unicodeScalars.count <= 1000 ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(1000))) + "..."
  }

  /// The end of what it complained of, on one line.
  private static func lastLines(_ bytes: [UInt8]) -> String {
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    return String(lines.suffix(5).joined(separator: " | ").suffix(2000))
  }

  private static func document(
    _ task: AgentTask, _ plan: JobPlan, _ claim: ExecutionClaim,
    _ credential: (record: CredentialRecord, secrets: CredentialSecrets)?, seconds: Int64
  ) -> JSONValue {
    return [
      "netjobAgent": 1, "execution": .integer(claim.id), "job": .string(plan.job.name), "revision": .int(plan.job.revision),
      "changesDevices": .bool(plan.changesDevices), "seconds": .integer(seconds),
      "device": task.device,
      "parameters": .texts(task.parameters.merging(task.secrets) { $1 }),
      "credential": .optional(credential) { credential in
        [
          "name": .string(credential.record.name), "username": .string(credential.record.username),
          "password": .optional(credential.secrets.password), "enablePassword": .optional(credential.secrets.enable),
          "privateKey": .optional(credential.secrets.privateKey), "passphrase": .optional(credential.secrets.passphrase),
          "snmpCommunity": .optional(credential.secrets.snmpCommunity),
        ]
      },
    ]
  }
}
