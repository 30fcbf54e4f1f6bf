private import CCurl
package import JobModel

/// The way that mail takes: the server, and how netjob shows itself there.
package struct MailRoute: Sendable {
  package var server: MailServer
  package var startTLS: StartTLSPolicy
  package var user: String?
  package var password: String?
  /// PEM file of the authorities that may vouch for the server; nil is the system's.
  package var authorityFile: String?
  /// The name in the greeting; nil is the machine's.
  package var greetingName: String?

  package init(
    server: MailServer, startTLS: StartTLSPolicy = .whenOffered, user: String? = nil, password: String? = nil,
    authorityFile: String? = nil, greetingName: String? = nil
  ) {
    self.server = server
    self.startTLS = startTLS
    self.user = user
    self.password = password
    self.authorityFile = authorityFile
    self.greetingName = greetingName
  }

  /// Hands the mail to the server. Blocks the thread, at most as long as `milliseconds` says.
  package func send(_ mail: MailMessage, milliseconds: Int) throws(NotificationError) {
    let url = server.description + (greetingName.map { "/\($0)" } ?? "")
    let tls: Int32 =
      switch startTLS {
      case .never: 0
      // A server, or someone between, that does not offer it must not come by the password.
      case .whenOffered: user == nil ? 1 : 2
      case .required: 2
      }
    var reason = [CChar](repeating: 0, count: 600)
    let status = withCStrings([url, "<\(mail.sender)>", "<\(mail.recipient)>", user, password, authorityFile]) { texts in
      mail.bytes.withUnsafeBytes { bytes in
        var request = netjob_mail()
        request.url = texts[0]
        request.sender = texts[1]
        request.recipient = texts[2]
        request.user = texts[3]
        request.password = texts[4]
        request.ca_file = texts[5]
        request.tls = tls
        request.timeout = max(1, milliseconds)
        request.message = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        request.length = bytes.count
        return netjob_send_mail(&request, &reason, reason.count)
      }
    }
    let text = text(ofC: reason)
    switch status {
    case netjob_mail_sent: return
    case netjob_mail_no_library:
      throw NotificationError(
        .noLibrary, "mail needs libcurl, which cannot be loaded: \(text)", hint: "apt install libcurl4")
    case netjob_mail_refused: throw NotificationError(.refused, "\(server): \(text)")
    default: throw NotificationError(.unavailable, "\(server): \(text)")
    }
  }
}

/// Calls `body` with the texts as C strings; nil stays nil.
func withCStrings<Result>(_ texts: [String?], _ body: ([UnsafePointer<CChar>?]) -> Result) -> Result {
  func next(_ index: Int, _ made: [UnsafePointer<CChar>?]) -> Result {
    guard index < texts.count else { return body(made) }
    guard let text = texts[index] else { return next(index + 1, made + [nil]) }
    return text.withCString { next(index + 1, made + [$0]) }
  }
  return next(0, [])
}

/// The text in a buffer that C has filled.
func text(ofC buffer: [CChar]) -> String {
  String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
