import Delivery
import Foundation
import JobModel
import Scheduling
import Storage
import Testing

/// The outbox against servers that are not there; those that are stand in the lab.
@Suite(.timeLimit(.minutes(1))) struct OutboxDrainTests {
  private static let caller = Caller(name: "root", isDelegated: false, ownsDatabase: true)

  /// A store with one user, `bob`, who has one mail waiting.
  private static func withStore(_ body: (Store) async throws -> Void) async throws {
    let folder = "/tmp/netjob-delivery-\(UUID().uuidString)"
    mkdir(folder, 0o700)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let installation = Installation(databasePath: folder + "/netjob.db")
    try installation.create(now: Timestamp(seconds: 1_800_000_000))
    let store = try Store(opening: installation, clock: { Timestamp(seconds: 1_800_000_000) })
    try store.change(as: caller) { change in
      try change.addFirstAdministrator(name: "root")
      try change.addAccount(name: "bob", mail: "bob@example.net", roles: [.administrator])
      try change.addAccount(name: "carol", mail: "carol@example.net", roles: [.administrator])
      var edit = DeviceEdit()
      edit.address = "192.0.2.1"
      edit.platform = "frr"
      try change.addDevice(name: "r1", edit, network: try NetworkQueries.find(change.sql, "default"))
      try change.set("mail.server", to: "smtp://127.0.0.1:1")
      try change.noteChangedHostKey(try DeviceQueries.find(change.sql, "r1"), message: "m")
    }
    try await body(store)
  }

  private static func rows(_ store: Store) throws -> [OutboxRecord] { try store.read { try OutboxQueries.list($0, limit: 100) } }

  @Test func aRefusedConnectionFailsAtOnceAndIsTriedAgain() async throws {
    try await Self.withStore { store in
      let drain = OutboxDrain(store: store, caller: Self.caller, host: "h.example")
      let outcome = try await drain.run(.command)
      #expect(outcome.sent == 0 && outcome.failed == 2)
      for row in try Self.rows(store) {
        #expect(row.status == .waiting && row.attempts == 1)
        #expect(row.nextAttempt == Timestamp(seconds: 1_800_000_060))
        #expect(row.error?.contains("smtp://127.0.0.1:1") == true, "\(row.error ?? "")")
      }
      #expect(try await drain.run(.command) == OutboxDrain.Outcome(), "nothing is due any more")
    }
  }

  @Test func someoneWhoIsGoneIsNoReasonToHoldUpTheOthers() async throws {
    try await Self.withStore { store in
      try store.change(as: Self.caller) { change in
        _ = try change.sql.execute("UPDATE account SET enabled = 0 WHERE name = 'bob'")
        try change.set("mail.server", to: "")
      }
      _ = try await OutboxDrain(store: store, caller: Self.caller, host: "h").run(.command)
      let errors = try Dictionary(uniqueKeysWithValues: Self.rows(store).map { ($0.recipient, $0.error ?? "") })
      #expect(errors["bob"]?.contains("gone, disabled") == true, "\(errors)")
      #expect(errors["carol"]?.contains("there is no mail server") == true, "\(errors)")
    }
  }

  @Test func whoWantsToLeaveIsNotHeldUp() async throws {
    try await Self.withStore { store in
      let outcome = try await OutboxDrain(store: store, caller: Self.caller, host: "h").run(.background, isStopped: { true })
      #expect(outcome == OutboxDrain.Outcome())
      #expect(try Self.rows(store).allSatisfy { $0.attempts == 0 })
    }
  }

  @Test func aTrialSaysWhyItFailed() async throws {
    try await Self.withStore { store in
      let trial = NotificationTrial(store: store, caller: Self.caller, host: "h.example")
      await #expect(throws: (any Error).self) { try await trial.mail(to: "bob@example.net") }
      await #expect(throws: ModelError.self) { try await trial.mail(to: "no address") }
      await #expect(throws: (any Error).self) { try await trial.trap(to: "nobody") }
      let stranger = NotificationTrial(
        store: store, caller: Caller(name: "eve", isDelegated: true, ownsDatabase: true), host: "h.example")
      await #expect(throws: ModelError.self) { try await stranger.mail(to: "bob@example.net") }
    }
  }
}
