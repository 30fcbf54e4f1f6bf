internal import JobModel
internal import Notifications
internal import Scheduling
internal import Storage

/// Everything that deliveries need of the database, read once for a round of them.
struct PostOffice: Sendable {
  /// Where a trap receiver is, with its secrets.
  private struct Receiver: Sendable {
    let record: TrapReceiverRecord
    let secrets: TrapSecrets
  }

  /// A delivery made ready: it blocks the thread that calls it, for at most that many milliseconds.
  typealias Send = @Sendable (Int) throws(NotificationError) -> Void

  private let mail: MailSettings?
  private let receivers: [String: Receiver]
  private let addresses: [String: String?]
  /// The reports that go with deliveries, by their execution.
  private let reports: [Int64: ReportRecord]
  private let engine: SNMPEngine?
  private let usedAt: Timestamp
  private let mib: NetjobMIB
  private let program: String
  private let host: String
  /// Tells this netjob's mail from another's.
  private let tag: String

  /// - Parameter deliveries: those that it is for.
  init(_ change: Change, deliveries: [OutboxRecord], host: String) throws {
    let channels = Set(deliveries.map(\.channel))
    try self.init(
      change, mailTo: channels.contains(.mail) ? deliveries.filter { $0.channel == .mail }.map(\.recipient) : nil,
      trapsTo: channels.contains(.trap) ? deliveries.filter { $0.channel == .trap }.map(\.recipient) : nil,
      reports: Set(deliveries.compactMap(\.report)), host: host)
  }

  /// - Parameters:
  ///   - users: names of users who are sent mail; nil is no mail at all.
  ///   - names: names of trap receivers; nil is no traps at all.
  ///   - executions: those whose reports are mailed.
  init(
    _ change: Change, mailTo users: [String]?, trapsTo names: [String]?, reports executions: Set<Int64> = [], host: String
  ) throws {
    let sql = change.sql
    reports = try Dictionary(
      uniqueKeysWithValues: executions.compactMap { id in
        try ReportQueries.find(sql, execution: id).map { (id, $0) }
      })
    mail = try users == nil ? nil : MailSettings.load(sql, keys: change.keys)
    addresses = try Dictionary(
      uniqueKeysWithValues: Set(users ?? []).map { name in
        let row = try sql.row("SELECT mail FROM account WHERE name = ? AND enabled = 1", name)
        return (name, try row?.optionalText("mail"))
      })
    var found: [String: Receiver] = [:]
    if let names {
      for record in try TrapReceiverQueries.all(sql) where names.contains(record.name) {
        found[record.name] = Receiver(
          record: record, secrets: try TrapReceiverQueries.secrets(sql, of: record.id, keys: change.keys))
      }
    }
    receivers = found
    engine = try found.isEmpty ? nil : change.useEngine()
    let root = try SettingQueries.value(sql, of: "trap.enterprise-oid")
    mib = NetjobMIB(root: EnterpriseIdentifier.numbers(root) ?? [1, 3, 6, 1, 4, 1, 8072, 9999, 9999])
    program = try SettingQueries.value(sql, of: "notification.command")
    self.host = host
    usedAt = change.now
    tag = String(change.keys.keyedHash("mail").prefix(12))
  }

  /// Whether a delivery waits for an answer from a receiver of traps.
  func isInform(_ delivery: OutboxRecord) -> Bool { receivers[delivery.recipient]?.record.isInform ?? false }

  /// What sends a delivery.
  /// - Throws: why it cannot be sent at all.
  func send(_ delivery: OutboxRecord) throws -> Send {
    switch delivery.channel {
    case .mail:
      guard let address = delivery.recipient.contains("@") ? delivery.recipient : addresses[delivery.recipient] ?? nil else {
        throw NotificationError(.invalid, "user '\(delivery.recipient)' is gone, disabled, or has no mail address")
      }
      let thread = delivery.notice.request.map { "request-\($0).\(tag)" }
      let identifier = "\(delivery.id).\(delivery.notice.time.milliseconds).\(tag)"
      guard let execution = delivery.report else {
        return try mail(to: address, delivery.notice, identifier: identifier, thread: thread)
      }
      guard let report = reports[execution] else {
        throw NotificationError(.invalid, "the report of execution \(execution) is gone: it was pruned")
      }
      return try mail(to: address, delivery.notice, identifier: identifier, report: report)
    case .trap: return try trap(to: delivery.recipient, delivery.notice)
    }
  }

