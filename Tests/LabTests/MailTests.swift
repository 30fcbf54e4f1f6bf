import Foundation
import Testing

extension LabTests {
  /// Mail to real servers: who is told what, and what becomes of it when the server is bad, slow or dead.
  @Suite struct Mail {
    @Test func thePeopleConcernedAreToldWithTheCommandsToRunNext() async throws {
      try await Self.withPeople { netjob, folder in
        let sink = try await MailSink(folder + "/mail")
        try await netjob("setting set mail.server smtp://127.0.0.1:\(sink.port)")
        #expect(try await netjob.json("mail test root@example.net")["sent"].bool == true)
        #expect(try sink.mails.map(\.recipient) == ["root@example.net"])

        let digest = try await netjob.json("approval request route -m 'For the new site'", as: "alice")["digest"].string
        // Vera may only look, Amy saved it with Alice's name on it but may approve, Dave has no address.
        #expect(Set(try sink.mails.dropFirst().map(\.recipient)) == ["bob@example.net", "carol@example.net"])
        let request = try sink.last(to: "bob")
        #expect(request.header["Subject"] == "[netjob] approval of job route requested by alice")
        #expect(request.body.contains("For the new site") && request.body.contains(digest), "\(request)")
        #expect(request.header["Auto-Submitted"] == "auto-generated")
        let head = try await Self.auditHead(netjob)
        #expect(request.body.contains(head), "the head of the audit log as it was: \(head)\n\(request)")

        // What the mail says is run as it stands.
        try await netjob("approval comment route -m 'Which site is it?'", as: "bob")
        #expect(try sink.last(to: "alice").body.contains("Which site is it?"))
        #expect(try sink.last(to: "carol").body.contains("Which site is it?"))
        let approve = try #require(request.commands.first { $0.contains(" approve ") })
        #expect(approve.hasPrefix("netjob approval approve route --revision 1 --digest \(digest)"))
        try await netjob(Self.line(approve), as: "bob")
        let approved = try sink.last(to: "alice")
        #expect(approved.header["Subject"] == "[netjob] job route approved by bob")
        #expect(approved.header["References"] == request.header["References"])
        // Nothing listens at the device: the run fails at once.
        let run = try #require(approved.commands.first)
        try await netjob(Self.line(run), as: "alice", exits: 1)
        let failed = try sink.last(to: "alice")
        #expect(failed.header["Subject"] == "[netjob] job route failed")
        let show = try #require(failed.commands.first { $0.contains("history show") })
        #expect(try await netjob(Self.line(show), as: "alice").output.contains("r1"))

        try await netjob("approval request route -m again", as: "alice")
        let count = try sink.mails.count
        try await netjob("approval reject route -m 'Not on a Monday'", as: "carol")
        #expect(try sink.mails[count...].map(\.recipient) == ["alice@example.net"])
        #expect(try sink.last(to: "alice").body.contains("  | Not on a Monday"))
        try await netjob("approval request route -m 'On Tuesday then'", as: "alice")
        try await netjob("approval close route -m 'No longer wanted'", as: "root")
        for name in ["alice", "bob", "carol"] {
          #expect(try sink.last(to: name).header["Subject"] == "[netjob] request for job route closed")
        }
        #expect(try !sink.mails.contains { ["vera@example.net", "dave@example.net"].contains($0.recipient) })
        #expect(try await netjob.json("notification list --status waiting").array.isEmpty)
        try await sink.end()
      }
    }

