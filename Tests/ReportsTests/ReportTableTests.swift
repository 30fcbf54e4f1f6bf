import Reports
import Terminal
import Testing

@Suite struct ReportTableTests {
  private func table(_ rows: [[ReportTable.Value]]) -> ReportTable {
    var table = ReportTable(
      title: "Inventory", facts: [(name: "Network", value: "<default>")],
      columns: [.init("name", "Name"), .init("count", "Count"), .init("lastSeen", "Last seen")])
    for row in rows { table.append(row) }
    return table
  }

  /// What a spreadsheet takes for a formula stays text; numbers and times of ours are no formulas.
  @Test(arguments: [
    ("=1+1", "'=1+1"), ("+1", "'+1"), ("-2", "'-2"), ("@SUM(A1)", "'@SUM(A1)"), ("\tx", "'\tx"), ("a,b", "\"a,b\""),
    ("say \"hi\"", "\"say \"\"hi\"\"\""), ("two\nlines", "\"two\nlines\""), ("=a,b", "\"'=a,b\""),
    ("\u{1B}[2J\u{202E}x", "\\x1b[2J\\u202ex"), ("plain", "plain"),
  ]) func cells(_ text: String, _ field: String) {
    #expect(table([[.text(text), .number(-3), .none]]).csv == "name,count,lastSeen\r\n\(field),-3,\r\n")
  }

  @Test func allFormatsHaveTheSameRows() throws {
    let rows: [[ReportTable.Value]] = [
      [.text("r1"), .number(3), .time("2026-11-26T00:00:00Z")], [.text("r2<script>"), .none, .none],
    ]
    let table = table(rows)
    let json = try JSONValue(parsing: table.json)
    #expect(json["rows"]?.arrayValue?.map { $0["name"]?.stringValue } == ["r1", "r2<script>"])
    #expect(json["rows"]?.arrayValue?[1]["count"] == .null && json["facts"]?["Network"] == "<default>")
    #expect(table.csv.split(separator: "\r\n").count == 3)
    #expect(
      table.html.contains(
        "<td>r1</td><td class=\"number\">3</td><td><span class=\"time\">2026-11-26 00:00 UTC</span></td>"))
    #expect(table.html.contains("<th>Name</th><th class=\"number\">Count</th>"))
    #expect(table.html.contains("r2&lt;script&gt;") && !table.html.contains("<script"))
    #expect(
      table.text
        == "Inventory\nNetwork: <default>\n\nNAME        COUNT  LAST SEEN\nr1          3      2026-11-26T00:00:00Z\nr2<script>\n")
    #expect(self.table([]).text.hasSuffix("There is nothing to report.\n"))
    #expect(self.table([]).html.contains("There is nothing to report."))
  }

  private static let parts: [ReportTable.Part] = [
    .init("up", .good, ["up"]), .init("down", .bad, ["down"]), .init("others", .muted, nil),
  ]

  private func statuses(_ rows: [(String, String, String)]) -> ReportTable {
    var table = ReportTable(
      title: "Inventory", facts: [], columns: [.init("platform", "Platform"), .init("status", "Status"), .init("time", "Time")])
    for (platform, status, time) in rows { table.append([.text(platform), .status(status, .good), .time(time)]) }
    return table
  }

  @Test func barsCountTheMostFrequentFirst() {
    let table = statuses([
      ("frr", "up", ""), ("ios", "down", ""), ("frr", "odd", ""), ("", "up", ""), ("ios", "down", ""), ("frr", "up", ""),
      ("eos", "up", ""),
    ])
    let chart = table.bars("By platform", of: "platform", by: "status", Self.parts)
    #expect(
      chart.groups == [
        .init("frr", [2, 0, 1]), .init("ios", [0, 2, 0]), .init("eos", [1, 0, 0]), .init("none", [1, 0, 0]),
      ])
    #expect(table.bars("", of: "platform", Self.parts, most: 3).groups.map(\.name) == ["frr", "ios", "2 others"])
    #expect(table.bars("", of: "platform", Self.parts, most: 3).groups.last?.counts == [2, 0, 0])
    #expect(statuses([]).bars("", of: "platform", Self.parts).isEmpty)
  }

  @Test func timelinesHaveEveryDay() {
    let table = statuses([
      ("x", "up", "2026-03-01T23:59:59Z"), ("x", "down", "2026-03-03T00:00:00Z"), ("x", "up", "2026-03-03T12:00:00Z"),
      ("x", "up", "2026-02-01T00:00:00Z"),
    ])
    let days = ["2026-03-01", "2026-03-02", "2026-03-03"]
    let chart = table.timeline("Runs", of: "time", by: "status", Self.parts, days: days)
    #expect(chart.groups == [.init("03-01", [1, 0, 0]), .init("03-02", [0, 0, 0]), .init("03-03", [1, 1, 0])])
    let long = (1...70).map { "day-\($0 < 10 ? "0" : "")\($0)-" + "x" }
    #expect(table.timeline("", of: "time", Self.parts, days: long).groups.count == 10)
  }

  /// What a chart says is text, whatever is in it, and its lengths follow the counts.
  @Test func chartsArePictures() {
    var table = statuses([("<b>\u{1B}", "up", "2026-03-01T00:00:00Z"), ("frr", "down", "2026-03-01T00:00:00Z")])
    for _ in 0..<3 { table.append([.text("frr"), .status("down", .bad), .time("2026-03-01T00:00:00Z")]) }
    table.charts = [table.bars("Devices <1>", of: "platform", by: "status", Self.parts)]
    let html = table.html
    #expect(html.contains("<figcaption>Devices &lt;1&gt;</figcaption>"))
    #expect(html.contains("&lt;b&gt;\\x1b</text>") && html.contains("<title>frr: down 4</title>"))
    #expect(html.contains("<li><span class=\"key bad\"></span>down 4</li>") && !html.contains("others 0"))
    let widths = html.matches(of: /<rect class="\w+" x="[\d.]+" y="[\d.]+" width="([\d.]+)"/).compactMap { Double($0.output.1) }
    #expect(widths.count == 2 && abs(widths[0] - 4 * widths[1]) < 0.5, "\(widths)")
    // One bar says no more than its number.
    var one = statuses([("frr", "up", "")])
    one.charts = [one.bars("One", of: "platform", Self.parts)]
    #expect(!one.html.contains("<svg"))
  }

  /// The map of a page is part of it: no second document, its names escaped.
  @Test func aMapStandsWithinThePage() {
    var topology = Topology(nodes: [.init(name: "r1", isKnown: true), .init(name: "<sw>", isKnown: false)])
    topology.add(from: 0, "eth0", to: 1, "Gi1", by: "lldp")
    var table = statuses([("frr", "up", "")])
    table.map = (title: "Cables & co", topology: topology)
    let html = table.html
    #expect(html.contains("<figcaption>Cables &amp; co</figcaption>\n<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"map\""))
    #expect(html.contains("&lt;sw&gt;") && !html.contains("<sw>") && !html.contains("<?xml"))
    #expect(TopologyPicture(topology).svg.hasPrefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg "))
    #expect(statuses([]).html.contains("nothing to report") && !statuses([]).html.contains("<svg"))
  }
}
