import Definitions
import Testing

@Suite struct NameSuggestionTests {
  @Test(arguments: [
    ("pefix", "prefix"), ("prefxi", "prefix"), ("next_hop", "next-hop"), ("xyz", nil), ("", nil), ("prefix", "prefix"),
    ("p", nil),
  ]) func closest(_ name: String, _ expected: String?) {
    #expect(NameSuggestion.closest(to: name, in: ["prefix", "next-hop", "distance"]) == expected)
  }
}
