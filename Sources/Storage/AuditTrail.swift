private import Synchronization

/// The audit rows of one transaction, which go to syslog once they are committed, where that is switched on.
package final class AuditTrail: Sendable {
  private struct State {
    var rows: [AuditRecord] = []
    var isWanted = false
  }

  private let state = Mutex(State())

  package init() {}

  /// Whether the rows will be sent.
  package var isWanted: Bool { state.withLock { $0.isWanted } }

  func add(_ row: AuditRecord) { state.withLock { $0.rows.append(row) } }

  /// Looks, at the end of the transaction, whether syslog is to have them.
  package func seal(_ sql: any SQLConnection) throws {
    if state.withLock({ $0.rows.isEmpty }) { return }
    let value = try sql.row("SELECT value FROM setting WHERE key = 'audit.syslog'")?.text("value")
    state.withLock { $0.isWanted = value == "on" }
  }

  /// Sends them, after the commit. It neither fails nor waits.
  func send() {
    let rows = state.withLock { $0.isWanted ? $0.rows : [] }
    if !rows.isEmpty { AuditSyslog().send(rows) }
  }
}
