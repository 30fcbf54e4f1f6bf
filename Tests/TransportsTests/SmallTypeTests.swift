import Testing

@testable import Transports

struct SmallTypeTests {
  @Test(arguments: [
    ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"), ("foobar", "Zm9vYmFy"),
    ("\u{0}\u{7F}", "AH8"),
  ])
  func base64(_ text: String, _ encoded: String) {
    #expect(Base64.encodeUnpadded(text.utf8) == encoded)
  }

  @Test func base64OfHighBytes() {
    #expect(Base64.encodeUnpadded([0xFF, 0xFE, 0xFB]) == "//77")
    #expect(Base64.encodeUnpadded([UInt8](repeating: 0xFF, count: 32)).count == 43)
  }

  @Test(
    arguments: [
      ([0x41, 0x0D, 0x0A, 0x09], "A\\r\\n\\t"), ([0x1B, 0x5B], "\\e["), ([0, 0x7F, 0xC3], "\\x00\\x7f\\xc3"), ([0x5C], "\\\\"),
    ] as [([UInt8], String)])
  func printable(_ bytes: [UInt8], _ text: String) {
    #expect(PrintableBytes(bytes).description == text)
  }

  @Test func printableIsCut() { #expect(PrintableBytes("abcdef".utf8, limit: 3).description == "abc...") }

  @Test(arguments: [("10.0.0.1", "10.0.0.1:22"), ("fe80::1%eth0", "[fe80::1%eth0]:22"), ("r1\u{1B}", "r1\\e:22")])
  func endpoint(_ host: String, _ text: String) { #expect(Endpoint(host: host).description == text) }

  @Test func aCredentialNeverShowsItsSecrets() {
    let credential = LoginCredential(
      user: "admin", password: "secret-one", privateKey: .init(text: "secret-two", passphrase: "secret-three"))
    var dumped = ""
    dump([credential], to: &dumped)
    dump(credential.privateKey, to: &dumped)
    for text in [dumped, "\(credential)", String(reflecting: credential), "\(String(describing: credential.privateKey))"] {
      #expect(!text.contains("secret"))
      #expect(text.contains("admin") || text.contains("private key"))
    }
  }

  struct Prompt: Sendable {
    var text: String
    var isEchoed = false
    var answersAny = false
    var answer: String
  }

  @Test(arguments: [
    Prompt(text: "Password: ", answer: "pw"), Prompt(text: "admin@r1's PASSWORD:", isEchoed: true, answer: "pw"),
    Prompt(text: "Passphrase: ", answer: "pw"), Prompt(text: "Verification code: ", answer: ""),
    Prompt(text: "One-time passcode: ", answer: ""), Prompt(text: "New password: ", answer: ""),
    Prompt(text: "Kennwort: ", answer: ""), Prompt(text: "Kennwort: ", answersAny: true, answer: "pw"),
    Prompt(text: "Continue? ", isEchoed: true, answersAny: true, answer: ""),
    Prompt(text: "Username: ", isEchoed: true, answer: "admin"), Prompt(text: "", answer: ""),
  ])
  func answersPrompts(_ prompt: Prompt) {
    var responder = KeyboardResponder(user: "admin", password: "pw", answersAnyPrompt: prompt.answersAny)
    #expect(responder.answer(prompt.text, isEchoed: prompt.isEchoed) == prompt.answer)
    #expect(responder.gavePassword == (prompt.answer == "pw"))
    #expect((responder.unansweredPrompt != nil) == prompt.answer.isEmpty)
  }

  @Test func thePasswordIsGivenOnce() {
    var responder = KeyboardResponder(user: "admin", password: "pw", answersAnyPrompt: true)
    #expect(responder.answer("Password: ", isEchoed: false) == "pw")
    #expect(responder.answer("Password: ", isEchoed: false) == "")
  }

  @Test func numericAddressesNeedNoResolver() throws {
    #expect(try SocketAddress.resolve(Endpoint(host: "127.0.0.1", port: 80), isNumeric: true)?.count == 1)
    #expect(try SocketAddress.resolve(Endpoint(host: "::1"), isNumeric: true)?.first?.bytes.count == 28)
    #expect(try SocketAddress.resolve(Endpoint(host: "localhost"), isNumeric: true) == nil)
  }

  @Test(
    arguments: [
      ("You are required to change your password immediately.\nCurrent password: ", true), ("New Password:", true),
      ("Password has expired, new password:", true), ("Verification code: ", false), ("Second password: ", false),
      ("Enter your current passcode: ", false), ("Enter u@h's old password: ", true),
    ])
  func aDemandForANewPassword(_ prompt: String, _ isDemand: Bool) {
    var responder = KeyboardResponder(user: "u", password: "p", answersAnyPrompt: false)
    #expect(responder.answer("Password: ", isEchoed: false) == "p")
    #expect(responder.answer(prompt, isEchoed: false) == "")
    #expect(responder.wantsNewPassword == isDemand)
  }
}
