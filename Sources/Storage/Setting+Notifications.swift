private import JobModel

extension Setting {
  /// The settings of mail, traps and the outbox.
  static let notifications: [Setting] = [
    Setting(
      key: "mail.ca-file", summary: "file of the authorities that may vouch for the mail server; empty is the system's",
      fallback: "", allowed: "the absolute path of a PEM file, or nothing",
      isValid: { text in text.isEmpty || (text.hasPrefix("/") && (try? TextRule.line(text, as: "path")) != nil) }),
    events("mail.events", "which events are mailed to the people concerned"),
    Setting(
      key: "mail.from", summary: "the sender's address; empty is netjob at this machine", fallback: "",
      allowed: "a mail address, or nothing", isValid: { $0.isEmpty || (try? MailAddress.check($0)) != nil }),
    Setting(
      key: "mail.helo", summary: "the name in the greeting to the mail server; empty is this machine's", fallback: "",
      allowed: "a host name, or nothing", isValid: { $0.isEmpty || (try? DeviceAddress.validate($0)) != nil }),
    Setting(
      key: "mail.password", summary: "the password for the mail server", fallback: "",
      allowed: "a line of standard input: --stdin", isSecret: true,
      isValid: { text in text.utf8.count <= 1024 && !text.unicodeScalars.contains { $0.value < 0x20 } }),
    readOnlyJobs("mail.read-only-jobs", "what is mailed of executions that do not change devices", .failed),
    Setting(
      key: "mail.server", summary: "the server that takes mail; empty sends none", fallback: "",
      allowed: "smtp://HOST[:PORT], smtps://HOST[:PORT], or nothing",
      isValid: { $0.isEmpty || (try? MailServer(parsing: $0)) != nil }),
    Setting(
      key: "mail.starttls", summary: "when mail over smtp:// is encrypted; a password is sent in the clear only with 'never'",
      fallback: StartTLSPolicy.whenOffered.rawValue, allowed: "when-offered, required or never",
      isValid: { StartTLSPolicy(rawValue: $0) != nil }),
    Setting(
      key: "mail.user", summary: "the user at the mail server; empty is none", fallback: "", allowed: "a user name, or nothing",
      isValid: { $0.isEmpty || (try? TextRule.line($0, as: "user")) != nil }),
    Setting(
      key: "notification.command", summary: "how people here call netjob, for the commands in mail and traps",
      fallback: "netjob", allowed: "words of letters, digits and ./_=@-, such as 'sudo -u netjob netjob'",
      // It stands in mails before what to run next, to be pasted into a shell.
      isValid: { text in
        (1...120).contains(text.utf8.count) && !text.hasPrefix("-")
          && text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
              || " ./_=@-".utf8.contains(byte)
          }
      }),
    Setting(
      key: "notification.keep", summary: "seconds after which notifications that were sent or given up are deleted; 0 is never",
      fallback: "2592000", allowed: "a whole number of seconds from 0 to 315360000",
      isValid: { text in
        guard let value = Int(text), String(value) == text else { return false }
        return (0...315_360_000).contains(value)
      }),
    Setting(
      key: "trap.enterprise-oid", summary: "the object identifier below which NETJOB-MIB is",
      fallback: EnterpriseIdentifier.standard, allowed: "1.3.6.1.4.1.N[.N]..., at most 20 numbers",
      isValid: { EnterpriseIdentifier.numbers($0) != nil }),
    events("trap.events", "which events are sent to the trap receivers"),
    readOnlyJobs("trap.read-only-jobs", "what traps tell of executions that do not change devices", .all),
  ]

  private static func events(_ key: String, _ summary: String) -> Setting {
    Setting(
      key: key, summary: summary, fallback: "all",
      allowed: "all, none, or some of \(NotificationEvent.subscribable.map(\.rawValue).joined(separator: ",")), parted by commas",
      isValid: { EventSelection(parsing: $0) != nil })
  }

  private static func readOnlyJobs(_ key: String, _ summary: String, _ fallback: ReadOnlyJobSelection) -> Setting {
    Setting(
      key: key, summary: summary, fallback: fallback.rawValue, allowed: "all, failed or none",
      isValid: { ReadOnlyJobSelection(rawValue: $0) != nil })
  }
}