    /// A report of bytes of all kinds arrives as it is kept, and those who cannot be reached are named.
    @Test func reportsAreMailedAsAttachments() async throws {
      try await Self.withPeople { netjob, folder in
        for recipients in ["nobody", "dave", "vera,vera", "vera,@x"] {
          let refused = try await netjob(
            "job create devices --type report --report inventory --param mail-to=\(recipients)", as: "alice", exits: 2)
          #expect(refused.errors.contains("'mail-to'"), "\(refused)")
        }
        try await netjob(
          "job create devices --type report --report inventory --param format=csv --param mail-to=vera,noc@example.net",
          as: "alice")
        #expect(try await netjob("job preview devices", as: "alice").output.contains("mail it to vera, noc@example.net"))
        // Nowhere to send it: the report is made, and the run says what did not happen.
        try await netjob("job run devices", as: "alice", exits: 1)
        let first = try await netjob.json("history list --limit 1").array[0]
        #expect(first["summary"].string.contains("not mailed to vera: there is no mail server"), "\(first)")
        #expect(try await netjob("history report 1").output.contains("r1,127.0.0.1"))

        let sink = try await MailSink(folder + "/mail")
        try await netjob("setting set mail.server smtp://127.0.0.1:\(sink.port)")
        // A comment with umlauts in every line, and lines longer than mail allows.
        let tags = (1...300).map { "--tag größe-\($0)" }.joined(separator: " ")
        try await netjob("device add r2 --address 127.0.0.2 --platform frr \(tags)")
        try await netjob("job run devices", as: "alice")
        let reports = try sink.mails.filter { $0.header["Subject"]?.contains("report inventory-default-2.csv") == true }
        #expect(Set(reports.map(\.recipient)) == ["vera@example.net", "noc@example.net"])
        let kept = try await netjob("history report 2").output
        #expect(kept.contains("größe-300"))
        var attachedCount = 0
        for number in 1...(try sink.mails.count) {
          let attached = try await ChildProcess.run(["/usr/bin/python3", "-c", Self.attachment, "\(folder)/mail/\(number).eml"])
          guard attached.output.contains("inventory") else { continue }
          attachedCount += 1
          #expect(attached.output == "inventory-default-2.csv text/csv\n" + kept, "\(attached)")
        }
        #expect(attachedCount == 2)
        #expect(reports.allSatisfy { $0.body.contains("netjob history report 2") })

        // A report that was pruned before it could be sent is not sent without it.
        try await sink.end()
        try await netjob("job run devices", as: "alice")
        try await Self.sqlite(netjob, "DELETE FROM execution_report; UPDATE outbox SET next_attempt = 0")
        let live = try await MailSink(folder + "/mail")
        let count = try live.mails.count
        try await netjob("run-due")
        let waiting = try await netjob.json("notification list --status waiting").array
        #expect(waiting.count == 2 && waiting.allSatisfy { $0["error"].string.contains("is gone") }, "\(waiting)")
        #expect(try live.mails[count...].allSatisfy { $0.header["Subject"] == "[netjob] job devices completed" })
        try await live.end()
      }
    }

    /// Prints the name, the type and the text of what is attached to a mail, as another mail reader takes it.
    private static let attachment = """
      import email, email.policy, sys
      text = open(sys.argv[1], "rb").read().split(b"\\n", 1)[1]
      mail = email.message_from_bytes(text, policy=email.policy.SMTP)
      for part in mail.iter_attachments():
          sys.stdout.buffer.write(f"{part.get_filename()} {part.get_content_type()}\\n".encode() + part.get_payload(decode=True))
      """

