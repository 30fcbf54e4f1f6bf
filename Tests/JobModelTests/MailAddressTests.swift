import JobModel
import Testing

@Suite struct MailAddressTests {
  static let cases: [(String, Bool)] = [
    ("a@b", true), ("root@localhost", true), ("a.b+c@example.net", true), ("o'neil@example.net", true), ("a@b.c-d.e", true),
    ("#!$%&'*+-/=?^_`{|}~@x", true), (String(repeating: "a", count: 64) + "@x", true),
    ("", false), ("a", false), ("@b", false), ("a@", false), ("a@b@c", false), ("a b@c", false), ("a@b c", false),
    ("a@b\n", false),
    ("a\r\nBcc: x@y", false), (".a@b", false), ("a.@b", false), ("a..b@c", false), ("a@b..c", false), ("a@-b", false),
    ("a@b-", false), ("a@.b", false), ("a@b.", false), ("\"a b\"@c", false), ("a@[192.0.2.1]", false), ("a,b@c", false),
    ("a@b,c@d", false), ("<a@b>", false), ("ä@b", false), ("a@bücher.example", false), ("a\u{0}@b", false),
    (String(repeating: "a", count: 65) + "@x", false), ("a@" + String(repeating: "b", count: 64), false),
    ("a@" + String(repeating: "b.", count: 130) + "c", false),
  ]

  @Test(arguments: cases) func addresses(_ text: String, isAllowed: Bool) {
    let error: ModelError?
    do {
      try MailAddress.check(text)
      error = nil
    } catch let refused {
      error = refused
    }
    #expect((error == nil) == isAllowed)
    #expect(error.map { $0.code == .invalid && !$0.message.contains("\n") } ?? true)
  }
}
