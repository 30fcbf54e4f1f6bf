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
    ("say \"hi\"", "\"say \"\"hi\"\"\""), ("two\nlines", "\"two\nlines\""), ("=a,b", "\"'=a,b\""), ("plain", "plain"),
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
    #expect(table.html.contains("<td>r1</td><td>3</td><td>2026-11-26T00:00:00Z</td>"))
    #expect(table.html.contains("r2&lt;script&gt;") && !table.html.contains("<script"))
    #expect(
      table.text
        == "Inventory\nNetwork: <default>\n\nNAME        COUNT  LAST SEEN\nr1          3      2026-11-26T00:00:00Z\nr2<script>\n")
    #expect(self.table([]).text.hasSuffix("There is nothing to report.\n"))
    #expect(self.table([]).html.contains("There is nothing to report."))
  }
}
