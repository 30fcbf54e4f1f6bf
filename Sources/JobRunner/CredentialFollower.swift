internal import DeviceCLI
internal import JobModel
internal import Storage
internal import ToolCatalog
internal import Transports

/// Lets the stored credential follow a secret that was changed on a device: only after a fresh login with the new one, so that
/// netjob never trades a way in that works for one that does not.
struct CredentialFollower: Sendable {
  enum Result {
    /// The change is of another user's password, or of nothing that netjob logs in with.
    case notConcerned
    case proven(Proof)
    case failed(String)
  }

  /// Secrets that let netjob in.
  struct Proof: Sendable {
    fileprivate let follower: CredentialFollower
    fileprivate let secrets: CredentialSecrets

    /// Stores them as the credential's, or as those of a new one for this device where others use the old one too.
    /// - Returns: what was done.
    func keep() async throws -> String {
      let (work, used) = (follower.work, follower.used)
      let (name, isAnother) = try await work.store.changeAsync(as: work.caller) { [secrets] change in
        try change.followSecrets(work.claim, of: used, on: work.part.device, secrets)
      }
      return "a fresh login with the new \(follower.word) succeeded: credential '\(name)' has it"
        + (isAnother ? " and is the device's now, as others use '\(used.name)'" : " now")
    }
  }

  let work: DeviceWork
  /// What the device was opened with.
  let used: CredentialRecord
  /// nil where the change is of something else.
  let change: RenderedTool.CredentialChange?
  /// The job's secrets, to be masked in the new session too.
  let secrets: [String]

  /// Looks for new secrets that let netjob in.
  /// - Throws: what the database throws; what the device does is a result.
  func prove() async throws -> Result {
    guard let change else { return .notConcerned }
    let trials = trials(change, try await stored())
    guard !trials.isEmpty else { return .notConcerned }
    var failure = ""
    for secrets in trials {
      do {
        try await logIn(secrets, provingWhatChanged: true)
        return .proven(Proof(follower: self, secrets: secrets))
      } catch {
        failure = try Self.message(error)
        // Where the login itself failed, another attempt would count against a lock-out.
        if (error as? DeviceError)?.code == .enableRefused { continue }
        break
      }
    }
    return .failed(
      "the change was sent, and a fresh login with the new \(word) failed: \(failure); credential '\(used.name)' is unchanged")
  }

  /// Logs in once more with what is stored. Behind a change of routes or ports a device may be out of reach for a while: that is
  /// tried again, a refusal is not.
  /// - Returns: why that failed; nil when it did not.
  /// - Throws: as `prove`.
  func failureOfLogin() async throws -> String? {
    let secrets = try await stored()
    let end = ContinuousClock.now + work.reach
    while true {
      do {
        try await logIn(secrets, provingWhatChanged: false)
        return nil
      } catch {
        let message = try Self.message(error)
        let isOutOfReach = [.unreachable, .timedOut, .connectionLost].contains((error as? TransportError)?.code)
        guard isOutOfReach, work.stop.current == nil, ContinuousClock.now < end else { return message }
        try await Task.sleep(for: work.reach / 15)
      }
    }
  }

  private func stored() async throws -> CredentialSecrets {
    try await work.store.readAsync { [work, used] sql in
      try CredentialQueries.secrets(sql, of: used.id, keys: try work.store.keys(in: sql))
    }
  }

  private static func message(_ error: any Error) throws -> String {
    if let error = error as? CancellationError { throw error }
    return (error as? TransportError)?.message ?? (error as? DeviceError)?.message ?? "\(error)"
  }

  fileprivate var word: String {
    if case .enable = change { return "enable secret" }
    return "password"
  }

  /// What to try, in order.
  private func trials(_ change: RenderedTool.CredentialChange, _ old: CredentialSecrets) -> [CredentialSecrets] {
    let asksForSecret = work.part.platform.modes[.enable]?.entry?.secretPrompt != nil
    var new = old
    switch change {
    case .removal: return []
    case .enable(let secret):
      guard asksForSecret else { return [] }
      new.enable = secret
      return [new]
    case .password(let password, let user):
      // Keys are not changed by it.
      guard user == used.username, old.password != nil else { return [] }
      new.password = password
      guard asksForSecret, old.enable == nil else { return [new] }
      // The login's password served for the enable mode too: whether that is a secret of its own, the device says.
      var own = new
      own.enable = old.password
      return [own, new]
    }
  }

  /// Logs in anew and enters the enable mode.
  /// - Parameter provingWhatChanged: no other way in than the changed one counts.
  private func logIn(_ secrets: CredentialSecrets, provingWhatChanged: Bool) async throws {
    var record = used
    var alone = secrets
    if provingWhatChanged, case .password = change {
      // A key that lets netjob in would say nothing of the password.
      record.usesAgent = false
      alone.privateKey = nil
      alone.passphrase = nil
    }
    let opened = try await work.opener.open(
      work.part.device, for: work.claim.id, secrets: self.secrets, with: (record, alone))
    do {
      if work.part.platform.modes[.enable]?.entry?.secretPrompt != nil {
        // A user who begins there has not shown the secret.
        if provingWhatChanged, case .enable = change, await opened.session.mode == .enable { try await opened.session.leave() }
        try await opened.session.enter(.enable)
      }
    } catch {
      await opened.close(because: error)
      throw error
    }
    await opened.close()
  }
}
