internal import DeviceCLI
internal import JobModel
internal import Storage
internal import Transports

extension DeviceOpener {
  /// Logs in to copy files: as `open`, but without a shell. The caller closes the connection.
  /// - Parameter timeout: for the whole connection.
  /// - Throws: `TransportError`, `ModelError` (no credential), `CancellationError`.
  func openFiles(_ device: DeviceRecord, timeout: Duration) async throws -> SSHConnection {
    let platform = try catalogs.platforms.platform(named: device.platform)
    let reach = try await reach(device)
    guard !reach.credentials.isEmpty else { throw missingCredential(device) }
    var request = request(for: device, platform, reach)
    request.deadlines.device = timeout
    do {
      return try await connector.connectForFiles(request)
    } catch let error as TransportError {
      if error.code == .hostKeyChanged {
        try? await store.changeAsync(as: caller) { try $0.noteChangedHostKey(device, message: error.message) }
      }
      throw told(error, of: device, with: request.credentials)
    }
  }

  func missingCredential(_ device: DeviceRecord) -> ModelError {
    ModelError(
      .invalid, "there is no credential for device '\(device.name)'",
      hint:
        "netjob credential add NAME --username USER --network \(device.network), or netjob device edit \(device.name) --credential NAME"
    )
  }
}
