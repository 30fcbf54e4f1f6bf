import Testing
import Yams

@testable import Definitions

/// Our rules are those of Yams.
@Suite struct PlainScalarTests {
  private func expect(_ text: String) {
    let theirs = Resolver.default.resolveTag(of: Node(text))
    #expect(PlainScalar.tag(of: text) == theirs, "\(text)")
  }

  @Test(arguments: [
    "", "~", "null", "Null", "NULL", "nUll", "yes", "Yes", "YES", "yEs", "no", "true", "TRUE", "false", "on", "ON", "off", "Off",
    "y", "n", "0", "00", "07", "08", "0o7", "0b101", "0b2", "-0", "+12", "1_000", "_1", "0x1F", "0xg", "-0xF", "190:20:30",
    "1:60",
    "0:1", "1.", ".5", "1.5e3", "1e3", "1e", ".5e3", ".5e+3", "1_0.5", "190:20:30.15", ".inf", "-.INF", "+.Inf", ".nan", "-.nan",
    ".", "<<", "<", "=", "==", "2001-12-14", "2001-1-4", "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.10 -5",
    "2001-12-15 2:59:43", "2001-12-14T21:59:43Z", "2001-12-14x", "show version", "^end$", "a b", "é", "１２", "12\u{301}", "x12",
  ]) func words(_ text: String) { expect(text) }

  @Test func anything() {
    var random = SystemRandomNumberGenerator()
    let parts = [
      "0", "1", "7", "9", "12", "2001", "-", "+", ".", "_", ":", "e", "E", "0b", "0x", "0o", "a", "F", "T", "t", "Z", " ", "\t",
      "inf",
      "nan", "~", "null", "yes", "no", "on", "off", "true", "<<", "=", "59", "-05", "é",
    ]
    for _ in 0..<3000 {
      expect((0..<Int.random(in: 0...7, using: &random)).map { _ in parts.randomElement(using: &random) ?? "" }.joined())
    }
  }
}
