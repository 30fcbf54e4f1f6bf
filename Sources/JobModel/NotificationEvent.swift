/// Something that people are told of by mail and network management by trap. Its text is that of settings, lists and the MIB.
package enum NotificationEvent: String, Codable, Sendable, CaseIterable {
  case requested, approved, rejected, commented, closed
  /// An execution began.
  case executed
  /// An execution ended as it should.
  case completed
  /// An execution ended otherwise: failed, cancelled, interrupted or missed.
  case failed
  case notApproved = "not-approved"
  case hostKeyChanged = "host-key-changed"
  /// A request was taken back because what it asked for was changed.
  case reset
  /// Sent by hand, to see whether notifications arrive.
  case test

  /// What settings can choose among.
  package static let subscribable = allCases.filter { $0 != .test }

  /// The place in the MIB: the last number of the notification's object identifier. Never changed, never used again.
  package var number: UInt32 {
    switch self {
    case .requested: 1
    case .approved: 2
    case .rejected: 3
    case .commented: 4
    case .closed: 5
    case .executed: 6
    case .completed: 7
    case .failed: 8
    case .notApproved: 9
    case .hostKeyChanged: 10
    case .reset: 11
    case .test: 12
    }
  }

  /// Whether it tells of an execution, so that the choice for jobs that only read applies.
  package var isOfExecution: Bool { [.executed, .completed, .failed, .notApproved].contains(self) }
}

/// Who, in relation to a job or device, is told of an event by mail.
package enum NotificationAudience: Sendable, CaseIterable {
  /// Who asked for the approval.
  case requester
  /// Who saved the job, and for whom its triggers run.
  case owner
  /// For whom the execution runs.
  case runner
  /// Who may approve the request and has not: neither its requester nor one of its authors.
  case approvers
  /// Who has approved the request.
  case voters
  /// Who may manage the devices of the network.
  case deviceManagers
}

extension NotificationEvent {
  /// The people concerned. Who cannot see the network, is disabled or has no mail address is never told.
  /// - Parameter afterExecution: a request that its own execution used up: those concerned hear of the execution's end.
  package func audience(afterExecution: Bool = false) -> Set<NotificationAudience> {
    switch self {
    case .requested: [.approvers]
    case .approved: [.requester, .owner]
    case .rejected: [.requester, .owner, .voters]
    case .commented: [.requester, .owner, .approvers, .voters]
    case .closed: afterExecution ? [] : [.requester, .owner, .approvers, .voters]
    case .reset: [.requester, .owner, .approvers, .voters]
    case .executed, .completed, .failed, .notApproved: [.requester, .owner, .runner]
    case .hostKeyChanged: [.deviceManagers]
    case .test: []
    }
  }

  /// Whether whoever brought it about is told as well. They see it at their terminal, except where a trigger did it in their
  /// name; how an execution ended is kept by mail all the same.
  package func tellsActor(isByTrigger: Bool) -> Bool {
    switch self {
    case .completed, .failed: true
    case .executed, .notApproved, .hostKeyChanged: isByTrigger
    case .requested, .approved, .rejected, .commented, .closed, .reset, .test: false
    }
  }
}
