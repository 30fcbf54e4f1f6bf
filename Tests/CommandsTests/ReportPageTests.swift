import JobModel
import Storage
import Terminal
import Testing

/// The pages that report jobs and history show make: whole, quiet, and with a picture where one says more than the rows.
@Suite struct ReportPageTests {
  /// Elements that have no end (HTML Living Standard, void elements), as far as pages have them.
  private static let void: Set<String> = ["meta", "!DOCTYPE"]

  /// The first tag that does not fit, or nil when every element that begins ends in its turn.
  private static func misfit(in page: String) -> String? {
    var open: [String] = []
    for match in page.matches(of: /<(\/?)([!A-Za-z0-9]+)[^<>]*?(\/?)>/) {
      let name = String(match.output.2)
      if void.contains(name) || !match.output.3.isEmpty { continue }
      if match.output.1.isEmpty {
        open.append(name)
      } else if open.popLast() != name {
        return String(match.output.0)
      }
    }
    return open.last
  }

  private static func check(_ page: String, _ what: String) {
    #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</html>\n"), "\(what)")
    #expect(misfit(in: page) == nil, "\(what): \(misfit(in: page) ?? "")")
    for active in ["<script", "<img", "<link", "href", "url(", "onload"] { #expect(!page.contains(active), "\(what): \(active)") }
  }

  @Test func everyReportHasItsPicture() async throws {
    let desk = try await Desk.full()
    try await desk.done("device add l1 --address 192.0.2.200 --platform linux --tag <b>")
    let pictures: [ReportKind: [String]] = [
      .inventory: ["Devices by platform and status"],
      .backupSummary: ["Devices by platform and result of the last backup"],
      .configChanges: ["Revisions, each day (UTC)"],
      .jobHistory: ["Executions, each day (UTC)", "Executions by job"],
      .neighbors: ["Cables, by LLDP and CDP"],
      // One bar, or nothing to report.
      .approvalAudit: [], .credentialsUsed: [], .unsavedChanges: [],
    ]
    for kind in ReportKind.allCases {
      let name = "rep-\(kind.rawValue)"
      try await desk.done("job create \(name) --type report --report \(kind.rawValue)", as: "olga")
      _ = try await desk.done("job run \(name)", as: "olga")
      let id = try await desk.done("history --job \(name) --limit 1 --columns id").output.dropLast()
      let page = try await desk.done("history report \(id)").output
      Self.check(page, kind.rawValue)
      #expect(page.contains("<h1>\(kind.title)</h1>"), "\(kind.rawValue)")
      let captions = page.matches(of: /<figcaption>([^<]*)<\/figcaption>/).map { String($0.output.1) }
      #expect(captions == pictures[kind], "\(kind.rawValue)")
      #expect(page.matches(of: /<svg\b/).count == captions.count, "\(kind.rawValue)")
    }
  }

  @Test func anExecutionOfManyDevicesIsDrawn() async throws {
    let desk = try await Desk.full()
    try await desk.done("device add l1 --address 192.0.2.200 --platform linux")
    try await desk.done("device edit r9 --enabled")
    _ = await desk.run(["job", "run", "nightly"], as: "olga")
    // All alike: the summary says it.
    #expect(!(try await desk.done("history show 2 --output html").output.contains("<svg")))
    let store = try Store(opening: Installation(databasePath: desk.databasePath), clock: { [now = desk.now] in now })
    _ = try store.change(as: Caller(name: "alice", isDelegated: false, ownsDatabase: true)) { change in
      try change.sql.execute(
        "UPDATE execution_device SET status = 'succeeded', error = NULL WHERE execution_id = 2 AND name = 'l1'")
    }
    let page = try await desk.done("history show 2 --output html").output
    Self.check(page, "history show")
    #expect(page.contains("<figcaption>Devices by result</figcaption>"))
    let legend = page.matches(of: /<li><span class="key (\w+)"><\/span>([\w -]+)<\/li>/).map { "\($0.output.1) \($0.output.2)" }
    #expect(legend == ["good succeeded 1", "bad failed 5"])
    #expect(page.matches(of: /<span class="bad">failed<\/span>/).count == 6)
    // With a few the table says it.
    let few = try await desk.done("history show 1 --output html").output
    Self.check(few, "history show")
    #expect(!few.contains("<svg"))
  }
}
