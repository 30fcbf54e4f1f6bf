package import JobModel
private import Scheduling

/// The objects of NETJOB-MIB that notifications carry.
package enum TrapVariable: UInt32, Sendable, CaseIterable {
  case event = 1
  case time, job, network, user, revision, message, execution, status, command, device

  /// What it holds in a notification.
  package enum Value: Equatable, Sendable {
    case octets([UInt8])
    case unsigned(UInt32)
  }

  /// The variables of an event's notification, in order, as the MIB lists them.
  package static func list(of event: NotificationEvent) -> [TrapVariable] {
    switch event {
    case .requested, .approved, .rejected, .commented, .closed, .reset:
      [.event, .time, .job, .network, .user, .revision, .status, .message, .command]
    case .executed, .completed, .failed, .notApproved:
      [.event, .time, .job, .network, .user, .revision, .execution, .status, .message, .command]
    case .hostKeyChanged: [.event, .time, .device, .network, .user, .message, .command]
    case .test: [.event, .time, .user, .message]
    }
  }

  /// The descriptor in the MIB.
  package var name: String { "netjob" + "\(self)".prefix(1).uppercased() + "\(self)".dropFirst() }

  /// What a notice says; nothing is an empty text, or 0.
  package func value(in notice: Notice, program: String) -> Value {
    switch self {
    case .event: text(notice.event.rawValue)
    case .time: .octets(Self.dateAndTime(notice.time.seconds))
    case .job: text(notice.job)
    case .network: text(notice.network)
    case .user: text(notice.actor)
    case .revision: .unsigned(UInt32(clamping: notice.revision ?? 0))
    case .message: text(notice.message)
    case .execution: .unsigned(UInt32(clamping: notice.execution ?? 0))
    case .status: text(notice.status)
    case .command: text(NextCommands.lines(for: notice, program: program).first)
    case .device: text(notice.device)
    }
  }

  /// SnmpAdminString (RFC 3411): at most 255 octets of UTF-8, cut between characters.
  private func text(_ text: String?) -> Value {
    var octets: [UInt8] = []
    for scalar in (text ?? "").unicodeScalars {
      let bytes = Array(String(scalar).utf8)
      if octets.count + bytes.count > 255 { break }
      octets += bytes
    }
    return .octets(octets)
  }

  /// DateAndTime (RFC 2579) in UTC.
  private static func dateAndTime(_ seconds: Int64) -> [UInt8] {
    let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
    let inDay = Int(seconds - days * 86_400)
    let date = CivilDate(daysSinceEpoch: Int(days))
    let year = UInt16(clamping: date.year)
    return [
      UInt8(year >> 8), UInt8(year & 255), UInt8(date.month), UInt8(date.day), UInt8(inDay / 3600), UInt8(inDay / 60 % 60),
      UInt8(inDay % 60), 0, UInt8(ascii: "+"), 0, 0,
    ]
  }
}
