package import JobModel
package import Scheduling
package import Storage

/// Decides, inside the transaction that claims an execution, whether the approval allows it.
package enum ApprovalGate {
  package enum Verdict: Equatable, Sendable {
    case notNeeded
    /// Allowed by this request; the notes name devices that joined or left since.
    case allowed(ApprovalRequestRecord, notes: [String])
    /// Not allowed, and why.
    case refused(String)
  }

  /// - Parameters:
  ///   - user: who the execution runs for.
  ///   - isForecast: only looks, and leaves a request that is too old as it is.
  package static func verdict(
    _ change: Change, plan: JobPlan, user: String, catalogs: Catalogs, isForecast: Bool = false
  ) throws -> Verdict {
    let job = plan.job
    guard
      try ApprovalQueries.isNeeded(change.sql, changesDevices: plan.changesDevices, network: job.networkID, runsFor: user)
    else { return .notNeeded }
    guard let request = try ApprovalQueries.latest(change.sql, job: job.id).first else {
      return .refused("approval was not requested")
    }
    guard request.status == .approved else { return .refused(try refusal(of: request, change.sql)) }
    if request.executionID != nil { return .refused("the approval was used by execution \(request.executionID ?? 0)") }
    let required = try SettingQueries.requiredApprovals(change.sql)
    let valid = try ApprovalQueries.standing(change.sql, request, network: job.networkID)
    if valid.count < required {
      if !isForecast { try change.reopenIfUncovered(request, network: job.networkID) }
      let lapsed = request.approvals.filter { !valid.contains($0) }
      let why = lapsed.isEmpty ? "" : "; \(lapsed.joined(separator: ", ")) may no longer approve"
      return .refused("\(required) approvals are needed, it has \(valid.count)\(why)")
    }
    let limit = Int(try SettingQueries.value(change.sql, of: "approval.expires-after")) ?? 0
    if limit > 0, let time = request.approvedAt, change.now.milliseconds(since: time) > Int64(limit) * 1000 {
      if !isForecast { try change.expire(request, after: limit) }
      return .refused("the approval is older than \(limit) seconds")
    }
    // Its file may be put back: that it is another one now takes no approval away.
    if !isForecast, let agent = plan.agent {
      do { try agent.checkFile() } catch { return .refused(error.message) }
    }
    if !isForecast, let file = plan.pushedFile {
      do { try file.check() } catch { return .refused(error.message) }
    }
    let verdict = try compare(change, plan, request, catalogs)
    // What was approved is gone: the way to a new request must be open, and the log must say why.
    if !isForecast, case .refused(let reason) = verdict { try change.resetApproval(of: job.id, because: reason) }
    return verdict
  }

  /// Whether what would run is what was approved.
  package static func compare(
    _ change: Change, _ plan: JobPlan, _ request: ApprovalRequestRecord, _ catalogs: Catalogs
  ) throws -> Verdict {
    let approved: ApprovalManifest
    do {
      approved = try request.manifest()
    } catch let error as StorageError where error.code == .corrupt {
      return .refused(error.message)
    }
    guard try approved.digest() == request.digest else {
      return .refused("the record of what was approved was altered: its digest does not hold")
    }
    let now = try plan.manifest(change.sql, catalogs: catalogs, keys: change.keys)
    let difference = now.compared(to: approved)
    if !difference.changes.isEmpty {
      return .refused("what was approved is not what would run: \(difference.changes.joined(separator: "; "))")
    }
    var notes: [String] = []
    if !difference.joined.isEmpty {
      let names = difference.joined.joined(separator: ", ")
      if try SettingQueries.value(change.sql, of: "approval.pin-targets") == "true" {
        return .refused("devices joined since the request: \(names)")
      }
      notes.append("joined since the request: \(names)")
    }
    if !difference.left.isEmpty { notes.append("left since the request: \(difference.left.joined(separator: ", "))") }
    return .allowed(request, notes: notes)
  }

  /// What became of an open request since it was made.
  package struct Drift: Equatable, Sendable {
    /// Why it would not run any more, each in a few words; empty while it still asks for what would run.
    package var changes: [String] = []
    /// Devices that match now and did not then, with what they would get.
    package var joined: [ApprovalManifest.Device] = []
    /// Names of devices that matched then and do not now.
    package var left: [String] = []

    package init() {}
  }

  /// Compares what an open request asks for with what would run now; nothing to compare is no drift.
  package static func drift(
    _ sql: any SQLConnection, job: JobRecord, request: ApprovalRequestRecord, catalogs: Catalogs, keys: KeyRing, now: Timestamp
  ) throws -> Drift {
    var drift = Drift()
    guard request.status == .requested || request.status == .approved, request.executionID == nil else { return drift }
    do {
      let plan = try JobPlan.make(sql, job: job, catalogs: catalogs, keys: keys, now: now)
      let manifest = try plan.manifest(sql, catalogs: catalogs, keys: keys)
      let difference = manifest.compared(to: try request.manifest())
      drift.changes = difference.changes + plan.problems.map { "device '\($0.device)': \($0.message)" }
      let joined = Set(difference.joined)
      drift.joined = manifest.devices.filter { joined.contains($0.name) }
      drift.left = difference.left
      if !drift.joined.isEmpty, try SettingQueries.value(sql, of: "approval.pin-targets") == "true" {
        drift.changes.append("devices joined since the request: \(difference.joined.joined(separator: ", "))")
      }
    } catch let error as ModelError {
      drift.changes = [error.message]
    } catch let error as StorageError where error.code == .corrupt || error.code == .key {
      drift.changes = [error.message]
    }
    return drift
  }

  /// Why a request in another state than approved allows nothing.
  private static func refusal(of request: ApprovalRequestRecord, _ sql: any SQLConnection) throws -> String {
    switch request.status {
    case .notRequested:
      let reset = try ApprovalQueries.log(sql, request: request.id).last { $0.event == "reset" }
      return "what was asked for was changed since\(reset.map { " (\($0.message))" } ?? ""): approval has to be requested again"
    case .requested: return "approval is requested and not given yet"
    case .rejected: return "approval was rejected"
    case .closed: return "the approval is closed: approval has to be requested again"
    case .approved, .notNeeded: return "approval is \(request.status.rawValue)"
    }
  }
}
