private import Foundation
internal import Scheduling

/// Sends audit rows to the system's log as syslog(3) does (RFC 3164 without a host name), facility authpriv, severity notice.
///
/// A message is one datagram of at most 1024 bytes. Where nobody listens, or the listener is behind, it is dropped: the row is in
/// the database.
package struct AuditSyslog: Sendable {
  private let path: String
  private let pid: Int32
  private static let priority = 10 << 3 | 5
  private static let longest = 1024
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// - Parameter path: the socket; tests have their own.
  package init(path: String = "/dev/log", pid: Int32 = getpid()) {
    self.path = path
    self.pid = pid
  }

  /// Sends the rows in order. It neither fails nor waits.
  package func send(_ rows: [AuditRecord]) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let socket = Foundation.socket(AF_UNIX, kind, 0)
    guard socket >= 0 else { return }
    defer { close(socket) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, size) }
    }
    guard status == 0 else { return }
    for row in rows {
      let message = Array(message(row).utf8)
      _ = Foundation.send(socket, message, message.count, Int32(MSG_NOSIGNAL))
    }
  }

  /// The text of a row: its number and hash first, so that they are never cut off.
  package func message(_ row: AuditRecord) -> String {
    let login = row.loginUID.map { " login \($0)" } ?? ""
    let text =
      "<\(Self.priority)>\(stamp(row.time)) netjob[\(pid)]: audit \(row.row):\(row.hash) user \(row.user) \(row.mode)\(login) "
      + "\(row.action) \(row.object)" + (row.detail.isEmpty ? "" : ": \(row.detail)")
    var result = ""
    for scalar in text.unicodeScalars {
      // One line, whatever users wrote; the log's readers get no terminal commands.
      let piece: String =
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: "\\u{\(String(scalar.value, radix: 16))}"
        default: String(scalar)
        }
      if result.utf8.count + piece.utf8.count > Self.longest { break }
      result += piece
    }
    return result
  }

  /// The time in the system's zone, as `Nov  2 09:05:01`.
  private func stamp(_ time: Timestamp) -> String {
    var seconds = time_t(time.milliseconds / 1000)
    var fields = tm()
    localtime_r(&seconds, &fields)
    func two(_ number: Int32, _ filler: String = "0") -> String { (number < 10 ? filler : "") + "\(number)" }
    let month = Self.months[Int(max(0, min(11, fields.tm_mon)))]
    return "\(month) \(two(fields.tm_mday, " ")) \(two(fields.tm_hour)):\(two(fields.tm_min)):\(two(fields.tm_sec))"
  }
}
