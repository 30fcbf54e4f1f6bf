import Foundation
import JobModel
import Notifications
import Scheduling
import Testing

@Suite struct MailMessageTests {
  private static let date = Timestamp(seconds: 1_795_377_600)  // 2026-11-22T20:00:00Z

  private static func message(
    subject: String = "s", body: String = "b\n", fields: [(name: String, value: String)] = [], thread: String? = nil,
    date: Timestamp = date
  ) throws -> (header: [String], body: [String]) {
    let mail = try MailMessage(
      sender: "netjob@a.example", recipient: "carol@b.example", subject: subject, body: body, identifier: "7.tag", thread: thread,
      date: date, fields: fields)
    let text = String(decoding: mail.bytes, as: UTF8.self)
    #expect(!text.replacingOccurrences(of: "\r\n", with: "").contains { $0 == "\r" || $0 == "\n" }, "bare line ends")
    let lines = text.components(separatedBy: "\r\n")
    #expect(lines.allSatisfy { $0.utf8.count <= 998 && $0.utf8.allSatisfy { $0 < 0x80 } })
    #expect(lines.last == "", "it ends with its last line")
    let end = try #require(lines.firstIndex(of: ""))
    return (Array(lines[..<end]), Array(lines[(end + 1)...].dropLast()))
  }

  /// What a reader makes of the encoded words of a field.
  private static func decoded(_ field: String) throws -> String {
    var bytes: [UInt8] = []
    for word in field.components(separatedBy: "\r\n ").flatMap({ $0.components(separatedBy: " ") }) {
      #expect(word.utf8.count <= 75, "RFC 2047, section 2")
      #expect(word.hasPrefix("=?utf-8?B?") && word.hasSuffix("?="), "\(word)")
      let part = [UInt8](try #require(Data(base64Encoded: String(word.dropFirst(10).dropLast(2)))))
      #expect(String(validating: part, as: UTF8.self) != nil, "no character is cut in two")
      bytes += part
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func theFieldsOfRFC5322() throws {
    let (header, body) = try Self.message(subject: "job route approved by bob", thread: "request-1.tag")
    #expect(
      header == [
        "Date: Sun, 22 Nov 2026 20:00:00 +0000", "From: netjob <netjob@a.example>", "To: <carol@b.example>",
        "Subject: job route approved by bob", "Message-ID: <7.tag@a.example>", "References: <request-1.tag@a.example>",
        "Auto-Submitted: auto-generated", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 7bit",
      ])
    #expect(body == ["b"])
  }

  @Test(arguments: [
    ("1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 +0000"), ("1970-01-01T00:00:00Z", "Thu, 1 Jan 1970 00:00:00 +0000"),
    ("2028-02-29T05:06:07Z", "Tue, 29 Feb 2028 05:06:07 +0000"), ("2100-03-01T00:00:00Z", "Mon, 1 Mar 2100 00:00:00 +0000"),
  ])
  func dates(time: String, date: String) throws {
    #expect(try Self.message(date: try Timestamp(parsing: time)).header.first == "Date: \(date)")
  }

  @Test(arguments: ["a\r\nBcc: eve@example.net", "a\nBcc: eve@example.net", "a\u{85}b", "a\u{2028}b", "\u{1B}[2J", "a\0b"])
  func nothingBreaksOutOfAHeader(_ text: String) throws {
    let plain = try Self.message().header
    let (header, _) = try Self.message(subject: text, fields: [("X-Netjob-Job", text)])
    #expect(header.count == plain.count + 1)
    #expect(!header.contains { $0.hasPrefix("Bcc") })
    #expect(header.joined().unicodeScalars.allSatisfy { (0x20...0x7E).contains($0.value) })
  }

  @Test(arguments: [
    "Für den neuen Standort", "日本語の件名がここにあります。とても長いので何度も折り返されるはずです。終わり。", String(repeating: "👩‍👩‍👧‍👦", count: 30),
    String(repeating: "x", count: 500), "=?utf-8?B?eA==?=", "ü",
  ])
  func subjectsInEncodedWords(_ subject: String) throws {
    let (header, _) = try Self.message(subject: subject)
    let start = try #require(header.firstIndex { $0.hasPrefix("Subject: ") })
    let field = header[start...].prefix { $0 == header[start] || $0.hasPrefix(" ") }.joined(separator: "\r\n")
    #expect(header[start...].prefix { $0 == header[start] || $0.hasPrefix(" ") }.allSatisfy { $0.utf8.count <= 78 })
    #expect(try Self.decoded(String(field.dropFirst("Subject: ".count))) == subject)
  }

  @Test(arguments: [
    ("plain\nlines\n", "7bit"), ("ä\n", "quoted-printable"), (String(repeating: "y", count: 5000) + "\n", "quoted-printable"),
    ("a=b ä\ntrailing ä \n\ttab ä\t\n\n", "quoted-printable"), (".\n..\nFrom x\n", "7bit"), ("no end of line", "7bit"),
    ("", "7bit"),
    ("a\u{1}b\n", "quoted-printable"),
  ])
  func bodies(text: String, encoding: String) throws {
    let (header, lines) = try Self.message(body: text)
    #expect(header.last == "Content-Transfer-Encoding: \(encoding)")
    let whole = text.hasSuffix("\n") || text.isEmpty ? text : text + "\n"
    guard encoding == "quoted-printable" else {
      #expect(lines.map { $0 + "\n" }.joined() == whole)
      return
    }
    #expect(lines.allSatisfy { $0.utf8.count <= 76 && !$0.hasSuffix(" ") && !$0.hasSuffix("\t") })
    var bytes: [UInt8] = []
    for line in lines {
      var rest = Array(line.utf8)[...]
      var isSoft = false
      while let byte = rest.popFirst() {
        if byte != UInt8(ascii: "=") {
          bytes.append(byte)
        } else if rest.isEmpty {
          isSoft = true
        } else {
          bytes.append(try #require(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)))
          rest = rest.dropFirst(2)
        }
      }
      if !isSoft { bytes.append(0x0A) }
    }
    #expect(String(decoding: bytes, as: UTF8.self) == whole)
  }

  @Test(arguments: [
    "", "carol", "@b", "a@", "a@b@c", "a b@c", "a@b>", "<a@b", "a\r\n@b", "a@b\n", "a@ü.example", "\"a\"@b", "a@b,c@d",
    String(repeating: "a", count: 250) + "@b.example",
  ])
  func addressesThatAreNone(_ address: String) {
    #expect(throws: ModelError.self) {
      try MailMessage(
        sender: "a@b", recipient: address, subject: "", body: "", identifier: "1", date: Timestamp(seconds: 0))
    }
    #expect(throws: ModelError.self) {
      try MailMessage(
        sender: address, recipient: "a@b", subject: "", body: "", identifier: "1", date: Timestamp(seconds: 0))
    }
  }
}
