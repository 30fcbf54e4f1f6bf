/// Where a job's approval stands.
package enum ApprovalStatus: String, Codable, Sendable, CaseIterable {
  case notRequested = "not-requested"
  case requested, approved, rejected, closed
  /// The job does not change devices, or its owner may run it without approval.
  case notNeeded = "not-needed"
}

/// What people, and the program, do to a request.
package enum ApprovalEvent: String, Codable, Sendable, CaseIterable {
  case request, approve, reject, comment, close
  /// What was asked for was edited meanwhile.
  case reset
  /// The execution that the approval allowed ended.
  case execute
}

/// What the acting person is to the request.
package struct ApprovalActor: Equatable, Sendable {
  package var name: String
  /// Asked for the approval.
  package var isRequester: Bool
  /// Had a hand in what is asked for: saved a revision or a trigger of it.
  package var isAuthor: Bool
  package var mayRequest: Bool
  package var mayApprove: Bool
  package var isAdministrator: Bool

  package init(
    name: String, isRequester: Bool, isAuthor: Bool, mayRequest: Bool, mayApprove: Bool, isAdministrator: Bool
  ) {
    self.name = name
    self.isRequester = isRequester
    self.isAuthor = isAuthor
    self.mayRequest = mayRequest
    self.mayApprove = mayApprove
    self.isAdministrator = isAdministrator
  }
}

/// The rules by which a request moves from one state to the next. Pure: the store applies them inside its transaction.
package enum ApprovalRules {
  /// The state after `event`.
  /// - Parameters:
  ///   - job: its name, for messages.
  ///   - approvals: how many different people will have approved, this event included.
  ///   - required: how many are needed.
  /// - Throws: `.conflict` when the state does not allow the event, `.notPermitted` when the person does not.
  package static func next(
    _ status: ApprovalStatus, _ event: ApprovalEvent, by actor: ApprovalActor, of job: String, approvals: Int = 0,
    required: Int = 1
  ) throws(ModelError) -> ApprovalStatus {
    try checkPermission(event, actor)
    switch (status, event) {
    case (.notRequested, .request), (.rejected, .request), (.closed, .request): return .requested
    case (.requested, .approve): return approvals >= required ? .approved : .requested
    case (.requested, .reject), (.approved, .reject): return .rejected
    case (.requested, .comment), (.approved, .comment), (.rejected, .comment): return status
    case (.requested, .close), (.approved, .close), (.rejected, .close): return .closed
    case (.requested, .reset), (.approved, .reset): return .notRequested
    case (.approved, .execute): return .closed
    default:
      throw ModelError(
        .conflict, "the approval of job '\(job)' is \(status.rawValue): \(refusal(status, event))",
        hint: advice(status, event, job))
    }
  }

  private static func checkPermission(_ event: ApprovalEvent, _ actor: ApprovalActor) throws(ModelError) {
    switch event {
    case .request:
      guard actor.mayRequest else { throw denied(actor, "request approval", needs: .editJob) }
    case .approve, .reject:
      guard actor.mayApprove else { throw denied(actor, "\(event.rawValue) a request", needs: .approveToolJob) }
      if event == .approve && (actor.isRequester || actor.isAuthor) {
        throw ModelError(
          .notPermitted, "user '\(actor.name)' cannot approve this request: they asked for it or saved the revision",
          hint: "another user with approve-tool-job has to approve it")
      }
    case .comment:
      guard actor.mayApprove || actor.mayRequest || actor.isRequester || actor.isAuthor else {
        throw denied(actor, "comment a request", needs: .approveToolJob)
      }
    case .close:
      guard actor.isRequester || actor.isAdministrator else {
        throw ModelError(
          .notPermitted, "user '\(actor.name)' cannot close this request: only its requester or an administrator can")
      }
    case .reset, .execute: break
    }
  }

  private static func denied(_ actor: ApprovalActor, _ what: String, needs permission: Permission) -> ModelError {
    ModelError(.notPermitted, "user '\(actor.name)' may not \(what): \(permission.rawValue) is needed")
  }

  private static func refusal(_ status: ApprovalStatus, _ event: ApprovalEvent) -> String {
    switch event {
    case .request: status == .notNeeded ? "no request is needed" : "it is requested already"
    case .approve, .reject: "there is no open request to \(event.rawValue)"
    case .comment: "there is no request to comment"
    case .close: "there is no open request to close"
    case .reset, .execute: "nothing to \(event.rawValue)"
    }
  }

  private static func advice(_ status: ApprovalStatus, _ event: ApprovalEvent, _ job: String) -> String? {
    switch (status, event) {
    case (.notRequested, _), (.closed, _), (.rejected, .approve): "netjob approval request \(job) -m MESSAGE asks for approval"
    case (.notNeeded, _): "it runs without one: netjob job run \(job)"
    case (.approved, .request), (.requested, .request): "netjob approval show \(job) shows it"
    default: nil
    }
  }
}
