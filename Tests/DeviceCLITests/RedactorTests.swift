import DeviceCLI
import Testing

@Suite struct RedactorTests {
  static let secrets = ["hunter2", "hunter22!", "aab", "日本"]
  static let cases: [(String, String)] = [
    ("", ""),
    ("nothing here", "nothing here"),
    ("password hunter2\n", "password ******\n"),
    ("hunter22!", "******"),
    ("hunter22", "******2"),
    ("hunter", "hunter"),
    ("hunthunter2", "hunt******"),
    ("aaaab aab", "aa****** ******"),
    ("aabaab", "************"),
    ("x日本y日", "x******y日"),
    // As line editors wrap and repaint what is typed.
    ("hunt \rer2", "******"),
    ("hunt\r\ner2 x", "****** x"),
    ("hun\u{1B}[K\u{8}ter2", "******"),
    ("h \u{1B}[12;34Hunter22!", "******"),
    ("hunt er2", "hunt er2"),
    ("hunt\r", "hunt\r"),
    ("a\rab", "a\rab"),
    ("hunt\r\u{1B}[", "hunt\r\u{1B}["),
    ("hunt" + String(repeating: "\r", count: 40) + "er2", "hunt" + String(repeating: "\r", count: 40) + "er2"),
  ]

  @Test(arguments: cases) func masksWhereverReadsEnd(_ text: String, _ masked: String) {
    let bytes = Array(text.utf8)
    for first in 0...bytes.count {
      for second in first...bytes.count {
        var redactor = Redactor(secrets: Self.secrets)
        var output = redactor.redact(Array(bytes[..<first]))
        output += redactor.redact(Array(bytes[first..<second]))
        output += redactor.redact(Array(bytes[second...]))
        output += redactor.finish()
        #expect(String(decoding: output, as: UTF8.self) == masked)
      }
    }
    var redactor = Redactor(secrets: Self.secrets)
    let output = bytes.flatMap { redactor.redact([$0]) } + redactor.finish()
    #expect(String(decoding: output, as: UTF8.self) == masked)
    #expect(Redactor(secrets: Self.secrets).redacting(text) == masked)
  }

  @Test func holdsBackNoMoreThanABeginning() {
    var redactor = Redactor(secrets: ["secret"])
    #expect(redactor.redact(Array("say sec".utf8)) == Array("say ".utf8))
    #expect(redactor.redact(Array("ond".utf8)) == Array("second".utf8))
    #expect(redactor.redact(Array("!".utf8)) == Array("!".utf8))
  }

  @Test func emptySecretsMaskNothing() {
    #expect(Redactor(secrets: [""]).redacting("abc") == "abc")
  }
}
