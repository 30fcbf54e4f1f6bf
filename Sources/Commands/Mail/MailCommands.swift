package import Arguments
private import Delivery
private import JobModel
private import Terminal

/// `netjob mail`: whether mail goes out.
package enum MailCommands {
  package static let group = CommandGroup(
    "mail", section: Sections.administration, summary: "whether mail goes out",
    discussion: """
      Mail goes to the people concerned with an approval or an execution who have a mail address ('netjob user show'), through \
      the server that the setting mail.server names. It waits in an outbox until the server has taken it: 'netjob notification'.

      - approval requested: those who may approve it, neither its requester nor its authors
      - approved, rejected: its requester and the job's owner; of a rejection also those who had approved it
      - commented, closed, taken back: these, and those who may approve it
      - execution started, ended or not approved: its requester, the job's owner and for whom it runs
      - host key of a device changed: those who may manage its network's devices, once a day

      Who brought it about at a terminal is not told, except how an execution ended. Of jobs that only read, mail tells failures \
      alone, unless the setting mail.read-only-jobs says otherwise. The server's certificate is always verified.
      """)

  package static let list: [Command] = [test]

  private static let address = Operand<String>("ADDRESS", help: "the mail address to send to")

  static let test = Command(
    ["mail", "test"], summary: "send a test mail now and say how it went", needs: [.permission(.manageSettings)],
    parameters: [address],
    examples: [
      Example("netjob mail test carol@example.net", "see whether the server of the setting mail.server takes mail")
    ],
    exitCodes: [ExitCode(1, "the server cannot be reached, is not to be trusted, or refused the mail")],
    seeAlso: ["setting set", "notification list"]
  ) { context, arguments in
    try MailAddress.check(arguments[address])
    let server = try await context.trial.mail(to: arguments[address])
    context.show(["address": .string(arguments[address]), "server": .string(server.description), "sent": true]) {
      context.note("\(server) took the mail for \(arguments[address])")
    }
    return .done
  }
}
