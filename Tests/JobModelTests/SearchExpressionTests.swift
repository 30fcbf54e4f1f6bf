import Testing

@testable import JobModel

@Suite struct SearchExpressionTests {
  static let day: Int64 = 86_400_000
  static let now: Int64 = 1_800_000_000_000
  static let fields: Set<String> = ["rack", "rack unit", "Owner"]

  static let devices: [SearchSubject] = [
    SearchSubject(
      name: "core-1", hostname: "core-1.example.net", address: "10.1.0.1", network: "default", platform: "cisco_ios",
      vendor: "Cisco",
      model: "C9500-40X", version: "15.2(4)M3", serial: "FOC1", tags: ["core", "core edge"], site: "berlin", status: "ok",
      comment: "main building, cage 7", changed: now - 2 * day, fields: ["rack": "A1", "rack unit": "5", "Owner": "net"]),
    SearchSubject(
      name: "lab-2", hostname: "lab-2.example.net", address: "10.1.0.10", network: "lab", platform: "cisco_xe", vendor: "Cisco",
      model: "C1000", version: "17.3.1", tags: ["access"], site: "lab", status: "failed", comment: "ask (a:b) \"first\" * 10",
      changed: now - 30 * day),
    SearchSubject(
      name: "edge-3", hostname: "EDGE-3", address: "2001:DB8:0::3", network: "default", platform: "junos", vendor: "Juniper",
      version: "21.4R3-S2", tags: ["edge", "core"], changed: nil),
    SearchSubject(name: "bär-4", address: "sw4.example.org", platform: "arista_eos", version: "", comment: "-x or like"),
  ]

  /// The numbers of the devices found.
  static let matches: [(String, [Int])] = [
    // Bare words: a part of name, hostname, address or comment, or all of it with a star.
    ("core", [1]), ("CORE", [1]), ("example", [1, 2, 4]), ("10.1.0.1", [1, 2]), ("cage", [1]), ("berlin", []),
    ("*.example.net", [1, 2]),
    ("core*", [1]), ("ore*", []), ("*ore*", [1]), ("co*ex*et", [1]), ("\"main building\"", [1]), ("main building", [1]),
    ("cage main", [1]),
    ("BÄR", [4]), ("ba\u{308}r-4", [4]), ("\"*\"", [2]), ("\"\\\"first\\\"\"", [2]), ("\"(a:b)\"", [2]), ("\"-x\"", [4]),
    ("\"or\"", [1, 4]),
    ("-core", [2, 3, 4]), ("-core -lab", [3, 4]),
    // Keys: the whole value.
    ("name:core-1", [1]), ("name:core", []), ("name:*-1", [1]), ("hostname:edge-3", [3]), ("platform:cisco_*", [1, 2]),
    ("platform:cisco_* tag:core -site:lab address:10.1.0.0/16", [1]), ("tag:core", [1, 3]), ("-tag:core", [2, 4]),
    ("tag:\"core edge\"", [1]), ("tag:\"core \"*", [1]), ("tag:\"core*\"", []), ("network:default", [1, 3]),
    ("vendor:CISCO", [1, 2]),
    ("model:c9500*", [1]), ("serial:foc1", [1]), ("status:failed", [2]), ("site:*", [1, 2]), ("-site:*", [3, 4]),
    ("site:b*n", [1]),
    ("site:b*l*i*n", [1]), ("site:be*rlin*", [1]), ("site:berl*rlin", []), ("site:**lin", [1]),
    ("rack:a1", [1]), ("\"rack unit\":5", [1]), ("rack:*", [1]), ("-rack:*", [2, 3, 4]), ("Owner:net", [1]),
    // Addresses.
    ("address:10.1.0.1", [1]), ("address:10.1.0.0/16", [1, 2]), ("address:10.1.0.0/29", [1]), ("address:10.1.0.2-10.1.0.10", [2]),
    ("address:10.1.0.0-10.1.0.9", [1]), ("address:10.1.*", [1, 2]), ("address:2001:db8::3", [3]), ("address:2001:db8::/32", [3]),
    ("address:2001:db8::-2001:db8::ff", [3]), ("address:2001:db8:*", [3]), ("address:*.example.org", [4]),
    ("address:0.0.0.0/0", [1, 2]),
    ("-address:10.0.0.0/8", [3, 4]),
    // Time and version.
    ("changed:<7d", [1]), ("changed:<1w", [1]), ("changed:>24h", [1, 2]), ("changed:>48h", [2]), ("changed:>=48h", [1, 2]),
    ("changed:<=2880m", [1]), ("changed:<172800s", []), ("-changed:<7d", [2, 3, 4]),
    ("version:>=15.2", [1, 2, 3]), ("version:<15.2", []), ("version:>15.2(4)M3", [2, 3]), ("version:>=15.2(4)M10", [2, 3]),
    ("version:<15.2(4)m10", [1]), ("version:=15.02(4)M3", [1]), ("version:15.2(4)m3", [1]), ("version:15.2*", [1]),
    ("version:\"15.2(4)M3\"", [1]), ("(version:<=17.3.1)", [1, 2]), ("version:<=21.4R3", [1, 2]),
    // Structure.
    ("core OR lab", [1, 2]), ("core OR lab site:lab", [1, 2]), ("(core OR lab) site:lab", [2]), ("site:lab lab OR edge", [2, 3]),
    ("-(core OR lab)", [3, 4]), ("-(tag:core vendor:cisco)", [2, 3, 4]), ("-(-core)", [1]), ("((core))", [1]),
    ("(core)(cage)", [1]), ("core OR lab OR like", [1, 2, 4]), ("\u{a0}core\t\nlab", []),
  ]

