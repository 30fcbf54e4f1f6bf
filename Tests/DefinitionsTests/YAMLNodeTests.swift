import Definitions
import Testing

@Suite struct YAMLNodeTests {
  private func parse(_ text: String) throws -> YAMLNode { try YAMLNode.parse(Array(text.utf8), file: "f.yaml") }

  @Test(arguments: [
    ("", "the file is empty"), ("a: [", "f.yaml:2:1: "), ("a: 1\na: 2\n", "f.yaml:1:1: the key 'a' is there twice"),
    ("a: 1\n---\nb: 2\n", "f.yaml:2:1: "), ("\"a", "f.yaml:1:"), ("a: *b\n", "f.yaml:1:4: found undefined alias"),
    ("a: \u{0}\n", "f.yaml: "), ("{? [a] : b}", "must be a word"),
  ]) func badFiles(_ text: String, _ message: String) {
    let error = #expect(throws: DefinitionError.self) { try parse(text).entries() }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test func badBytes() {
    #expect(throws: DefinitionError.self) { try YAMLNode.parse([0x61, 0xFF], file: "f.yaml") }
    let large = [UInt8](repeating: 0x20, count: DefinitionFolder.byteCountLimit + 1)
    #expect(throws: DefinitionError.self) { try YAMLNode.parse(large, file: "f.yaml") }
  }

  /// Small files that would expand or nest without end.
  @Test func bombs() {
    var laughs = "a0: &a0 [x,x]\n"
    for level in 1...30 { laughs += "a\(level): &a\(level) [*a\(level - 1),*a\(level - 1)]\n" }
    #expect(throws: DefinitionError.self) { try parse(laughs) }
    #expect(throws: DefinitionError.self) { try parse(String(repeating: "[", count: 100_000)) }
    #expect(throws: DefinitionError.self) { try parse(String(repeating: "- ", count: 100_000) + "a") }
    #expect(throws: DefinitionError.self) { try parse(String(repeating: "{a: ", count: 50_000)) }
  }

  /// A search is no alias, however many of them a file has.
  @Test func starsInTextAreNoAliases() throws {
    let searches = (1...100).map { "- {search: 'name:*core\($0)', note: \"see *core\"}\n" }.joined()
    #expect(try parse(searches).list().count == 100)
    #expect(try parse("- &a x\n- *a\n").list().map { try $0.string() } == ["x", "x"])
    let many = "- &a x\n" + String(repeating: "- *a\n", count: 33)
    let error = #expect(throws: DefinitionError.self) { try parse(many) }
    #expect(error?.description == "f.yaml:34:3: more than 32 aliases")
    let broken = #expect(throws: DefinitionError.self) {
      try YAMLNode.parse(Array("a: 1\nü: ".utf8) + [0xC3, 0x28, 0x0A], file: "f.yaml")
    }
    #expect(broken?.description == "f.yaml:2:4: not valid UTF-8")
  }

  @Test(arguments: [
    ("yes", false), ("12", false), ("~", false), ("1.5", false), ("[a]", false), ("{a: b}", false), ("!!binary aGk=", false),
    ("'yes'", true), ("\"12\"", true), ("abc", true), ("|\n  12\n", true),
  ]) func onlyTextIsText(_ value: String, _ isText: Bool) throws {
    let node = try parse("k: " + value).mapping(["k"]).required("k")
    let text = try? node.string()
    #expect((text != nil) == isText)
  }

  @Test func numbersAndTruth() throws {
    let fields = try parse("n: 5\nbig: 99999999999999999999\nt: true\ny: yes\nx: 0x10\n").mapping(["n", "big", "t", "y", "x"])
    #expect(try fields.required("n").int(in: 1...5) == 5)
    #expect(throws: DefinitionError.self) { try fields.required("n").int(in: 1...4) }
    #expect(throws: DefinitionError.self) { try fields.required("big").int(in: 0...9) }
    #expect(throws: DefinitionError.self) { try fields.required("x").int(in: 0...99) }
    #expect(try fields.required("t").bool())
    #expect(throws: DefinitionError.self) { try fields.required("y").bool() }
  }

  @Test func unknownKeyComesWithASuggestion() throws {
    let error = #expect(throws: DefinitionError.self) {
      try parse("a: 1\nb:\n  promt: x\n").mapping(["a", "b"])["b"]?.mapping(["prompt"])
    }
    #expect(error?.description == "f.yaml:3:3: b: unknown key 'promt'; allowed: prompt")
    #expect(error?.hint == "did you mean 'prompt'?")
  }
}
