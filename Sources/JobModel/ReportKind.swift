/// What a report tells.
package enum ReportKind: String, Sendable, CaseIterable {
  case inventory
  case backupSummary = "backup-summary"
  case configChanges = "config-changes"
  case jobHistory = "job-history"
  case approvalAudit = "approval-audit"
  case credentialsUsed = "credentials-used"
  case neighbors
  case unsavedChanges = "unsaved-changes"

  /// What it is, for its heading.
  package var title: String {
    switch self {
    case .inventory: "Inventory"
    case .backupSummary: "Backups"
    case .configChanges: "Configuration changes"
    case .jobHistory: "Executions"
    case .approvalAudit: "Approvals"
    case .credentialsUsed: "Credentials in use"
    case .neighbors: "Neighbours"
    case .unsavedChanges: "Unsaved changes"
    }
  }

  /// Whether it tells of a time that has passed, rather than of what is.
  package var looksBack: Bool {
    switch self {
    case .configChanges, .jobHistory, .approvalAudit: true
    case .inventory, .backupSummary, .credentialsUsed, .neighbors, .unsavedChanges: false
    }
  }
}

/// The form of a report.
package enum ReportFormat: String, Sendable, CaseIterable { case html, csv, json, text }
