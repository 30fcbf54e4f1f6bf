import Testing

@testable import Arguments

@Suite struct SuggestionTests {
  @Test(arguments: [
    ("", "", 0), ("a", "", 1), ("", "ab", 2), ("job", "job", 0), ("job", "jbo", 1), ("job", "jobs", 1), ("job", "jab", 1),
    ("job", "ob", 1), ("kitten", "sitting", 3), ("ca", "abc", 3), ("limit", "lmiit", 1),
  ])
  func distance(_ first: String, _ second: String, _ expected: Int) {
    #expect(Suggestion.distance(first, second) == expected)
    #expect(Suggestion.distance(second, first) == expected)
  }

  @Test(arguments: [
    ("lim", ["limit"]), ("li", ["limit", "list"]), ("lits", ["list"]), ("zzz", []), ("", []),
    (String(repeating: "l", count: 1000), []),
  ])
  func nearest(_ word: String, _ expected: [String]) {
    let found = Suggestion.nearest(to: word, among: ["limit", "list", "json"])
    #expect(found == expected)
  }
}
