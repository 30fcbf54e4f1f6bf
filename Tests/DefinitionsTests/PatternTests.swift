import Definitions
import Testing

@Suite struct PatternTests {
  /// Pattern, line, and the groups of the first match from the whole on; `nil` where there is none.
  static let cases: [(String, String, [String?]?)] = [
    ("abc", "xxabcxx", ["abc"]), ("abc", "ab", nil), ("", "abc", [""]), ("a*", "aaa", ["aaa"]), ("a*", "baa", [""]),
    ("a+", "baa", ["aa"]), ("a+?", "aaa", ["a"]), ("a??b", "ab", ["ab"]), ("^a", "ba", nil), ("a$", "ab", nil),
    ("a$", "ba", ["a"]),
    ("^$", "", [""]), ("^$", "a", nil), ("a|b", "cb", ["b"]), ("a|ab", "ab", ["a"]), ("(?:a|ab)c", "abc", ["abc"]),
    ("(a|b)(c)?", "bd", ["b", "b", nil]), ("(a)|(b)", "b", ["b", nil, "b"]), ("a{2}", "aaa", ["aa"]), ("a{2,}", "aaaa", ["aaaa"]),
    ("a{1,2}", "aaa", ["aa"]), ("a{0}b", "ab", ["b"]), ("[a-c]+", "xbcay", ["bca"]), ("[^a-c]+", "abxyc", ["xy"]),
    ("[]]", "]", ["]"]),
    ("[a\\]]+", "a]", ["a]"]), ("[-a]+", "a-", ["a-"]), ("\\d+", "ab12c", ["12"]), ("\\D", "1x", ["x"]),
    ("\\w+", "-a_1-", ["a_1"]),
    ("\\s", "a\tb", ["\t"]), ("\\S+", "  ab ", ["ab"]), ("\\bend\\b", "the end.", ["end"]), ("\\bend\\b", "bending", nil),
    ("\\.\\*\\[", "a.*[", [".*["]), (".", "é", nil), ("é+", "éé", ["éé"]), ("(?i)PassWord", "pASSwORD", ["pASSwORD"]),
    ("(?<host>[a-z]+)#", "r9 core#", ["core#", "core"]), ("(a*)*b", "aab", ["aab", "aa"]), ("(a|b)*", "abba", ["abba", "a"]),
    ("x*", "", [""]), ("(?:)", "a", [""]), ("(^a|b)c", "bc", ["bc", "b"]), ("a.c", "abc", ["abc"]),
    ("^.*(\\d+)$", "ab123", ["ab123", "3"]), ("^.*?(\\d+)$", "ab123", ["ab123", "123"]), ("$", "abc", [""]),
    ("b$|^c", "cb", ["c"]), ("\\bx", "a x", ["x"]), ("(a)(b)?c", "ac", ["ac", "a", nil]),
  ]

  @Test(arguments: cases) func match(_ source: String, _ line: String, _ groups: [String?]?) throws {
    let pattern = try Pattern(source)
    let bytes = Array(line.utf8)
    let match = pattern.firstMatch(in: bytes[...])
    guard let groups else {
      // A dot takes one byte, half an 'é'.
      #expect(source == "." || match == nil)
      return
    }
    let found = match.map { match in (0...pattern.groupCount).map { match[$0].map { String(decoding: bytes[$0], as: UTF8.self) } }
    }
    #expect(found == groups)
  }

  @Test(arguments: [
    "(", ")", "a)", "[", "[a", "*a", "a**", "a{2", "a{3,2}", "a{999}", "\\", "\\q", "[b-a]", "(?=a)", "(?<n>a)(?<n>b)", "(?<>a)",
    "^*",
    "[é]", "((((((((((((((((((((((((((((((((((((((((((((((((((((a))))))))))))))))))))))))))))))))))))))))))))))))))))",
    "((((a{200}){200}){200}){200})", String(repeating: "a", count: 2000),
  ]) func refused(_ source: String) {
    let error = #expect(throws: DefinitionError.self) { try Pattern(source) }
    #expect(error?.code == .badPattern)
  }

