import JobModel
import Scheduling
import Storage
import Testing

/// Every state, event, role and whether the request is one's own, at the store: held against tables written from the design.
///
/// Each cell is played in a transaction that is then rolled back.
@Suite struct ApprovalTableTests {
  /// Rows: where the latest request stands. Columns: what happens, done by somebody who may. The status after it; `-` is refused
  /// with `conflict`, `x` with `notApproved`.
  private static let outcomes = """
    state     request   approve  reject   comment   close  job-edit      trigger-edit  filter-edit   device-edit   consume  finish   expire   delete        raise     lower
    none      requested -        -        -         -      none          none          none          none          x        none     none     gone          none      none
    reset     requested -        -        -         -      not-requested not-requested not-requested not-requested x        not-requested not-requested gone not-requested not-requested
    requested -         approved rejected requested closed not-requested not-requested not-requested not-requested x        requested requested gone         requested requested
    partial   -         approved rejected requested closed not-requested not-requested not-requested not-requested x        requested requested gone         requested requested
    lowered   -         approved rejected requested closed not-requested not-requested not-requested not-requested x        requested requested gone         requested requested
    lapsed    -         approved rejected requested closed not-requested not-requested not-requested not-requested x        requested requested gone         requested requested
    approved  -         -        rejected approved  closed not-requested not-requested not-requested not-requested approved approved closed   gone          requested approved
    expired   requested -        -        -         -      not-requested not-requested not-requested not-requested approved approved closed   gone          requested approved
    running   -         -        -        approved  -      approved      approved      approved      approved      x        closed   approved -             approved  approved
    rejected  requested -        -        rejected  closed rejected      rejected      rejected      rejected      x        rejected rejected gone          rejected  rejected
    closed    requested -        -        -         -      closed        closed        closed        closed        x        closed   closed   gone          closed    closed
    done      requested -        -        -         -      closed        closed        closed        closed        x        closed   closed   gone          closed    closed
    """

  /// Rows: events. Columns: who; `own` has to have asked, `other` must not have, `yes` and `no` as they say. What the program does
  /// is done for anybody: those who may run it are asked before.
  private static let permissions = """
    event        viewer operator approver administrator author unknown disabled
    request      no     yes      no       yes           yes    no      no
    approve      no     no       other    other         no     no      no
    reject       no     no       yes      yes           yes    no      no
    comment      own    yes      yes      yes           yes    no      no
    close        own    own      own      yes           own    no      no
    job-edit     no     yes      no       yes           yes    no      no
    trigger-edit no     yes      no       yes           yes    no      no
    filter-edit  no     no       no       yes           no     no      no
    device-edit  no     no       no       yes           no     no      no
    consume      yes    yes      yes      yes           yes    yes     yes
    finish       yes    yes      yes      yes           yes    yes     yes
    expire       yes    yes      yes      yes           yes    yes     yes
    delete       no     no       no       yes           no     no      no
    raise        no     no       no       yes           no     no      no
    lower        no     no       no       yes           no     no      no
    """

  private static func grid(_ text: String) -> [(row: String, column: String, word: String)] {
    let lines = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    return lines.dropFirst().flatMap { words in
      zip(lines[0].dropFirst(), words.dropFirst()).map { (words[0], $0, $1) }
    }
  }

  private static let outcomeCells = grid(outcomes)
  private static let permissionCells = grid(permissions)
  static let states = outcomeCells.map(\.row).reduce(into: [String]()) { if $0.last != $1 { $0.append($1) } }
  private static let roles = ["viewer", "operator", "approver", "administrator", "author", "unknown", "disabled"]
  private static let events = Set(outcomeCells.map(\.column))
  private static let zones = ZoneDatabase()

  private static func expected(_ event: String, _ role: String, isOwn: Bool) -> Bool {
    switch permissionCells.first(where: { $0.row == event && $0.column == role })?.word {
    case "yes": true
    case "own": isOwn
    case "other": !isOwn
    default: false
    }
  }

  /// A job of rita's in a state, with a trigger that a filter concerns and a device; `asker` asks for the approval.
  private struct Scene {
    let fixture: Fixture
    let job: JobRecord
    var claim: ExecutionClaim?