  @Test(arguments: matches) func finds(_ text: String, _ expected: [Int]) throws {
    let expression = try SearchExpression(parsing: text, knownFields: Self.fields)
    let found = Self.devices.indices.filter { expression.matches(Self.devices[$0], now: Self.now) }.map { $0 + 1 }
    #expect(found == expected)
    let again = try SearchExpression(parsing: expression.description, knownFields: Self.fields)
    #expect(again == expression)
    #expect(again.description == expression.description)
  }

  @Test(arguments: [
    ("  platform:cisco_*   tag:\"core\" ", "platform:cisco_* tag:core"), ("(a (b c))", "a b c"),
    ("(a OR (b OR c))", "a OR b OR c"),
    ("((a b) OR c) d", "(a b OR c) d"), ("-(a)", "-a"), ("-(a b)", "-(a b)"), ("-(-a)", "-(-a)"), ("x**y", "x*y"),
    ("\"a:b\"", "\"a:b\""),
    ("name:a:b", "name:a:b"), ("\"OR\"", "\"OR\""), ("name:OR", "name:OR"), ("\"-a\"", "\"-a\""), ("name:-a", "name:-a"),
    ("tag:\"core edge\"*", "tag:\"core edge\"*"), ("address:2001:DB8:0:0::1", "address:2001:db8::1"),
    ("changed:<1w", "changed:<7d"),
    ("changed:>90s", "changed:>90s"), ("changed:<0d", "changed:<0s"), ("\"rack unit\":5", "\"rack unit\":5"),
    ("version:>=15.2(4)M3", "version:>=\"15.2(4)M3\""), ("\"a\\\\b\\\"\"", "\"a\\\\b\\\"\""), ("a\\b", "\"a\\\\b\""),
  ]) func canonicalText(_ text: String, _ expected: String) throws {
    #expect(try SearchExpression(parsing: text, knownFields: Self.fields).description == expected)
  }

