package import JobModel
private import Notifications
private import Scheduling
package import Storage

/// Sends a test at once, past the outbox, to see whether notifications would arrive.
package struct NotificationTrial: Sendable {
  private let store: Store
  private let caller: Caller
  private let host: String

  /// - Parameter host: this machine's name.
  package init(store: Store, caller: Caller, host: String) {
    self.store = store
    self.caller = caller
    self.host = host
  }

  /// Mails a test to `address`.
  /// - Returns: the server that took it.
  /// - Throws: `NotificationError`, `ModelError`.
  package func mail(to address: String) async throws -> MailServer {
    let notice = notice("Mail from this netjob arrives.")
    let host = host
    let (send, server) = try await store.changeAsync(as: caller) { change in
      try change.require(.manageSettings, network: nil)
      let office = try PostOffice(change, mailTo: [], trapsTo: nil, host: host)
      let identifier = "test.\(notice.time.milliseconds).\(change.keys.keyedHash("\(notice.time.milliseconds)").prefix(12))"
      let send = try office.mail(to: address, notice, identifier: identifier)
      try change.audit("mail.test", "mail \(address)")
      return (send, try MailSettings.load(change.sql, keys: change.keys)?.server)
    }
    try await run(send, .mail)
    guard let server else { throw NotificationError(.unavailable, "there is no mail server") }
    return server
  }

  /// Sends a test to the trap receiver with this name. A trap is not acknowledged: that it was sent does not say that it arrived.
  /// - Throws: `NotificationError`, `ModelError`.
  package func trap(to name: String) async throws {
    let notice = notice("Notifications from this netjob arrive.")
    let host = host
    let send = try await store.changeAsync(as: caller) { change in
      try change.require(.manageSettings, network: nil)
      let send = try PostOffice(change, mailTo: nil, trapsTo: [name], host: host).trap(to: name, notice)
      try change.audit("trap.test", "trap receiver \(name)")
      return send
    }
    TrapRoute.prepare()
    try await run(send, .trap)
  }

  private func notice(_ message: String) -> Notice {
    var notice = Notice(.test, time: store.clock(), actor: caller.name)
    notice.message = message
    return notice
  }

  private func run(_ send: @escaping PostOffice.Send, _ channel: NotificationChannel) async throws {
    let milliseconds = OutboxDrain.Budget.background.milliseconds(channel)
    try await DeliveryThread.run {
      do throws(NotificationError) {
        try send(milliseconds)
        return .success(())
      } catch {
        return .failure(error)
      }
    }
  }
}