    @Test func aBadCertificateIsRefusedAndAPasswordIsOnlySentToAServerThatIsTrusted() async throws {
      try await Self.withPeople { netjob, folder in
        let authority = try await Authority(folder + "/authority")
        let certificate = try await authority.certificate("IP:127.0.0.1")
        for (kind, scheme) in [("starttls", "smtp"), ("implicit", "smtps")] {
          let sink = try await MailSink(
            "\(folder)/\(kind)", "--tls", kind, "--certificate", certificate, "--login", "netjob:pass word")
          try await netjob("setting set mail.server \(scheme)://127.0.0.1:\(sink.port)")
          try await netjob("setting set mail.user netjob")
          try await netjob("setting set mail.password --stdin", input: "wrong\n")
          let refused = try await netjob("approval request route -m x", as: "alice")
          #expect(!refused.errors.contains("wrong"), "\(refused)")
          var waiting = try await netjob.json("notification list --status waiting").array
          #expect(waiting.count == 2 && waiting.allSatisfy { $0["attempts"].integer == 1 }, "\(waiting)")
          #expect(waiting[0]["error"].string.contains("certificate"), "\(waiting)")
          #expect(try sink.mails.isEmpty)

          try await netjob("setting set mail.ca-file \(authority.file)")
          try await netjob("notification retry --all", exits: 1)
          waiting = try await netjob.json("notification list --status waiting").array
          #expect(waiting.count == 2 && waiting[0]["error"].string.contains("535"), "\(waiting)")

          try await netjob("setting set mail.password --stdin", input: "pass word\n")
          let sent = try await netjob.json("notification retry --all").array
          #expect(sent.count == 2 && sent.allSatisfy { $0["status"].string == "sent" }, "\(sent)")
          #expect(Set(try sink.mails.map(\.recipient)) == ["bob@example.net", "carol@example.net"])
          #expect(try await netjob("setting list").output.contains("pass word") == false)

          // Another name than the certificate's is no better.
          try await netjob("setting set mail.server \(scheme)://localhost:\(sink.port)")
          #expect(try await netjob("mail test a@example.net", exits: 1).errors.contains("localhost"))
          try await netjob("approval close route -m x", as: "alice")
          try await netjob("setting set mail.ca-file ''")
          try await netjob("notification retry --all", exits: 1)
          try await sink.end()
          try await Self.sqlite(netjob, "DELETE FROM outbox")
        }
        let plain = try await MailSink(folder + "/plain")
        try await netjob("setting set mail.server smtp://127.0.0.1:\(plain.port)")
        let test = try await netjob("mail test a@example.net", exits: 1)
        #expect(test.errors.contains("STARTTLS"), "a password is not sent in the clear: \(test)")
        #expect(try plain.mails.isEmpty)
        try await plain.end()
        // Who comes through sudo names no files.
        try await netjob("setting set mail.ca-file /etc/shadow", as: "root", exits: 4)
      }
    }

    @Test(arguments: ["accept", "silent"])
    func aDeadServerCostsTwoSecondsAndNoMail(kind: String) async throws {
      try await Self.withPeople { netjob, folder in
        let hole = try ChildProcess(
          [Self.blackHole, kind, folder + "/hole"], environment: ["PATH": "/usr/bin:/bin"])
        defer { hole.signal(SIGKILL) }
        try await eventually("the black hole") { access(folder + "/hole", F_OK) == 0 }
        let port = try String(contentsOfFile: folder + "/hole", encoding: .utf8).trimmingCharacters(in: .newlines)
        try await netjob("setting set mail.server smtp://127.0.0.1:\(port)")
        let start = ContinuousClock.now
        try await netjob("approval request route -m x", as: "alice")
        let duration = ContinuousClock.now - start
        #expect(duration > .seconds(1.5) && duration < .seconds(4), "\(duration)")
        let waiting = try await netjob.json("notification list --status waiting").array
        #expect(waiting.count == 2, "\(waiting)")
        for delivery in waiting {
          #expect(delivery["attempts"].integer == 1 && delivery["error"].string.contains("127.0.0.1"), "\(delivery)")
        }
        // Nothing is due: run-due does not wait for it.
        let idle = ContinuousClock.now
        #expect(try await netjob("run-due").output == "")
        #expect(ContinuousClock.now - idle < .seconds(1.5))

        let sink = try await MailSink(folder + "/mail")
        try await netjob("setting set mail.server smtp://127.0.0.1:\(sink.port)")
        // As if the minute had passed.
        try await Self.sqlite(netjob, "UPDATE outbox SET next_attempt = 0")
        let due = try await netjob("run-due")
        #expect(due.output == "" && due.errors == "", "\(due)")
        #expect(Set(try sink.mails.map(\.recipient)) == ["bob@example.net", "carol@example.net"])
        try await sink.end()
      }
    }

