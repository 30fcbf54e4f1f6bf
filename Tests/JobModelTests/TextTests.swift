import JobModel
import Testing

@Suite struct TextTests {
  static let names: [(String, Bool)] = [
    ("a", true), ("core-1.lab_x", true), ("1a", true), ("A", true), (String(repeating: "a", count: 64), true),
    ("", false), ("-a", false), (".a", false), ("_a", false), ("a b", false), ("a/b", false), ("a\n", false), ("é", false),
    ("12", false), ("0", false), (String(repeating: "a", count: 65), false), ("a\u{0}", false), ("a;b", false),
    ("a\u{301}", false),
  ]

  @Test(arguments: names) func name(_ text: String, isLegal: Bool) {
    #expect(((try? TextRule.name(text, of: "job")) != nil) == isLegal)
  }

  static let lines: [(String, prose: Bool, line: Bool)] = [
    ("hello", true, true), ("", true, false), ("a\tb", true, false), ("a\nb", true, false), ("a\r\nb", false, false),
    ("a\u{1B}[2Jb", false, false), ("a\u{0}", false, false), ("a\u{7F}", false, false), ("a\u{9B}31m", false, false),
    ("grüße, 東京", true, true), (String(repeating: "x", count: 65_536), true, true),
    (String(repeating: "x", count: 65_537), false, false),
  ]

  @Test(arguments: lines) func prose(_ text: String, prose: Bool, line: Bool) {
    #expect(((try? TextRule.prose(text, as: "comment")) != nil) == prose)
    #expect(((try? TextRule.line(text, as: "tag")) != nil) == line)
  }

  @Test func quotedTextIsShortAndHarmless() {
    #expect(TextRule.quoted("a\u{1B}[2J\n") == "a\\u{001B}[2J\\u{000A}")
    #expect(TextRule.quoted(String(repeating: "x", count: 81)) == String(repeating: "x", count: 80) + "...")
    #expect(TextRule.quoted("") == "")
  }

  static let addresses: [(String, Bool)] = [
    ("192.0.2.1", true), ("r1", true), ("r1.example.net", true), ("a_b", true), ("2001:db8::1", true), ("fe80::1%eth0", true),
    ("::", true), ("1a", true), ("R1.Example", true), ("xn--bcher-kva.example", true),
    ("", false), ("1.2.3", false), ("256.1.1.1", false), ("1.2.3.4.5", false), ("1", false), ("01.2.3.4", false), ("-r1", false),
    ("r1-", false), ("r1..net", false), ("r1.", false), ("r 1", false), ("r1/24", false), ("2001:db8::1::2", false),
    ("fe80::1%", false), ("fe80::1%e th", false), ("host:22", false), ("user@host", false), ("--ProxyCommand=x", false),
    ("r1\n", false), ("höst", false), ("0x7f.1", false), ("0x7f000001", false), ("r1.5", false),
    (String(repeating: "a", count: 64), false), (String(repeating: "a.", count: 127), false),
  ]

  @Test(arguments: addresses) func address(_ text: String, isLegal: Bool) {
    #expect(((try? DeviceAddress.validate(text)) != nil) == isLegal)
  }

  static let shares: [(String, Int, Share?)] = [
    ("5", 1, .count(5)), ("20%", 1, .percent(20)), ("0", 0, .count(0)), ("0%", 0, .percent(0)), ("100%", 1, .percent(100)),
    ("1000000", 1, .count(1_000_000)), ("007", 1, .count(7)),
    ("0", 1, nil), ("0%", 1, nil), ("101%", 1, nil), ("1000001", 1, nil), ("", 1, nil), ("%", 1, nil), ("-1", 0, nil),
    ("+1", 0, nil), ("1.5", 0, nil), ("1%%", 0, nil), ("٣", 0, nil), ("99999999999999999999", 0, nil), (" 1", 0, nil),
  ]

  @Test(arguments: shares) func share(_ text: String, minimum: Int, expected: Share?) throws {
    #expect((try? Share(parsing: text, minimum: minimum, as: "batch")) == expected)
    guard let expected else { return }
    #expect(try CanonicalJSON.value(Share.self, from: try CanonicalJSON.text(expected)) == expected)
  }

  static let resolutions: [(Share, Int, Int)] = [
    (.count(5), 3, 5), (.percent(1), 3, 1), (.percent(50), 3, 2), (.percent(100), 3, 3), (.percent(0), 3, 0),
    (.percent(20), 0, 0),
    (.percent(33), 100, 33), (.percent(20), 11, 3),
  ]

  @Test(arguments: resolutions) func shareOfDevices(_ share: Share, total: Int, expected: Int) {
    #expect(share.resolved(of: total) == expected)
  }
}
