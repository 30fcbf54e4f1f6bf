import Terminal
import Testing

@Suite struct JSONValueTests {
  static let encodings: [(JSONValue, String)] = [
    (nil, "null"), (true, "true"), (false, "false"), (0, "0"), (.integer(.min), "-9223372036854775808"),
    (.number(0.1), "0.1"), (.number(5), "5.0"), (.number(1e300), "1e+300"), (.number(-1.5e-7), "-1.5e-07"),
    (.number(.nan), "null"), (.number(.infinity), "null"), ("", "\"\""), ("a\"b\\c/", #""a\"b\\c/""#),
    ("\n\r\t", #""\n\r\t""#), ("\u{0}\u{1f}", #""\u0000\u001f""#), ("\u{7f}\u{9b}", #""\u007f\u009b""#),
    ("\u{2028}\u{202e}\u{2066}", #""\u2028\u202e\u2066""#), ("äß€𝄞👍🏽", "\"äß€𝄞👍🏽\""), ("\r\n", #""\r\n""#),
    ([], "[]"), ([:], "{}"), ([1, "a", nil], #"[1,"a",null]"#), (["b": 1, "a": [2, [:]]], #"{"b":1,"a":[2,{}]}"#),
    (["k\n": true], #"{"k\n":true}"#), (.optional(nil as String?), "null"), (.optional("x"), "\"x\""),
    (.optional(3 as Int64?), "3"), (.strings(["a", "b"]), #"["a","b"]"#), (.int(7), "7"),
  ]

  @Test(arguments: encodings) func compact(_ value: JSONValue, _ text: String) {
    #expect(value.compact == text)
  }

  @Test func pretty() {
    let value: JSONValue = ["id": 1, "tags": ["a", "b"], "none": [], "object": ["x": nil], "empty": [:]]
    #expect(
      value.pretty == """
        {
          "id": 1,
          "tags": [
            "a",
            "b"
          ],
          "none": [],
          "object": {
            "x": null
          },
          "empty": {}
        }
        """)
  }

  @Test(arguments: encodings) func encodedIsReadBack(_ value: JSONValue, _ text: String) throws {
    guard text != "null" else { return }
    #expect(try JSONValue(parsing: value.compact) == value)
    #expect(try JSONValue(parsing: value.pretty) == value)
  }

  /// Every scalar of Unicode survives, in strings of 4096 so that it does not take long.
  @Test func everyScalarIsReadBack() throws {
    for start in stride(from: UInt32(0), through: 0x10FFFF, by: 4096) {
      var text = ""
      for value in start..<start + 4096 {
        if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
      }
      let encoded = JSONValue.string(text).compact
      let back = try JSONValue(parsing: encoded)
      #expect(back.stringValue.map { Array($0.unicodeScalars) == Array(text.unicodeScalars) } == true)
      #expect(!encoded.unicodeScalars.contains { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) })
    }
  }

  static let documents: [(String, JSONValue)] = [
    (" null ", nil), ("\t[ 1 , 2 ]\r\n", [1, 2]), ("{ \"a\" : { } }", ["a": [:]]), ("-0", 0), ("-1", -1), ("1.0", .number(1)),
    ("1E2", .number(100)), ("1e-2", .number(0.01)), ("9223372036854775807", .integer(.max)),
    ("9223372036854775808", .number(9223372036854775808)), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
    (#""\u00e9\u20AC""#, "é€"), (#""\ud834\udd1e""#, "𝄞"), ("[[[]]]", [[[]]]), ("\"\u{7f}\"", "\u{7f}"),
  ]

  @Test(arguments: documents) func parses(_ text: String, _ value: JSONValue) throws {
    #expect(try JSONValue(parsing: text) == value)
  }

  static let refusals: [(String, String)] = [
    ("", "a value is missing, at byte 0"), ("nul", "not a value, at byte 0"),
    ("nulls", "unexpected text after the value, at byte 4"),
    ("1 2", "unexpected text after the value, at byte 2"), ("[1,]", "not a value, at byte 3"), ("[,1]", "not a value, at byte 1"),
    ("[1", "',' or ']' is missing, at byte 2"), ("{\"a\"}", "':' is missing, at byte 4"),
    ("{a:1}", "a member's name is missing, at byte 1"),
    ("{\"a\":1,}", "a member's name is missing, at byte 7"),
    ("{\"a\":1,\"a\":2}", "a name occurs twice in one object, at byte 7"),
    ("{\"a\":1", "',' or '}' is missing, at byte 6"), ("\"a", "a string does not end, at byte 0"),
    ("\"\n\"", "a control character stands in a string, at byte 1"), (#""\x""#, "an unknown escape, at byte 1"),
    (#""\"#, "a string does not end, at byte 2"), (#""\u12"#, "'\\u' needs four hexadecimal digits, at byte 1"),
    (#""\u12g4""#, "'\\u' needs four hexadecimal digits, at byte 1"), (#""\ud834""#, "a surrogate stands alone, at byte 1"),
    (#""\udd1e""#, "a surrogate stands alone, at byte 1"), (#""\ud834\u0041""#, "a surrogate stands alone, at byte 1"),
    (#""\ud834\ud834""#, "a surrogate stands alone, at byte 1"), ("01", "unexpected text after the value, at byte 1"),
    ("-", "not a value, at byte 0"), ("+1", "not a value, at byte 0"), ("1.", "not a value, at byte 0"),
    (".5", "not a value, at byte 0"), ("1e", "not a value, at byte 0"), ("0x1", "unexpected text after the value, at byte 1"),
    ("1e999", "a number is out of range, at byte 0"), ("NaN", "not a value, at byte 0"), ("'a'", "not a value, at byte 0"),
    ("\u{FEFF}1", "not a value, at byte 0"), ("// c\n1", "not a value, at byte 0"),
    (String(repeating: "[", count: 129), "nested more than 128 deep, at byte 128"),
    (String(repeating: "{\"a\":", count: 200) + "1", "nested more than 128 deep, at byte 640"),
  ]

  @Test(arguments: refusals) func refuses(_ text: String, _ reason: String) {
    #expect(throws: TerminalError(.invalidJSON, "not valid JSON: " + reason)) { try JSONValue(parsing: text) }
  }

  @Test func refusesBytesThatAreNotUTF8() {
    #expect(throws: TerminalError(.invalidJSON, "not valid JSON: a string is not UTF-8, at byte 0")) {
      try JSONValue(parsing: [0x22, 0xC3, 0x22])
    }
  }

  @Test func depthIsCounted() throws {
    let text = String(repeating: "[", count: 3) + String(repeating: "]", count: 3)
    #expect(try JSONValue(parsing: text, maximumDepth: 3) == [[[]]])
    #expect(throws: TerminalError.self) { try JSONValue(parsing: text, maximumDepth: 2) }
  }

  /// Documents with random bytes changed: the parser answers or throws, and what it answers it can read again.
  @Test func mutatedDocumentsNeverTrap() throws {
    let seed = Array(#"{"a":[1,-2.5e3,"x\u00e9\ud834\udd1e\n",true,null],"b":{"c":{}}}"#.utf8)
    var random = SplitMix(state: 7)
    var parsed = 0
    for _ in 0..<20_000 {
      var bytes = seed
      for _ in 0...random.next() % 4 {
        let position = Int(random.next() % UInt64(bytes.count))
        switch random.next() % 3 {
        case 0: bytes[position] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes.remove(at: position)
        default: bytes.insert(seed[Int(random.next() % UInt64(seed.count))], at: position)
        }
      }
      guard let value = try? JSONValue(parsing: bytes) else { continue }
      parsed += 1
      #expect(try JSONValue(parsing: value.compact) == value)
    }
    #expect(parsed > 500)
  }

  @Test func accessors() {
    let value: JSONValue = ["s": "x", "i": 3, "b": true, "a": [1]]
    #expect(value["s"]?.stringValue == "x")
    #expect(value["i"]?.integerValue == 3)
    #expect(value["b"]?.boolValue == true)
    #expect(value["a"]?.arrayValue == [1])
    #expect(value.objectValue?.map(\.name) == ["s", "i", "b", "a"])
    #expect(value["none"] == nil)
    #expect(value["s"]?["x"] == nil)
    #expect(value["s"]?.integerValue == nil)
  }
}

struct SplitMix {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
