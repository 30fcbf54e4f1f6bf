package import Scheduling

/// What a notification tells: the facts, of which mail and trap make their texts. Stored with the delivery, as they were then.
package struct Notice: Codable, Equatable, Sendable {
  package var event: NotificationEvent
  package var time: Timestamp
  /// Who brought it about.
  package var actor: String
  package var job: String?
  package var network: String?
  package var revision: Int?
  package var owner: String?

  // The request
  package var request: Int64?
  package var requestedBy: String?
  package var approvals: [String]?
  package var required: Int?
  package var digest: String?

  // The execution
  package var execution: Int64?
  /// For whom it runs.
  package var runsFor: String?
  package var trigger: String?
  package var scheduledTime: Timestamp?
  package var devicesTotal: Int?
  package var devicesFailed: Int?

  /// What the report is called that goes with it, as a file; nil where none does.
  package var report: String?

  package var device: String?
  /// The status of request or execution after the event.
  package var status: String?
  /// What was said, or why it came about; any text.
  package var message: String?
  /// The newest row of the audit log, and its hash.
  package var auditRow: Int64?
  package var auditHead: String?

  package init(_ event: NotificationEvent, time: Timestamp, actor: String) {
    self.event = event
    self.time = time
    self.actor = actor
  }
}
