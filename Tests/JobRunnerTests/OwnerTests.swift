import JobModel
import JobRunner
import Scheduling
import Storage
import Testing

/// What a trigger comes to when the job's owner may no longer run it; the right is looked up at each execution.
@Suite struct OwnerTests {
  private static func account(_ change: Change, _ name: String) throws -> AccountRecord {
    try AccountQueries.find(change.sql, name)
  }

  struct Loss: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let take: @Sendable (Change) throws -> Void
    let summary: String
  }

  static let losses: [Loss] = [
    Loss(
      testDescription: "disabled", take: { try $0.setAccount(try account($0, "alice"), enabled: false) },
      summary: "user 'alice', for whom it runs, is disabled"),
    Loss(
      testDescription: "deleted", take: { try $0.deleteAccount(try account($0, "alice")) },
      summary: "user 'alice', for whom it runs, is no user here any more; netjob job edit makes the job somebody else's"),
    Loss(
      testDescription: "revoked", take: { try $0.revoke("operator", from: try account($0, "alice"), network: nil) },
      summary: "user 'alice', for whom it runs, lacks run-tool-job"),
    Loss(
      testDescription: "limited", take: { try $0.limitTool("config-commands", to: ["approver", "administrator"]) },
      summary:
        "user 'alice', for whom it runs, may not use it: tool 'config-commands' is limited to the roles administrator, approver"),
  ]

  /// After the approval, so that nothing but the lost right is in the way.
  @Test(arguments: losses) func aLostRightStopsAnApprovedJob(_ loss: Loss) async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    let job = try site.addChange()
    try site.addTrigger(job)
    try site.clear("change")
    try site.change(as: "root", loss.take)
    site.pass(60)
    #expect(try await site.runDue().hasFailures)
    #expect(try site.executions.map(\.status) == [.failed])
    #expect(try site.executions.map(\.summary) == [loss.summary])
    #expect(router.connections == 0)
    // It is recorded once for each fire, not more often, and the approval is not used up by it.
    try await site.runDue()
    #expect(try site.executions.count == 1)
    #expect(try site.approvalStatus("change") == .approved)
  }

  @Test(arguments: losses) func aLostRightStopsWhatWaits(_ loss: Loss) async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try site.addChange()
    try site.clear("change")
    _ = try await site.runner(as: "alice").run(try site.job("change"), only: nil, queues: true)
    #expect(try site.statuses == [.pending])
    try site.change(as: "root", loss.take)
    #expect(try await site.runDue().hasFailures)
    #expect(try site.executions.map(\.summary) == [loss.summary])
    #expect(router.connections == 0)
  }

  @Test func aRunByHandAsksTheCaller() async throws {
    let site = try Site()
    try site.addRouters(1)
    try site.addChange()
    try site.change(as: "root") { try $0.limitTool("config-commands", to: ["approver"]) }
    // dave may run without approval, but holds none of the roles; root administers.
    await #expect(throws: ModelError.self) { try await site.run("change", as: "dave") }
    #expect(try site.executions.isEmpty)
    #expect(try await site.run("change", as: "root").status == .succeeded)
    try site.change(as: "root") { try $0.grant("approver", to: try Self.account($0, "dave"), network: nil) }
    #expect(try await site.run("change", as: "dave").status == .succeeded)
    try site.change(as: "root") { try $0.unlimitTool("config-commands") }
    #expect(try site.count("tool_limit") == 0)
  }

  /// An approval stands while enough of those who gave it may approve; without them another can approve.
  @Test func approvalsOfThoseWhoMayNoLongerApproveLapse() async throws {
    let takes: [(String, (Change) throws -> Void)] = [
      ("disabled", { try $0.setAccount(try Self.account($0, "bob"), enabled: false) }),
      ("deleted", { try $0.deleteAccount(try Self.account($0, "bob")) }),
      ("revoked", { try $0.revoke("approver", from: try Self.account($0, "bob"), network: nil) }),
    ]
    for (what, take) in takes {
      let site = try Site()
      try site.addRouters(1)
      try site.addChange()
      try site.clear("change")
      try site.change(as: "root", take)
      #expect(try site.approvalStatus("change") == .requested, "\(what)")
      #expect(try site.approvalLog("change").last?.event == "reopened", "\(what)")
      #expect(try await site.run("change").status == .notApproved, "\(what)")
      try site.approve("change", by: "carol")
      #expect(try await site.run("change").status == .succeeded, "\(what)")
    }
  }

  @Test func aVoteOfSomebodyShutOutDoesNotCount() throws {
    let site = try Site()
    try site.addRouters(1)
    try site.addChange()
    try site.change(as: "root") { change in
      try change.set("approval.required-count", to: "2")
      try change.addAccount(name: "erin", mail: nil, roles: [.approver])
    }
    try site.clear("change")
    try site.change(as: "root") { try $0.setAccount(try Self.account($0, "bob"), enabled: false) }
    try site.approve("change", by: "carol")
    #expect(try site.approvalStatus("change") == .requested)
    try site.approve("change", by: "erin")
    #expect(try site.approvalStatus("change") == .approved)
  }
}
