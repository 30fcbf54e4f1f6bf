package import JobModel
package import Scheduling
private import Terminal

/// A mail as it goes to the server: plain text in UTF-8 (RFC 5322, RFC 2045 to 2047), with a file attached or without (RFC 2046,
/// RFC 2183), lines ended by CRLF, none longer than 998 bytes.
package struct MailMessage: Equatable, Sendable {
  package let sender: String
  package let recipient: String
  package let bytes: [UInt8]

  /// A file that goes with a mail.
  package struct Attachment: Equatable, Sendable {
    /// ASCII letters, digits, `.`, `_` and `-`.
    package let name: String
    /// With its parameters: `text/html; charset=utf-8`.
    package let mediaType: String
    package let content: [UInt8]

    package init(name: String, mediaType: String, content: [UInt8]) {
      self.name = name
      self.mediaType = mediaType
      self.content = content
    }
  }

  /// - Parameters:
  ///   - sender, recipient: mail addresses.
  ///   - subject: any text; it becomes one line.
  ///   - body: lines ended by `\n`.
  ///   - identifier: names the mail uniquely, the same each time that it is sent: letters, digits, `.` and `-`.
  ///   - thread: the identifier that all mail about one request refers to.
  ///   - fields: further header fields; their values are single words or free text.
  /// - Throws: `.invalid` for an address that is none.
  package init(
    sender: String, recipient: String, subject: String, body: String, identifier: String, thread: String? = nil, date: Timestamp,
    fields: [(name: String, value: String)] = [], attachment: Attachment? = nil
  ) throws(ModelError) {
    try MailAddress.check(sender)
    try MailAddress.check(recipient)
    self.sender = sender
    self.recipient = recipient
    let domain = sender.split(separator: "@").last.map(String.init) ?? "localhost"
    let (encoding, content) = Self.encoded(body)
    var lines = [
      "Date: \(Self.date(date))", "From: netjob <\(sender)>", "To: <\(recipient)>",
      Self.field("Subject", subject), "Message-ID: <\(identifier)@\(domain)>",
    ]
    if let thread { lines.append("References: <\(thread)@\(domain)>") }
    // RFC 3834: no holiday replies, please.
    lines.append("Auto-Submitted: auto-generated")
    lines += fields.map { Self.field($0.name, $0.value) }
    lines.append("MIME-Version: 1.0")
    let text = ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: \(encoding)", ""]
    guard let attachment else {
      bytes = Self.lines(lines + text) + content
      return
    }
    // Neither of the two encodings within has "=_" in it (RFC 2045, section 6.7).
    let boundary = "=_netjob_\(identifier)"
    lines += ["Content-Type: multipart/mixed; boundary=\"\(boundary)\"", "", "--\(boundary)"]
    let head = [
      "--\(boundary)", "Content-Type: \(attachment.mediaType)", "Content-Transfer-Encoding: base64",
      "Content-Disposition: attachment; filename=\"\(attachment.name)\"", "",
    ]
    var bytes = Self.lines(lines + text) + content + Self.lines(head)
    // 57 bytes make a line of 76 characters.
    for start in stride(from: 0, to: attachment.content.count, by: 57) {
      let line = attachment.content[start..<min(start + 57, attachment.content.count)]
      bytes += Array(Self.base64(Array(line)).utf8) + [0x0D, 0x0A]
    }
    self.bytes = bytes + Self.lines(["--\(boundary)--"])
  }

  private static func lines(_ lines: [String]) -> [UInt8] { lines.flatMap { Array($0.utf8) + [0x0D, 0x0A] } }

  /// A header field: as it is where it is short ASCII, else in encoded words (RFC 2047).
  private static func field(_ name: String, _ value: String) -> String {
    let text = escapeControls(value)
    let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && name.utf8.count + text.utf8.count <= 76
    // Text that looks like an encoded word would be read as one.
    if isPlain && !text.contains("=?") { return "\(name): \(text)" }
    var words: [String] = []
    var chunk: [UInt8] = []
    for character in text.unicodeScalars {
      let bytes = Array(String(character).utf8)
      // 45 bytes make 60 characters, 72 with their frame; the first line carries the name, too.
      if chunk.count + bytes.count > (words.isEmpty ? 36 : 45) {
        words.append(encodedWord(chunk))
        chunk = []
      }
      chunk += bytes
    }
    words.append(encodedWord(chunk))
    return "\(name): " + words.joined(separator: "\r\n ")
  }

  private static func encodedWord(_ bytes: [UInt8]) -> String { "=?utf-8?B?\(base64(bytes))?=" }

  private static func base64(_ bytes: [UInt8]) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var result: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      var value = 0
      for offset in 0..<3 { value = value << 8 | (offset < group.count ? Int(group[start + offset]) : 0) }
      for place in 0..<4 {
        result.append(place <= group.count ? digits[value >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// The body with its transfer encoding: as it is where every line is short ASCII, else quoted-printable (RFC 2045, 6.7).
  private static func encoded(_ body: String) -> (name: String, bytes: [UInt8]) {
    var lines = body.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Array.init)
    if lines.last == [] { lines.removeLast() }
    let isPlain = lines.allSatisfy { line in
      line.count <= 900 && line.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x09 }
    }
    var bytes: [UInt8] = []
    for line in lines { bytes += (isPlain ? line : quotedPrintable(line)) + [0x0D, 0x0A] }
    return (isPlain ? "7bit" : "quoted-printable", bytes)
  }

  /// One line, cut by soft line ends so that none is longer than 76 characters.
  private static func quotedPrintable(_ line: [UInt8]) -> [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    var result: [UInt8] = []
    var column = 0
    for (index, byte) in line.enumerated() {
      let isBlank = byte == 0x20 || byte == 0x09
      let isLiteral = isBlank ? index != line.count - 1 : (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=")
      let width = isLiteral ? 1 : 3
      if column + width > 75 {
        result += [UInt8(ascii: "="), 0x0D, 0x0A]
        column = 0
      }
      if isLiteral {
        result.append(byte)
      } else {
        result += [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
      column += width
    }
    return result
  }

  /// `Sun, 22 Nov 2026 20:00:00 +0000`.
  private static func date(_ time: Timestamp) -> String {
    let days = Int((Double(time.seconds) / 86_400).rounded(.down))
    let inDay = Int(time.seconds) - days * 86_400
    let date = CivilDate(daysSinceEpoch: days)
    let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let weekday = weekdays[(days % 7 + 7) % 7]
    return "\(weekday), \(date.day) \(months[date.month - 1]) \(date.year) "
      + "\(two(inDay / 3600)):\(two(inDay / 60 % 60)):\(two(inDay % 60)) +0000"
  }
}