    @Test func whatIsKilledWhileItSendsIsSentByTheNextRunDue() async throws {
      try await Self.withPeople { netjob, folder in
        let slow = try await MailSink(folder + "/slow", "--delay", "1.5")
        try await netjob("setting set mail.server smtp://127.0.0.1:\(slow.port)")
        let child = try netjob.start("approval request route -m x", as: "alice")
        try await eventually("the mail is on its way") {
          try await netjob.json("notification list").array.contains { $0["attempts"].integer == 1 }
        }
        child.signal(SIGKILL)
        _ = try await child.end()
        let left = try await netjob.json("notification list --status waiting").array
        #expect(left.count == 2 && left.allSatisfy { $0["error"].isNull }, "\(left)")
        // Its lease still holds.
        try await netjob("run-due")
        #expect(try await netjob.json("notification list --status waiting").array.count == 2)
        try await Self.sqlite(netjob, "UPDATE outbox SET next_attempt = 0")
        try await netjob("run-due")
        #expect(try await netjob.json("notification list --status sent").array.count == 2)
        let names = try slow.mails.map { "\($0.recipient) \($0.header["Message-ID"] ?? "")" }
        #expect(Set(names).count == 2, "one that came twice has the same Message-ID: \(names)")
        try await slow.end()
      }
    }

    @Test func manyRunDueSendEachMailOnce() async throws {
      try await Self.withPeople { netjob, folder in
        let sink = try await MailSink(folder + "/mail")
        try await sink.end()
        try await netjob("setting set mail.server smtp://127.0.0.1:\(sink.port)")
        try await netjob("approval request route -m x", as: "alice")
        for number in 1...9 { try await netjob("approval comment route -m 'comment \(number)'", as: "bob") }
        // The request to two, each comment to two others.
        #expect(try await netjob.json("notification list --status waiting").array.count == 20)
        let live = try await MailSink(folder + "/mail", "--delay", "0.1")
        try await Self.sqlite(netjob, "UPDATE outbox SET next_attempt = 0")
        let racers = try (1...4).map { _ in try netjob.start("run-due") }
        for racer in racers { #expect(try await racer.end().status == 0) }
        #expect(try await netjob.json("notification list --status sent").array.count == 20)
        let identifiers = try live.mails.map { $0.header["Message-ID"] }
        #expect(identifiers.count == 20 && Set(identifiers).count == 20)
        try await live.end()
      }
    }

    @Test func oneRefusedRecipientDoesNotKeepTheMailFromOthers() async throws {
      try await Self.withPeople { netjob, folder in
        let sink = try await MailSink(folder + "/mail", "--refuse", "bob@example.net")
        try await netjob("setting set mail.server smtp://127.0.0.1:\(sink.port)")
        try await netjob("approval request route -m x", as: "alice")
        #expect(try sink.mails.map(\.recipient) == ["carol@example.net"])
        let waiting = try await netjob.json("notification list --status waiting").array
        #expect(waiting.count == 1 && waiting[0]["recipient"].string == "bob", "\(waiting)")
        #expect(waiting[0]["error"].string.contains("nobody of that name"), "\(waiting)")
        let again = try await netjob("notification retry \(waiting[0]["id"].integer ?? 0)", exits: 1)
        #expect(again.output.contains("nobody of that name"), "\(again)")
        #expect(try sink.mails.count == 1, "what was sent is not sent again")
        try await sink.end()
      }
    }

    /// Postfix as people have it: STARTTLS, a login, a recipient that is put off, one that it does not know, and what is attached.
    @Test func postfixTakesWhatItIsGiven() async throws {
      try await Self.withPeople { netjob, folder in
        let authority = try await Authority(folder + "/authority")
        let certificate = try await authority.certificate("IP:127.0.0.1")
        let login = "netjob:pass word"
        var postfix = try await Postfix(
          folder + "/postfix", certificate: certificate, login: login, access: "/^carol@/ 450 4.2.0 come back later\n")
        try await netjob("setting set mail.server smtp://127.0.0.1:\(postfix.port)")
        try await netjob("setting set mail.ca-file \(authority.file)")
        // Nobody is let through without a login.
        #expect(try await netjob("mail test bob@example.net", exits: 1).errors.contains("554"))
        try await netjob("setting set mail.user netjob")
        try await netjob("setting set mail.password --stdin", input: "pass word\n")
        try await netjob("mail test bob@example.net")
        try await netjob("approval request route -m 'Für Zürich, 線路'", as: "alice")
        try await eventually("bob has both mails") { postfix.mails(of: "bob").count == 2 }
        let told = try await Self.read(postfix.mails(of: "bob"), Self.text)
        #expect(told.contains("Für Zürich, 線路") && told.contains("approval approve route"), "\(told)")
        #expect(postfix.mails(of: "carol").isEmpty)
        let late = try await netjob.json("notification list --status waiting").array
        #expect(
          late.map { $0["recipient"].string } == ["carol"] && late[0]["error"].string.contains("come back later"), "\(late)")

        try await postfix.end()
        postfix = try await Postfix(folder + "/postfix", certificate: certificate, login: login)
        try await Self.sqlite(netjob, "UPDATE outbox SET next_attempt = 0")
        try await netjob("run-due")
        try await eventually("carol has hers") { postfix.mails(of: "carol").count == 1 }
        #expect(postfix.mails(of: "bob").count == 2, "what was sent is not sent again")

        let tags = (1...300).map { "--tag größe-\($0)" }.joined(separator: " ")
        try await netjob("device add r2 --address 127.0.0.2 --platform frr \(tags)")
        try await netjob(
          "job create devices --type report --report inventory --param format=csv --param mail-to=noc@example.net,gone@example.net",
          as: "alice")
        try await netjob("job run devices", as: "alice")
        try await eventually("the report has come") { postfix.mails(of: "noc").count == 1 }
        #expect(
          try await Self.read(postfix.mails(of: "noc"), Self.attachment) == "inventory-default-1.csv text/csv\n"
            + netjob("history report 1").output)
        let lost = try await netjob.json("notification list --status waiting").array
        #expect(lost.contains { $0["recipient"].string == "gone@example.net" && $0["error"].string.contains("550") }, "\(lost)")
        try await postfix.end()
      }
    }

