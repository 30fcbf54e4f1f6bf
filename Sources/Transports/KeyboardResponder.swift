/// Answers the prompts of keyboard-interactive authentication (RFC 4256) with a user name and a password.
///
/// The password is given once, to the first hidden prompt that asks for it: a prompt for a one-time code or for a new password
/// must not get it.
struct KeyboardResponder: Sendable {
  let user: String
  let password: String
  /// Give the password to any hidden prompt, whatever its words: nothing else can use it.
  var answersAnyPrompt: Bool
  private(set) var gavePassword = false
  /// The first prompt that got no answer.
  private(set) var unansweredPrompt: String?
  /// The server took the password and wants a new one.
  private(set) var wantsNewPassword = false

  init(user: String, password: String, answersAnyPrompt: Bool) {
    self.user = user
    self.password = password
    self.answersAnyPrompt = answersAnyPrompt
  }

  mutating func answer(_ prompt: String, isEchoed: Bool) -> String {
    let words = prompt.lowercased()
    let asksForPassword = words.contains("pass") && !words.contains("new ") && !words.contains("code")
    if !gavePassword, asksForPassword || (answersAnyPrompt && !isEchoed) {
      gavePassword = true
      return password
    }
    // As PAM and its kin put it: `Current password:` again, or `New password:`, perhaps behind a reason.
    if gavePassword, Self.asksForNewPassword(words) { wantsNewPassword = true }
    if isEchoed, words.contains("user") || words.contains("login") { return user }
    if unansweredPrompt == nil { unansweredPrompt = PrintableBytes(prompt.utf8).description }
    return ""
  }

  /// - Parameter words: a prompt, lower case.
  static func asksForNewPassword(_ words: String) -> Bool {
    words.contains("password")
      && ["new ", "current ", "old ", "expired", "change your"].contains { words.contains($0) }
  }
}