    /// - Parameter author: saved a revision before it was asked for.
    init(_ state: String, asker: String, author: String?) throws {
      fixture = try Fixture()
      for (name, roles) in [
        ("viewer", [Role.viewer]), ("operator", [.operator]), ("approver", [.approver]), ("administrator", [.administrator]),
        ("author", [.operator, .approver]), ("unknown", []), ("disabled", [.administrator]),
      ] {
        try fixture.change(as: "ada") { try $0.addAccount(name: name, mail: nil, roles: roles) }
      }
      try fixture.addDevice("r1")
      try fixture.change(as: "ada") {
        try $0.addFilter(
          name: "f", rules: [try FilterRule(parsing: "dates 2027-01-16")], timezone: nil, zones: ApprovalTableTests.zones)
      }
      let made = try fixture.addJob("route")
      try fixture.change(as: "rita") {
        try $0.addTrigger(
          "t", to: made, try Schedule(parsing: "daily 1 at 02:00"), timezone: "UTC", filters: ["f"], enabled: true,
          zones: ApprovalTableTests.zones)
      }
      if let author {
        let network = try fixture.network
        try fixture.change(as: author) {
          _ = try $0.editJob(made, network: network, made.definition, secrets: [:], changesDevices: true)
        }
        // rita's again, so that the author is not its owner
        try fixture.change(as: "rita") {
          let now = try JobQueries.find($0.sql, "route")
          _ = try $0.editJob(now, network: network, now.definition, secrets: [:], changesDevices: true)
        }
      }
      job = try fixture.job("route")
      try reach(state, asker: asker)
      try fixture.change(as: "ada") { change in
        try change.sql.execute("DELETE FROM account WHERE name = 'unknown'")
        try change.setAccount(try AccountQueries.find(change.sql, "disabled"), enabled: false)
      }
    }

    private mutating func reach(_ state: String, asker: String) throws {
      if state == "none" { return }
      if ["partial", "lapsed"].contains(state) { try fixture.setting("approval.required-count", "2") }
      if state == "lowered" { try fixture.setting("approval.required-count", "2") }
      // Whoever has no right to ask now had it when they asked.
      try fixture.change(as: "ada") { change in
        if let account = try? AccountQueries.find(change.sql, asker) {
          try change.grant("edit-job", to: account, network: nil)
          try change.grant("view", to: account, network: nil)
        }
      }
      try request(asker)
      try fixture.change(as: "ada") { change in
        if let account = try? AccountQueries.find(change.sql, asker) {
          try change.revoke("edit-job", from: account, network: nil)
          try change.revoke("view", from: account, network: nil)
        }
      }
      switch state {
      case "reset": try fixture.change(as: "ada") { try $0.resetApproval(of: job.id, because: "a test") }
      case "partial": try fixture.decide(.approve, "route", as: "abe")
      case "lowered":
        try fixture.decide(.approve, "route", as: "abe")
        try fixture.setting("approval.required-count", "1")
      case "lapsed":
        try fixture.decide(.approve, "route", as: "abe")
        try fixture.decide(.approve, "route", as: "ann")
        try fixture.change(as: "ada") {
          try $0.revoke("approver", from: try AccountQueries.find($0.sql, "ann"), network: nil)
        }
      case "approved": try fixture.decide(.approve, "route", as: "abe")
      case "expired":
        try fixture.setting("approval.expires-after", "60")
        try fixture.decide(.approve, "route", as: "abe")
        fixture.clock.advance(seconds: 61)
      case "running", "done":
        let approved = try fixture.decide(.approve, "route", as: "abe")
        let begun = try fixture.begin("route")
        try fixture.change(as: "rita") {
          try $0.setRequest(approved.id, of: begun.id)
          try $0.consume(approved, by: begun.id, noting: [])
        }
        claim = begun
        if state == "done" { try fixture.change(as: "rita") { try $0.endExecution(begun, .succeeded, summary: "") } }
      case "rejected": try fixture.decide(.reject, "route", as: "abe")
      case "closed": try fixture.decide(.close, "route", as: "ada")
      default: break
      }
    }

    private func request(_ user: String) throws {
      try fixture.change(as: user) { change in
        let job = try JobQueries.find(change.sql, "route")
        var manifest = Fixture.manifest(job)
        // As the program makes it: with the device, by which an edit of it finds the request.
        manifest.devices = [.init(name: "r1", address: "192.0.2.1", port: 22, platform: "frr", commands: ["x"])]
        _ = try change.requestApproval(of: job, manifest, message: "please")
      }
    }
  }

  private struct RollBack: Error {
    let status: String
  }

  /// What comes of an event: the status of the latest request, `none`, `gone`, or the code of the error.
  private func outcome(_ event: String, _ scene: Scene, as user: String) throws -> String {
    do {
      try scene.fixture.change(as: user) { change in
        try Self.play(event, scene, change)
        let isGone = try JobQueries.get(change.sql, id: scene.job.id) == nil
        let latest = try ApprovalQueries.latest(change.sql, job: scene.job.id).first
        throw RollBack(status: isGone ? "gone" : latest?.status.rawValue ?? "none")
      }
      return ""
    } catch let error as RollBack {
      return error.status
    } catch {
      return refusal { throw error } ?? ""
    }
  }

