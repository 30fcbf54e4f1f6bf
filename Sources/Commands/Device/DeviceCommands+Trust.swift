private import Arguments
private import DeviceCLI
private import JobModel
private import JobRunner
private import Storage
private import Terminal
private import Transports

extension DeviceCommands {
  private static let name = Operand<String>("NAME", help: "the device's name or number", completion: .dynamic("device"))
  private static let fingerprint = Option<String>(
    "fingerprint", valueName: "SHA256:...", help: "the fingerprint of the key, as ssh-keygen -l prints it",
    conversion: .fingerprint)
  private static let keyType = Option<String>(
    "key-type", valueName: "TYPE", help: "the type of that key; without it, it is learned at the first contact",
    conversion: .hostKeyType)
  private static let scan = Flag("scan", help: "fetch the key from the device, show it and ask")
  private static let yes = Flag("yes", short: "y", help: "do not ask")

  static let trust = Command(
    ["device", "trust"], summary: "pin the host key of a device",
    discussion: """
      From then on netjob talks to the device only when it presents this key. A fingerprint from the device's own console is \
      worth more than a scan: who can answer in the device's place can answer the scan too.
      """,
    needs: [.permission(.manageDevices)], parameters: [name, fingerprint, keyType, scan, yes],
    constraints: [.exactlyOneOf([fingerprint, scan]), .requires(keyType, [fingerprint])],
    examples: [
      Example(
        "netjob device trust core1 --fingerprint SHA256:uNiVztksCsDhcc0u9e8BrQkFhTH5iNlDUYnN+N1WRHo",
        "pin the key that was read off the device's console"),
      Example("netjob device trust core1 --scan --yes", "pin whatever key the device presents now"),
    ],
    exitCodes: [ExitCode(1, "the device could not be reached")], seeAlso: ["device test"]
  ) { context, arguments in
    let device = try context.store.read { sql in
      let device = try DeviceQueries.find(sql, arguments[name])
      try context.require([.manageDevices], network: device.networkID, in: sql)
      return device
    }
    let key: (type: String?, fingerprint: String)
    if let fingerprint = arguments[fingerprint] {
      key = (arguments[keyType], fingerprint)
    } else {
      guard arguments[yes] || context.input.isTerminal else {
        throw TerminalError(
          .notATerminal, "the key cannot be shown to anybody before it is trusted: this is not a terminal",
          hint: "--yes trusts whatever key the device presents; --fingerprint names the right one")
      }
      let opener = try context.opener()
      let found: HostKey
      do {
        found = try await context.devices.scanHostKey(try await opener.scanRequest(for: device), context.callerResources)
      } catch let error as TransportError {
        throw opener.told(error, of: device)
      }
      context.note("device '\(device.name)' presents \(found.algorithm) \(found.fingerprint)")
      if let pinned = device.hostKeyFingerprint, pinned != found.fingerprint {
        context.warn("pinned is another key: \(device.hostKeyType.map { $0 + " " } ?? "")\(pinned)")
      }
      try context.confirm("trust this key of device '\(device.name)'?", yes: arguments[yes])
      key = (found.algorithm, found.fingerprint)
    }
    let isScanned = arguments[scan]
    let trusted = try await context.store.changeAsync(as: context.caller) { change in
      let device = try DeviceQueries.find(change.sql, device.name)
      try change.trust(
        device, keyType: key.type, fingerprint: key.fingerprint, reason: isScanned ? "scanned" : "fingerprint given")
      return try DeviceQueries.find(change.sql, device.name)
    }
    context.show(document(trusted, context)) {
      context.note("device '\(trusted.name)' is trusted with \(key.type.map { $0 + " " } ?? "")\(key.fingerprint)")
    }
    return .done
  }
}