  @Test(arguments: [
    ("", SearchError.Code.empty, 1), ("   \t", .empty, 1), ("()", .empty, 1), ("\"\"", .empty, 1), ("core \"\"", .empty, 6),
    ("a ( )", .empty, 3),
    ("*", .empty, 1), ("a OR **", .empty, 6), ("-\"\"", .empty, 2),
    ("(core", .syntax, 1), ("core)", .syntax, 5), (")", .syntax, 1), ("a (b", .syntax, 3), ("a (", .syntax, 3),
    ("tag:\"core", .syntax, 5),
    ("OR a", .syntax, 1), ("a OR", .syntax, 3), ("a OR OR b", .syntax, 3), ("(a OR) b", .syntax, 4), ("(OR a)", .syntax, 2),
    ("a NOT b", .syntax, 3), ("a AND b", .syntax, 3), ("a or b", .syntax, 3), ("- a", .syntax, 1), ("--a", .syntax, 1),
    ("-", .syntax, 1),
    ("a -", .syntax, 3), ("(-)", .syntax, 2), ("core(a)", .syntax, 5), ("tag:core(site:a)", .syntax, 9),
    ("tag:(a OR b)", .syntax, 5),
    (":a", .syntax, 1), (">=15.2", .syntax, 1), ("\"a\\n\"", .syntax, 3), ("a\u{0}", .syntax, 2),
    ("-site:lab\u{200b}", .syntax, 10),
    ("tag:\u{201c}a b\u{201d}", .syntax, 5),
    ("platfrom:x", .unknownKey, 1), ("a -stie:lab", .unknownKey, 4), ("2001:db8::1", .unknownKey, 1), ("Name:a", .unknownKey, 1),
    ("name:", .badValue, 5), ("name: a", .badValue, 5), ("name:\"\"", .badValue, 5), ("-name:", .badValue, 6),
    ("name:>a", .badValue, 6),
    ("rack:<3", .badValue, 6), ("address:10.1.0.0/33", .badValue, 9), ("address:10.1.0.1/16", .badValue, 9),
    ("address:10.1.0", .badValue, 9),
    ("address:10.1.0.0/x", .badValue, 9), ("address:10.0.0.9-10.0.0.1", .badValue, 9), ("address:10.0.0.1-::1", .badValue, 9),
    ("address:10.0.0.1-9", .badValue, 9), ("address:router", .badValue, 9), ("x address:10.300.0.1", .badValue, 11),
    ("address:>10.0.0.1", .badValue, 9), ("changed:7d", .badValue, 9), ("changed:<", .badValue, 9), ("changed:<d", .badValue, 9),
    ("changed:<7", .badValue, 9), ("changed:<7y", .badValue, 9), ("changed:=7d", .badValue, 9), ("changed:<-7d", .badValue, 9),
    ("changed:<99999999999999999999d", .badValue, 9), ("changed:<7*d", .badValue, 9), ("version:>=", .badValue, 9),
    ("version:>=15*", .badValue, 9), ("version:>=.1", .badValue, 9), ("version:==1", .badValue, 9), ("version:>x", .badValue, 9),
    ("bär OR stie:x", .unknownKey, 8),
  ]) func refuses(_ text: String, _ code: SearchError.Code, _ column: Int) {
    let error = #expect(throws: SearchError.self) { try SearchExpression(parsing: text, knownFields: Self.fields) }
    #expect(error?.code == code)
    #expect(error?.column == column)
    #expect(error?.message.hasPrefix("search expression column \(column): ") == true)
  }

  @Test(arguments: [
    ("platfrom:x", "did you mean 'platform'?"), ("tags:x", "did you mean 'tag'?"), ("Name:x", "did you mean 'name'?"),
    ("owner:x", "did you mean 'Owner'?"), ("rakc:x", "did you mean 'rack'?"),
    ("2001:db8::1", "for an IPv6 address write address:2001:db8::1"),
    ("zzzzzz:x", nil),
  ]) func suggests(_ text: String, _ hint: String?) {
    let error = #expect(throws: SearchError.self) { try SearchExpression(parsing: text, knownFields: Self.fields) }
    #expect(error?.hint == hint)
    #expect(error?.message.hasSuffix("site, status, changed, Owner, rack, rack unit") == true)
  }

  @Test func fieldsMustBeKnown() throws {
    #expect(throws: SearchError.self) { try SearchExpression(parsing: "rack:a1") }
    #expect(try SearchExpression(parsing: "name:x", knownFields: ["name"]) == SearchExpression(parsing: "name:x"))
  }

