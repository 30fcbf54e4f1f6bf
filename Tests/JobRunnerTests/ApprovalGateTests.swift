import Foundation
import JobModel
import JobRunner
import Scheduling
import Storage
import Testing

@Suite(.serialized) struct ApprovalGateTests {
  private let route = "ip route 203.0.113.0/24 10.0.0.1"

  @Test func withoutApprovalItIsRecordedAndNotRun() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try site.addTrigger(try site.addChange())
    site.pass(60)
    #expect((try await site.runDue()).isClean)
    #expect(try site.statuses == [.notApproved])
    #expect(try site.executions[0].summary == "approval was not requested")
    try site.request("change")
    site.pass(60)
    try await site.runDue()
    #expect(try site.executions[1].summary == "approval is requested and not given yet")
    #expect(router.connections == 0)
    #expect(try site.approvalStatus("change") == .requested)
  }

  @Test func anApprovalIsUsedOnceByTwoTriggersAtOnce() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    let job = try site.addChange()
    try site.addTrigger(job, "one")
    try site.addTrigger(job, "two")
    try site.clear("change")
    site.pass(60)
    #expect((try await site.runDue()).isClean)
    #expect(try site.statuses == [.succeeded, .notApproved])
    #expect(try site.executions[1].summary == "the approval was used by execution 1")
    #expect(router.count(of: route) == 1)
    #expect(try site.approvalStatus("change") == .closed)
    site.pass(60)
    try await site.runDue()
    #expect(try site.statuses.suffix(2) == [.notApproved, .notApproved])
    #expect(router.count(of: route) == 1)
    #expect(try site.approvalLog("change").map(\.event) == ["requested", "approved", "executed", "closed"])
  }

  @Test(arguments: [
    ("job", "what was asked for was changed since"), ("trigger", "what was asked for was changed since"),
    ("tool", "the definition of the tool changed"), ("values", "what was asked for was changed since"),
    ("address", "what was asked for was changed since"), ("field", "what was asked for was changed since"),
    ("manifest", "its digest does not hold"), ("garbage", "cannot be read"), ("rejected", "approval was rejected"),
  ])
  func whatWasEditedAfterTheApprovalIsNotRun(what: String, reason: String) async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try FileManager.default.createDirectory(atPath: site.folder + "/tools", withIntermediateDirectories: true)
    func writeTool(_ line: String) throws {
      try """
      name: route-add
      title: Route
      changes-devices: true
      parameters:
        - {name: hop, type: ip, required: true, help: The next hop}
      platforms:
        frr: {mode: configure, commands: "\(line)"}
      """.write(toFile: site.folder + "/tools/route-add.yaml", atomically: true, encoding: .utf8)
    }
    try writeTool("ip route 203.0.113.0/24 {{ hop }} {{ device.site }}")
    try site.change(as: "root") { change in
      var edit = DeviceEdit()
      edit.fields = ["site": "5"]
      try change.editDevice(try DeviceQueries.find(change.sql, "r1"), edit)
    }
    let definition = JobDefinition(
      type: .tool, targets: .allDevices, tool: "route-add", parameters: [:], values: ["r1": ["hop": "10.0.0.1"]])
    let job = try site.addJob("change", definition, changes: true)
    try site.addTrigger(job)
    try site.clear("change")
    switch what {
    case "job", "values":
      var edited = definition
      if what == "job" { edited.comment = "other" } else { edited.values = ["r1": ["hop": "10.0.0.2"]] }
      try site.change { change in
        try change.editJob(
          try JobQueries.find(change.sql, "change"), network: try NetworkQueries.find(change.sql, "default"), edited,
          secrets: [:],
          changesDevices: true)
      }
    case "trigger": try site.addTrigger(job, "second", "0 0 1 1 *")
    case "tool": try writeTool("ip route 203.0.113.0/24 {{ hop }} {{ device.site }} # new")
    case "address", "field":
      try site.change(as: "root") { change in
        var edit = DeviceEdit()
        if what == "address" { edit.port = 2222 } else { edit.fields = ["site": "6"] }
        try change.editDevice(try DeviceQueries.find(change.sql, "r1"), edit)
      }
    case "manifest":
      try site.change {
        try $0.sql.execute("UPDATE approval_request SET manifest = replace(manifest, '203.0.113', '203.0.114')")
      }
    case "garbage": try site.change { try $0.sql.execute("UPDATE approval_request SET manifest = '{'") }
    default:
      try site.change(as: "bob") { change in
        _ = try change.decide(.reject, on: try JobQueries.find(change.sql, "change"), message: "no")
      }
    }
    site.pass(60)
    #expect((try await site.runDue()).isClean)
    #expect(try site.statuses == [.notApproved])
    #expect(try site.executions[0].summary.contains(reason))
    #expect(router.connections == 0)
  }

  @Test func devicesThatJoinedAreNamed() async throws {
    let site = try Site()
    try site.addRouters(1)
    try site.addTrigger(try site.addChange())
    try site.clear("change")
    let joined = try site.addRouter("r9", address: "10.1.0.9")
    site.pass(60)
    try await site.runDue()
    #expect(try site.statuses == [.succeeded])
    #expect(joined.count(of: route) == 1)
    #expect(try site.executions[0].summary.contains("joined since the request: r9"))
    #expect(
      try site.approvalLog("change").contains { $0.event == "executed" && $0.message.contains("joined since the request: r9") })
  }

  @Test func devicesThatJoinedAreRefusedWherePinned() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try site.addTrigger(try site.addChange())
    try site.change(as: "root") { try $0.set("approval.pin-targets", to: "true") }
    try site.clear("change")
    try site.addRouter("r9", address: "10.1.0.9")
    site.pass(60)
    try await site.runDue()
    #expect(try site.statuses == [.notApproved])
    #expect(try site.executions[0].summary == "devices joined since the request: r9")
    #expect(router.connections == 0)
    // The way to a new request, for what would run now, is open.
    #expect(try site.approvalStatus("change") == .notRequested)
  }

  @Test func anOldApprovalExpires() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try site.addTrigger(try site.addChange(), "t", "0 13 * * *")
    try site.change(as: "root") { try $0.set("approval.expires-after", to: "3599") }
    try site.clear("change")
    site.pass(3600)
    try await site.runDue()
    #expect(try site.executions[0].summary == "the approval is older than 3599 seconds")
    #expect(try site.approvalStatus("change") == .closed)
    #expect(router.connections == 0)
  }

  @Test func moreApprovalsCanBeNeeded() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try site.addTrigger(try site.addChange())
    try site.clear("change")
    try site.change(as: "root") { try $0.set("approval.required-count", to: "2") }
    site.pass(60)
    try await site.runDue()
    #expect(try site.statuses == [.notApproved])
    #expect(router.connections == 0)
    try site.approve("change", by: "carol")
    site.pass(60)
    try await site.runDue()
    #expect(try site.statuses == [.notApproved, .succeeded])
  }

  @Test func whoMayDoWithoutNeedsNone() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try site.addTrigger(try site.addChange(as: "dave"), as: "dave")
    site.pass(60)
    try await site.runDue()
    #expect(try site.statuses == [.succeeded])
    #expect(router.count(of: route) == 1)
    // The right is that of the one it runs for: by hand, the caller's.
    #expect(try await site.run("change", as: "alice").status == .notApproved)
  }

  @Test func aFireDuringARejectionIsDecidedByTheRejection() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try site.addTrigger(try site.addChange())
    try site.clear("change")
    site.pass(60)
    // Both at once: whichever transaction comes first, the change runs once or not at all, and the record says which.
    async let fired = site.runDue()
    let rejected = Result {
      try site.anotherStore().change(as: Site.caller("bob")) { change in
        _ = try change.decide(.reject, on: try JobQueries.find(change.sql, "change"), message: "no")
      }
    }
    _ = try await fired
    let status = try #require(try site.executions.first?.status)
    switch rejected {
    case .success: #expect(status == .notApproved || router.count(of: route) == 1)
    case .failure: #expect(status == .succeeded)
    }
    #expect(router.count(of: route) == (status == .succeeded ? 1 : 0))
  }

  @Test func aMissedChangeKeepsItsApproval() async throws {
    let site = try Site()
    try site.addRouters(1)
    try site.addTrigger(try site.addChange(), "t", "0 13 * * *")
    try site.clear("change")
    site.pass(5 * 3600)
    try await site.runDue()
    #expect(try site.statuses == [.missed])
    #expect(try site.approvalStatus("change") == .approved)
  }
}
