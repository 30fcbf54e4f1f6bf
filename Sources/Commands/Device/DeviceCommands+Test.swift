private import Arguments
private import DeviceCLI
private import JobModel
private import JobRunner
private import Storage
private import Terminal
private import Transports

extension DeviceCommands {
  private static let record = Option<String>(
    "record", valueName: "FILE",
    help:
      "also read what the platform says can be read, and write the session to a new FILE, secrets masked; - is standard output",
    completion: .file)
  private static let name = Operand<String>("NAME", help: "the device's name or number", completion: .dynamic("device"))

  static let test = Command(
    ["device", "test"], summary: "log in to a device and show its prompt and how long each step took",
    discussion: """
      The host key is checked as for jobs: a pinned key must be the one presented; without one, the policy of the network \
      decides. With --json the timings are seconds.

      --record makes a fixture for a platform's tests of the session: the commands for inventory, configurations and \
      neighbours, and all that the device sent. Secrets that netjob typed are masked, and those in lines that the platform \
      knows; look through the file before you give it away. When the session fails, what there is of it is written.

      \(SessionLogs.about)
      """,
    needs: [.oneOf([.manageDevices, .runJob])], parameters: [name, record, SessionLogs.folder],
    examples: [
      Example("netjob device test core1", "see whether netjob can log in to 'core1'"),
      Example("netjob device test core1 --record core1.yaml", "record a session, to contribute a platform"),
    ],
    exitCodes: [ExitCode(1, "the device could not be reached, or refused")], seeAlso: ["device trust", "credential add"]
  ) { context, arguments in
    let device = try context.store.read { sql in
      let device = try DeviceQueries.find(sql, arguments[name])
      try context.require([.manageDevices, .runJob], network: device.networkID, in: sql)
      return device
    }
    let logs = try SessionLogs.make(context, folder: arguments[SessionLogs.folder])
    let recording = try arguments[record].map { try RecordingFile($0, context) }
    let opened: OpenedDevice
    do {
      opened = try await context.opener(watcher: logs).open(device, recorder: recording?.recorder)
    } catch {
      await logs?.finish()
      try await recording?.write(failure: (error as? DeviceError)?.message ?? "the connection failed")
      // A jump host that is down says nothing of the device.
      guard let error = error as? TransportError, !error.concernsJumpHost else { throw error }
      try await context.store.changeAsync(as: context.caller) {
        try $0.noteContact(deviceID: device.id, isUp: false, credentialID: nil)
      }
      throw error
    }
    let prompt = await opened.session.prompt
    let hostname = await opened.session.hostname
    var tourFailure: (any Error)?
    if let recording {
      var tour = SessionTour()
      await tour.run(on: opened.session)
      tourFailure = tour.failure
      await opened.close()
      await logs?.finish()
      try await recording.write(failure: tourFailure.map { opened.redactor.redacting("\($0)") })
    } else {
      await opened.close()
      await logs?.finish()
    }
    let credential = opened.credential
    try await context.store.changeAsync(as: context.caller) {
      try $0.noteContact(deviceID: device.id, isUp: true, credentialID: credential?.id)
    }
    if let tourFailure { throw tourFailure }
    if recording?.isStandardOutput == true { return .done }
    let steps = steps(opened)
    context.show([
      "device": .string(device.name), "prompt": .string(prompt), "hostname": .optional(hostname),
      "platform": .string(device.platform), "credential": .optional(credential?.name),
      "hostKey": ["type": .string(opened.hostKey.algorithm), "fingerprint": .string(opened.hostKey.fingerprint)],
      "server": .optional(opened.serverIdentification), "transport": .string(opened.transport.rawValue),
      "jump": .optional(opened.jumpHost),
      "timings": .object(steps.map { .init($0.key, .number(seconds($0.duration))) }),
    ]) {
      var block = FieldBlock()
      block.add("Device", key: "device", .text(device.name))
      block.add("Prompt", key: "prompt", .text(prompt))
      block.add("Hostname", key: "hostname", .optional(hostname))
      block.add("Platform", key: "platform", .text(device.platform))
      block.add("Credential", key: "credential", .optional(credential?.name))
      block.add("Host key", key: "hostKey", .text("\(opened.hostKey.algorithm) \(opened.hostKey.fingerprint)"))
      block.add("Server", key: "server", .optional(opened.serverIdentification))
      block.add("Transport", key: "transport", .text(opened.transport.rawValue))
      if let jumpHost = opened.jumpHost { block.add("Through", key: "jump", .text(jumpHost)) }
      for step in steps { block.add(step.label, key: step.key, .text(milliseconds(step.duration))) }
      block.write(to: context.output)
    }
    return .done
  }

  private static func steps(_ opened: OpenedDevice) -> [(label: String, key: String, duration: Duration)] {
    let timings = opened.timings
    // What it took to be at the jump host, where there is one.
    let jump = opened.jumpHost == nil ? [] : [("Jump host", "jump", timings.jump)]
    return jump + [
      ("Resolve", "resolve", timings.resolve), ("Connect", "connect", timings.connect),
      ("Key exchange", "keyExchange", timings.keyExchange), ("Login", "login", timings.login),
      ("Shell", "shell", timings.shell), ("Prompt", "prompt", opened.promptDuration),
      ("Total", "total", timings.total + opened.promptDuration),
    ]
  }

  /// Rounded to microseconds.
  private static func seconds(_ duration: Duration) -> Double { (duration / .microseconds(1)).rounded() / 1_000_000 }

  private static func milliseconds(_ duration: Duration) -> String {
    let tenths = Int((duration / .milliseconds(1) * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) ms"
  }
}