  @Test func lengthAndDepthAreBounded() throws {
    func code(_ text: String) -> SearchError.Code? {
      do throws(SearchError) { _ = try SearchExpression(parsing: text) } catch { return error.code }
      return nil
    }
    func nested(_ depth: Int) -> String { String(repeating: "(", count: depth) + "a" + String(repeating: ")", count: depth) }
    #expect(code(nested(32)) == nil)
    #expect(code(nested(33)) == .tooDeep)
    #expect(code(String(repeating: "-(", count: 2000)) == .tooDeep)
    #expect(code(String(repeating: "a", count: 4096)) == nil)
    #expect(code(String(repeating: "a", count: 4097)) == .tooLong)
    // In quotes it would be longer than what can be read back.
    #expect(code(String(repeating: "#", count: 4095)) == .tooLong)
    #expect(code(String(repeating: "a ", count: 2048)) == nil)
  }

  @Test func timesDoNotOverflow() throws {
    let recent = try SearchExpression(parsing: "changed:<7d")
    #expect(!recent.matches(SearchSubject(name: "a", changed: .min), now: .max))
    #expect(recent.matches(SearchSubject(name: "a", changed: .max), now: .min))
  }

  @Test func mappedAddressesAreFound() throws {
    let device = SearchSubject(name: "a", address: "::ffff:10.1.0.7")
    for text in ["address:10.1.0.0/16", "address:10.1.0.7", "address:::ffff:10.1.0.7", "address:::ffff:0:0/96"] {
      #expect(try SearchExpression(parsing: text).matches(device, now: 0), "\(text)")
    }
  }

  @Test func versionsAreInNaturalOrder() {
    let ordered = [
      "unknown", "7.2", "7.12alpha1", "7.12beta9", "7.12rc1", "7.12", "7.12.1", "12.4(24)T", "15.2", "15.2(4)M3", "15.2(4)M3a",
      "15.2(4)M10",
      "15.10", "21.4R3", "21.4R3-S2", "21.4R3-S10", "99999999999999999999999", "100000000000000000000000",
    ].map { SearchExpression.Version($0) }
    for (index, one) in ordered.enumerated() {
      for (otherIndex, other) in ordered.enumerated() {
        #expect((one < other) == (index < otherIndex), "\(one.text) < \(other.text)")
        #expect((one == other) == (index == otherIndex), "\(one.text) == \(other.text)")
      }
    }
  }

  /// Random texts of what means something: never a trap, and whatever is accepted can be read back.
  @Test func survivesAnything() {
    let pieces = [
      "name:", "tag:", "address:", "changed:", "version:", "rack:", "\"rack unit\":", "site", "-", "(", ")", " ", " ", "OR",
      " OR ", "\"", "\"",
      "\\", "*", "*", "<", ">=", "=", "7d", "15.2(4)M3", "10.0.0.0/8", "10.0.0.1-10.0.0.9", "::1", "2001:db8::/32", "a", "bc",
      "ä", "\u{301}",
      "\u{345}", "\u{200d}", "\u{1f1e9}", "\u{1f1ea}", "\r\n", "\t", "\u{0}", "\u{202e}", "/", "%", ",", ":", "9", "\u{2028}",
      "'", "İ", "ß",
    ]
    var accepted = 0
    for _ in 0..<40_000 {
      let text = (0..<Int.random(in: 1...9)).map { _ in pieces.randomElement() ?? "" }.joined()
      do throws(SearchError) {
        let expression = try SearchExpression(parsing: text, knownFields: Self.fields)
        accepted += 1
        let canonical = expression.description
        for device in Self.devices { _ = expression.matches(device, now: Self.now) }
        let again = try? SearchExpression(parsing: canonical, knownFields: Self.fields)
        #expect(again == expression, "\(text.debugDescription) became \(canonical.debugDescription)")
        #expect(again?.description == canonical)
      } catch {
        #expect((1...(text.count + 1)).contains(error.column), "\(text.debugDescription)")
        #expect(!error.message.unicodeScalars.contains { $0.properties.generalCategory == .control })
      }
    }
    #expect(accepted > 1000)
  }

  @Test func manyStarsStayFast() throws {
    let expression = try SearchExpression(parsing: "comment" + String(repeating: "*a", count: 1000) + "*b")
    let device = SearchSubject(name: "x", comment: "comment" + String(repeating: "a", count: 20_000))
    var isFound = true
    let time = ContinuousClock().measure { isFound = expression.matches(device, now: 0) }
    #expect(!isFound)
    #expect(time < .seconds(5))
  }
}