  /// What sends a notice by mail.
  func mail(
    to address: String, _ notice: Notice, identifier: String, thread: String? = nil, report: ReportRecord? = nil
  ) throws -> Send {
    guard let mail else {
      throw NotificationError(
        .unavailable, "there is no mail server", hint: "netjob setting set mail.server smtp://HOST[:PORT]")
    }
    let size = report?.text.utf8.count ?? 0
    let attachment = size > Self.attachmentLimit ? nil : report.map { attached($0, notice) }
    let remark = report.map { _ in
      attachment != nil
        ? "The report is attached."
        : "The report is not attached: it has \(size) bytes, and mail takes \(Self.attachmentLimit) at most."
    }
    let text = NotificationText(notice, program: program, host: host, remark: remark)
    var fields = [("X-Netjob-Event", notice.event.rawValue)]
    if let job = notice.job { fields.append(("X-Netjob-Job", job)) }
    let message = try MailMessage(
      sender: mail.sender ?? "netjob@\(host)", recipient: address, subject: "[netjob] \(text.headline)", body: text.body,
      identifier: identifier, thread: thread, date: notice.time, fields: fields, attachment: attachment)
    let route = MailRoute(
      server: mail.server, startTLS: mail.startTLS, user: mail.user, password: mail.password, authorityFile: mail.authorityFile,
      greetingName: mail.greetingName)
    return { milliseconds throws(NotificationError) in try route.send(message, milliseconds: milliseconds) }
  }

  /// Many mail servers take no more than 20 or 25 MB, in which a third of what is sent is its encoding.
  private static let attachmentLimit = 14 << 20

  private func attached(_ report: ReportRecord, _ notice: Notice) -> MailMessage.Attachment {
    let type =
      switch report.format {
      case .html: "text/html"
      case .csv: "text/csv"
      case .json: "application/json"
      case .text: "text/plain"
      }
    return MailMessage.Attachment(
      name: report.fileName(network: notice.network ?? ""), mediaType: report.format == .json ? type : "\(type); charset=utf-8",
      content: Array(report.text.utf8))
  }

  /// What sends a notice as a trap.
  func trap(to name: String, _ notice: Notice) throws -> Send {
    guard let receiver = receivers[name], let stored = engine else {
      throw NotificationError(.invalid, "there is no trap receiver '\(name)'")
    }
    let record = receiver.record
    let security: TrapRoute.Security
    switch record.version {
    case .v2c: security = .community(receiver.secrets.community ?? "")
    case .v3:
      let auth = record.authProtocol.map { (protocol: $0, secret: receiver.secrets.auth ?? "") }
      let priv = record.privProtocol.map { (protocol: $0, secret: receiver.secrets.priv ?? "") }
      security = .user(record.user ?? "", auth: auth, priv: priv)
    }
    let route = TrapRoute(host: record.host, port: UInt16(clamping: record.port), isInform: record.isInform, security: security)
    let (mib, program) = (mib, program)
    // The engine's time goes on from here by this process's clock, which nobody sets.
    let began = ContinuousClock.now
    let seconds = stored.seconds(at: usedAt)
    return { milliseconds throws(NotificationError) in
      let passed = (ContinuousClock.now - began).components.seconds
      let engine = TrapRoute.Engine(
        identifier: stored.identifier, boots: UInt32(clamping: stored.boots), seconds: UInt32(clamping: seconds + passed))
      try route.send(notice, engine: engine, mib: mib, program: program, milliseconds: milliseconds)
    }
  }
}
