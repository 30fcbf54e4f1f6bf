import JobModel
import JobRunner
import Storage
import Testing

/// What a stored configuration becomes before it is loaded again.
@Suite struct RestorePlanTests {
  private static let text = """
    set interfaces ethernet eth0 address '192.0.2.9/24'
    set system host-name 'r1'
    set system login user netjob authentication encrypted-password '$6$abcdefgh'

    """

  private func plan(_ site: Site, revision: String, platform: String = "vyos") throws -> JobPlan {
    try site.addRouter("r1", address: "10.0.0.1", platform: platform)
    try site.change(as: "root") { change in
      let device = try DeviceQueries.find(change.sql, "r1")
      _ = try change.addConfigRevision(
        of: device, .running, text: Self.text, comparable: "x", execution: nil, added: 3, removed: 0)
    }
    let job = try site.addJob(
      "restore", JobDefinition(type: .tool, targets: .allDevices, tool: "restore-config", parameters: ["revision": revision]),
      changes: true)
    return try site.change { change in
      try JobPlan.make(change.sql, job: job, catalogs: site.catalogs, keys: change.keys, now: change.now)
    }
  }

  @Test func approversSeeAllOfItButItsSecrets() throws {
    let plan = try plan(try Site(), revision: "1")
    #expect(plan.problems.isEmpty)
    #expect(
      plan.parts.first?.commands == [
        "delete interfaces", "delete system", "set interfaces ethernet eth0 address '192.0.2.9/24'", "set system host-name 'r1'",
        "set system login user netjob authentication encrypted-password '******'",
      ])
  }

  @Test func anotherNumberIsRefused() throws {
    let plan = try plan(try Site(), revision: "2")
    #expect(plan.parts.isEmpty)
    #expect(plan.problems.map(\.message) == ["device 'r1' has no stored running configuration with the number 2"])
  }

  @Test func lineByLineNothingIsGuessed() throws {
    let plan = try plan(try Site(), revision: "1", platform: "frr")
    #expect(
      plan.problems.map(\.message) == [
        "tool 'restore-config' does not support platform 'frr'; it supports arista_eos, cisco_ios, cisco_xe, cisco_xr, juniper_junos, vyos"
      ])
  }
}