  private static func play(_ event: String, _ scene: Scene, _ change: Change) throws {
    let job = scene.job
    switch event {
    case "request":
      var manifest = Fixture.manifest(job)
      manifest.devices = [.init(name: "r1", address: "192.0.2.1", port: 22, platform: "frr", commands: ["x"])]
      _ = try change.requestApproval(of: job, manifest, message: "m")
    case "approve": _ = try change.decide(.approve, on: job, message: "m")
    case "reject": _ = try change.decide(.reject, on: job, message: "m")
    case "comment": _ = try change.decide(.comment, on: job, message: "m")
    case "close": _ = try change.decide(.close, on: job, message: "m")
    case "job-edit":
      let network = try NetworkQueries.get(change.sql, id: job.networkID)
      try change.editJob(job, network: network, job.definition, secrets: [:], changesDevices: true)
    case "trigger-edit":
      var edit = TriggerEdit()
      edit.timezone = "Asia/Tokyo"
      _ = try change.editTrigger(try TriggerQueries.find(change.sql, job: job, "t"), of: job, edit, zones: zones)
    case "filter-edit":
      _ = try change.editFilter(
        try FilterQueries.find(change.sql, "f"), rules: [try FilterRule(parsing: "dates 2027-01-17")], timezone: nil, zones: zones
      )
    case "device-edit":
      var edit = DeviceEdit()
      edit.port = 2222
      try change.editDevice(try DeviceQueries.find(change.sql, "r1"), edit)
    case "consume":
      guard let latest = try ApprovalQueries.latest(change.sql, job: job.id).first else {
        throw ModelError(.notApproved, "there is none")
      }
      let claim = try change.beginExecution(
        ExecutionStart(job: job, changesDevices: true, user: "rita", trigger: nil, scheduledTime: nil, status: .running))
      try change.setRequest(latest.id, of: claim.id)
      try change.consume(latest, by: claim.id, noting: [])
    case "finish":
      let claim =
        try scene.claim
        ?? change.beginExecution(
          ExecutionStart(job: job, changesDevices: true, user: "rita", trigger: nil, scheduledTime: nil, status: .running))
      if try ExecutionQueries.find(change.sql, claim.id).endTime == nil {
        try change.endExecution(claim, .succeeded, summary: "")
      }
    case "expire":
      if let latest = try ApprovalQueries.latest(change.sql, job: job.id).first { try change.expire(latest, after: 1) }
    case "delete": try change.deleteJob(job.id)
    case "raise": try change.set("approval.required-count", to: "3")
    case "lower": try change.set("approval.required-count", to: "1")
    default: Issue.record("no event \(event)")
    }
  }

  @Test func theTablesAreWhole() {
    let cells = Self.outcomeCells
    #expect(cells.count == 12 * 15 && Set(cells.map { $0.row + " " + $0.column }).count == cells.count)
    let rights = Self.permissionCells
    #expect(rights.count == 15 * 7 && Set(rights.map(\.row)) == Self.events && Set(rights.map(\.column)) == Set(Self.roles))
  }

  @Test(arguments: states) func everyEventRoleAndAsker(_ state: String) throws {
    // Another asks, rob, or the person in question; "none" has no request that could be anybody's.
    for asker in ["rob"] + (state == "none" ? [] : Self.roles) {
      let scene = try Scene(state, asker: asker, author: "author")
      for role in asker == "rob" ? Self.roles : [asker] {
        let isOwn = asker == role
        for cell in Self.outcomeCells where cell.row == state {
          let place = Comment(rawValue: "\(cell.column) by \(role), \(isOwn ? "own" : "another's") request, \(state)")
          // Nobody is the author of a request that was never made.
          let isPermitted =
            Self.expected(cell.column, role, isOwn: isOwn) || (state, cell.column, role) == ("none", "approve", "author")
          let expected =
            isPermitted
            ? ["-": "conflict", "x": "notApproved"][cell.word] ?? cell.word : "notPermitted"
          #expect(try outcome(cell.column, scene, as: role) == expected, place)
        }
      }
    }
  }

  /// A role that approves does so as long as there is somebody to approve for: in `lapsed`, whoever's voice lapsed has none.
  @Test func aLapsedVoiceIsNone() throws {
    let scene = try Scene("lapsed", asker: "rob", author: nil)
    #expect(try outcome("approve", scene, as: "ann") == "notPermitted")
    #expect(try outcome("approve", scene, as: "abe") == "conflict")
    #expect(try outcome("approve", scene, as: "art") == "approved")
    #expect(try scene.fixture.log(scene.job).last == "ada reopened")
  }
}
