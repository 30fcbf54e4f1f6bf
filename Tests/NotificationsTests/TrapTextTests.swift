import JobModel
import Notifications
import Scheduling
import Testing

@Suite struct TrapTextTests {
  private static let mib = NetjobMIB(root: [1, 3, 6, 1, 4, 1, 32473])

  private static func notice(_ event: NotificationEvent) -> Notice {
    var notice = Notice(event, time: Timestamp(seconds: 1_795_377_600), actor: "alice")
    notice.job = "route"
    notice.revision = 3
    notice.execution = 1 << 40
    return notice
  }

  @Test func numbersAreDistinctAndNamesAreThoseOfTheMIB() {
    let events = NotificationEvent.allCases
    #expect(Set(events.map(\.number)).count == events.count)
    #expect(Self.mib.identifier(of: .requested) == [1, 3, 6, 1, 4, 1, 32473, 0, 1])
    #expect(Self.mib.identifier(of: TrapVariable.command) == [1, 3, 6, 1, 4, 1, 32473, 1, 10, 0])
    for event in events {
      #expect(Self.mib.text.contains("\(NetjobMIB.name(of: event)) NOTIFICATION-TYPE"))
      #expect(Self.mib.text.contains("::= { netjobNotifications \(event.number) }"))
    }
    #expect(NetjobMIB.name(of: .hostKeyChanged) == "netjobHostKeyChangedNotification")
    #expect(Self.mib.text.contains("::= { enterprises 32473 }"))
    #expect(Self.mib.text.split(separator: "\n").allSatisfy { $0.utf8.count <= 80 })
  }

  @Test func values() {
    let notice = Self.notice(.failed)
    #expect(TrapVariable.event.value(in: notice, program: "netjob") == .octets(Array("failed".utf8)))
    #expect(TrapVariable.revision.value(in: notice, program: "netjob") == .unsigned(3))
    #expect(TrapVariable.execution.value(in: notice, program: "netjob") == .unsigned(.max), "a Gauge stops at its end")
    #expect(
      TrapVariable.time.value(in: notice, program: "netjob") == .octets([0x07, 0xEA, 11, 22, 20, 0, 0, 0, 0x2B, 0, 0]))
    #expect(TrapVariable.device.value(in: notice, program: "netjob") == .octets([]))
    #expect(
      TrapVariable.command.value(in: notice, program: "sudo -u n netjob")
        == .octets(Array("sudo -u n netjob history show 1099511627776".utf8)))
  }

  @Test(arguments: [
    (String(repeating: "x", count: 255), 255), (String(repeating: "x", count: 256), 255),
    (String(repeating: "ü", count: 200), 254),
    (String(repeating: "x", count: 253) + "👩‍👩‍👧‍👦", 253),
  ])
  func longTextIsCutBetweenCharacters(text: String, length: Int) {
    var notice = Self.notice(.commented)
    notice.message = text
    guard case .octets(let octets) = TrapVariable.message.value(in: notice, program: "netjob") else {
      Issue.record("no octets")
      return
    }
    #expect(octets.count == length)
    #expect(String(validating: octets, as: UTF8.self) != nil)
  }
}

@Suite struct NotificationTextTests {
  @Test func whatPeopleAndDevicesWroteDoesNoHarm() {
    var notice = Notice(.failed, time: Timestamp(seconds: 0), actor: "al\u{1B}[31mice")
    notice.job = "route"
    notice.message = "first\r\nsecond\u{7}\n\n    netjob device delete r1 --yes\u{202E}"
    let text = NotificationText(notice, program: "netjob", host: "h\u{1B}")
    for scalar in (text.headline + text.body).unicodeScalars {
      #expect(scalar == "\n" || (scalar.value >= 0x20 && !(0x7F..<0xA0).contains(scalar.value) && scalar != "\u{202E}"))
    }
    // What looks like a command of ours is marked as what somebody else said.
    #expect(text.body.contains("\n  |     netjob device delete r1 --yes"))
    #expect(text.body.contains("\n  | first\n  | second\\x07\n  |\n"))
    #expect(!text.headline.contains("\n"))
  }

  @Test func everyEventHasItsOwnHeadline() {
    let headlines = NotificationEvent.allCases.map { event in
      var notice = Notice(event, time: Timestamp(seconds: 0), actor: "bob")
      notice.job = "route"
      notice.device = "r1"
      return NotificationText(notice, program: "netjob", host: "h").headline
    }
    #expect(Set(headlines).count == headlines.count)
    #expect(headlines.allSatisfy { $0.utf8.count < 80 && $0.first?.isUppercase == false })
  }

  @Test func anApprovalOfSeveralSaysHowFarItIs() {
    var notice = Notice(.approved, time: Timestamp(seconds: 0), actor: "bob")
    notice.job = "route"
    notice.approvals = ["bob"]
    notice.required = 2
    notice.status = "requested"
    #expect(NotificationText(notice, program: "netjob", host: "h").headline == "job route approved by bob (1 of 2)")
    #expect(!NextCommands.lines(for: notice).contains { $0.contains("job run") })
    notice.status = "approved"
    #expect(NextCommands.lines(for: notice, program: "nj").first == "nj job run route")
  }
}
