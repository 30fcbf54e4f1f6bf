internal import Storage
private import Synchronization

/// How devices are to be reached, from the database. Devices of a network mostly share it, and hundreds are opened in the same
/// second: what one has asked for serves the others for a moment.
final class AccessRules: Sendable {
  struct Rules: Sendable {
    var network: NetworkRecord
    var credentials: [(record: CredentialRecord, secrets: CredentialSecrets)]
    var jumpCredential: (record: CredentialRecord, secrets: CredentialSecrets)?
    /// Those of the settings.
    var limits: SessionLimits
  }

  /// What the answer depends on.
  private struct Question: Hashable {
    var networkID: Int64
    var credentialID: Int64?
    var lastCredentialID: Int64?
  }

  private struct Answer {
    var time: ContinuousClock.Instant
    var rules: Task<Rules, any Error>
  }

  private static let validity = Duration.seconds(1)
  private static let limit = 1000

  private let store: Store
  private let answers = Mutex<[Question: Answer]>([:])

  init(store: Store) { self.store = store }

  /// - Throws: `StorageError`, `ModelError`.
  func rules(for device: DeviceRecord) async throws -> Rules {
    let question = Question(
      networkID: device.networkID, credentialID: device.credentialID, lastCredentialID: device.lastCredentialID)
    let task = answers.withLock { answers in
      if let answer = answers[question], ContinuousClock.now - answer.time < Self.validity { return answer.rules }
      if answers.count >= Self.limit { answers.removeAll() }
      let task = Task { [store] in try await Self.ask(store, device) }
      answers[question] = Answer(time: .now, rules: task)
      return task
    }
    return try await task.value
  }

  private static func ask(_ store: Store, _ device: DeviceRecord) async throws -> Rules {
    try await ask(store, network: device.networkID) { try CredentialQueries.candidates($0, for: device).filter(\.logsIn) }
  }

  /// How anything in a network is reached, now.
  /// - Parameter candidates: the credentials, in order.
  static func ask(
    _ store: Store, network id: Int64, candidates: @escaping @Sendable (any SQLConnection) throws -> [CredentialRecord]
  ) async throws -> Rules {
    try await store.readAsync { sql in
      // In the same snapshot: the key may be rotated while an execution runs.
      let keys = try store.keys(in: sql)
      func opened(_ record: CredentialRecord) throws -> (record: CredentialRecord, secrets: CredentialSecrets) {
        (record, try CredentialQueries.secrets(sql, of: record.id, keys: keys))
      }
      let network = try NetworkQueries.get(sql, id: id)
      return Rules(
        network: network,
        credentials: try candidates(sql).map(opened),
        jumpCredential: try network.jump.map { try opened(try CredentialQueries.find(sql, $0.credential)) },
        limits: try SessionLimits(sql))
    }
  }
}