    /// What another mail reader makes of mails.
    private static func read(_ mails: [String], _ script: String) async throws -> String {
      var text = ""
      for mail in mails {
        // The other servers put a line with the recipient before it.
        let marked = mail + ".marked"
        try (Data("to\n".utf8) + Data(contentsOf: URL(filePath: mail))).write(to: URL(filePath: marked))
        defer { unlink(marked) }
        text += try await ChildProcess.run(["/usr/bin/python3", "-c", script, marked]).output
      }
      return text
    }

    private static let text = """
      import email, email.policy, sys
      text = open(sys.argv[1], "rb").read().split(b"\\n", 1)[1]
      sys.stdout.buffer.write(email.message_from_bytes(text, policy=email.policy.SMTP).get_body().get_content().encode())
      """

    // MARK: The scene

    private static let blackHole = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Lab/black-hole").path

    /// A job that needs approval, of `alice`; `bob` and `carol` may approve it, `dave` may and has no address, `vera` may look.
    private static func withPeople(_ body: (Netjob, String) async throws -> Void) async throws {
      try await Story.inFolder { folder in
        let netjob = Netjob(folder: folder)
        try await netjob("init --admin root")
        try await netjob("user add alice --role operator --mail alice@example.net")
        for name in ["bob", "carol"] { try await netjob("user add \(name) --role approver --mail \(name)@example.net") }
        try await netjob("user add dave --role approver")
        try await netjob("user add vera --role viewer --mail vera@example.net")
        try await netjob("credential add lab --username u --password-stdin", input: "p\n")
        try await netjob("device add r1 --address 127.0.0.1 --port 1 --platform frr --credential lab")
        try await netjob(
          "job create route --type tool --tool static-route-add --param prefix=203.0.113.0/24 --param next-hop=192.0.2.1 --device r1",
          as: "alice")
        try await body(netjob, folder)
      }
    }

    /// A command of a mail as a line for `Netjob`.
    private static func line(_ command: String) -> String {
      String(command.dropFirst("netjob ".count)).replacingOccurrences(of: "MESSAGE", with: "'as the mail says'")
    }

    private static func auditHead(_ netjob: Netjob) async throws -> String {
      try await sqlite(netjob, "SELECT hash FROM audit ORDER BY id DESC LIMIT 1")
    }

    @discardableResult
    private static func sqlite(_ netjob: Netjob, _ statement: String) async throws -> String {
      let outcome = try await ChildProcess.run(["sqlite3", netjob.database, statement])
      if outcome.status != 0 { throw ChildProcess.Failure(description: "\(outcome)") }
      return outcome.output.trimmingCharacters(in: .newlines)
    }
  }
}