  /// Patterns that keep backtracking engines busy for ever.
  @Test(arguments: ["(a*)*b", "(a|a)*b", "(a|aa)+$b", "^(.*?,){20}P", "(x+x+)+y"]) func workIsBounded(_ source: String) throws {
    let line = String(repeating: "a", count: 20_000) + String(repeating: "x", count: 5_000)
    let pattern = try Pattern(source)
    let time = ContinuousClock().measure { #expect(!pattern.matches(line)) }
    #expect(time < .seconds(20))
  }

  @Test(arguments: [
    ("^password (\\S+)", "password abc def", "password ****** def"), ("secret", "a secret and a secret", "a ****** and a ******"),
    ("(a)x(b)", "1axb2axb", "1******x******2******x******"), ("k (\\d*)", "k ", "k "), ("", "ab", "******a******b******"),
    ("nothing", "here", "here"),
  ]) func masking(_ source: String, _ line: String, _ masked: String) throws {
    let pattern = try Pattern(source)
    if source.isEmpty {
      // An empty match has nothing to mask; what matters is that it ends.
      _ = pattern.masking(line, with: "******")
    } else {
      #expect(pattern.masking(line, with: "******") == masked)
    }
  }

  @Test func namedGroups() throws {
    let pattern = try Pattern("^(?<user>\\w+)@(?<host>\\w+)")
    #expect(pattern.text(ofGroup: "host", in: "me@r9 x") == "r9")
    #expect(pattern.text(ofGroup: "port", in: "me@r9 x") == nil)
  }

  /// Random patterns over random lines: an error or an answer, never a trap; and whether there is a match is the same for the
  /// machine that finds groups and for the automaton that only looks, alone and among others.
  @Test func randomPatternsAgreeAndNeverTrap() {
    var state: UInt64 = 1
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let pieces = [
      "a", "b", "(", ")", "[", "]", "*", "+", "?", "{2}", "{1,3}", "|", "^", "$", "\\b", "\\d", ".", "(?:", "(?<n>", "-", "\\",
      "é",
    ]
    var compiled = 0
    var found = 0
    var others: [Pattern] = []
    for _ in 0..<20_000 {
      let source = (0..<(1 + next(10))).map { _ in pieces[next(pieces.count)] }.joined()
      let line = (0..<next(12)).map { _ in ["a", "b", "1", "é", " "][next(5)] }.joined()
      guard let pattern = try? Pattern(source) else { continue }
      compiled += 1
      _ = pattern.masking(line, with: "*")
      others = others.suffix(3) + [pattern]
      let set = PatternSet(others)
      // Several lines, so that what the automaton kept of one serves the next.
      for line in [line, String(line.reversed()), line + "a" + line, line + " b"] {
        let isFound = pattern.firstMatch(in: Array(line.utf8)[...]) != nil
        found += isFound ? 1 : 0
        #expect(pattern.matches(line) == isFound, "\(source) in '\(line)'")
        let isAnyFound = others.contains { $0.firstMatch(in: Array(line.utf8)[...]) != nil }
        let isInSet = Array(line.utf8).withUnsafeBufferPointer { set.matches($0) }
        #expect(isInSet == isAnyFound, "\(others) in '\(line)'")
      }
    }
    #expect(compiled > 2000 && found > 2000 && found < 4 * compiled - 2000)
  }
}

@Suite struct PatternSetTests {
  /// More sets of threads than are kept: each answer is right all the same.
  @Test func manyStatesAreForgottenAndMetAgain() throws {
    let pattern = try Pattern("(?:a|b)*a(?:a|b){14}$")
    var state: UInt64 = 7
    for length in 1...400 {
      let line = String(
        decoding: (0..<length).map { _ -> UInt8 in
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          return state >> 40 & 1 == 0 ? 0x61 : 0x62
        }, as: UTF8.self)
      let wanted = length >= 15 && Array(line.utf8)[length - 15] == 0x61
      #expect(pattern.matches(line) == wanted, "\(line)")
    }
  }

  @Test(
    arguments: [
      (["^ab", "^a.c$"], ["ab", "abx", "axc"], ["", "b", "ax", "xab"]), (["^ab", "c"], ["ab", "xc"], ["", "xab"]),
      (["^x?"], ["", "y"], []), ([], [], ["", "a"]), (["^(?:ab|cd)"], ["ab", "cdx"], ["", "bd"]),
    ] as [([String], [String], [String])]) func matches(_ sources: [String], _ good: [String], _ bad: [String]) throws
  {
    let set = PatternSet(try sources.map { try Pattern($0) })
    for line in good { #expect(Array(line.utf8).withUnsafeBufferPointer { set.matches($0) }, "\(line)") }
    for line in bad { #expect(!Array(line.utf8).withUnsafeBufferPointer { set.matches($0) }, "\(line)") }
  }
}
