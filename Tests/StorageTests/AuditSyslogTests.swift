import Foundation
import JobModel
import Scheduling
import Storage
import Testing

@Suite struct AuditSyslogTests {
  private static let row = AuditRecord(
    row: 17, time: Timestamp(seconds: 1_772_445_600), user: "alice", loginUID: 1001, mode: "delegated", action: "job.edit",
    object: "job j", detail: "revision 2", previous: "00", hash: String(repeating: "ab", count: 32))

  /// A socket as the system's logger has it.
  private final class Listener {
    let path: String
    private let socket: Int32

    init(_ folder: TemporaryFolder, buffer: Int32 = 0) throws {
      path = folder.path + "/log"
      socket = Foundation.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
      let status = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
      }
      guard status == 0 else { throw StorageError(.io, "no socket: \(errno)") }
    }

    deinit { close(socket) }

    /// The messages that are there now.
    var messages: [String] {
      var result: [String] = []
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while true {
        let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        if count < 0 { return result }
        result.append(String(decoding: buffer.prefix(count), as: UTF8.self))
      }
    }
  }

  @Test func aRowIsOneDatagramLikeThatOfSyslog() throws {
    let listener = try Listener(TemporaryFolder.kept)
    AuditSyslog(path: listener.path, pid: 99).send([Self.row, Self.row])
    let messages = listener.messages
    #expect(messages.count == 2)
    // 85: authpriv.notice
    let expected = try Regex(
      #"<85>Mar  2 \d\d:\d\d:00 netjob\[99\]: audit 17:(ab){32} user alice delegated login 1001 job\.edit job j: revision 2"#)
    #expect(messages.first?.wholeMatch(of: expected) != nil, "\(messages)")
  }

  @Test func whatUsersWriteMakesNoSecondLineAndNoEndlessOne() {
    var row = Self.row
    row.user = "eve\u{202E}"
    row.detail = "a\nb\u{1B}[2J\r" + String(repeating: "é", count: 3000)
    row.loginUID = nil
    let text = AuditSyslog(path: "/nowhere", pid: 1).message(row)
    #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202E })
    #expect(text.utf8.count <= 1024 && text.utf8.count > 1000)
    #expect(text.contains(row.hash) && text.contains("a\\u{a}b\\u{1b}[2J") && !text.contains("login"))
  }

  @Test func noListenerOrOneThatSleepsHoldsNobodyUp() throws {
    let folder = try TemporaryFolder()
    AuditSyslog(path: folder.path + "/absent").send([Self.row])
    AuditSyslog(path: "/" + String(repeating: "x", count: 200)).send([Self.row])
    try "a file".write(toFile: folder.path + "/file", atomically: false, encoding: .utf8)
    AuditSyslog(path: folder.path + "/file").send([Self.row])
    // A listener that never reads: its queue is full at some point, and the rest is dropped.
    let listener = try Listener(folder)
    AuditSyslog(path: listener.path).send(Array(repeating: Self.row, count: 5000))
    #expect((1..<5000).contains(listener.messages.count))
  }

  @Test func theSettingDecidesAndARolledBackChangeSaysNothing() throws {
    let fixture = try Fixture()
    let row = AuditTrail()
    try fixture.read { try row.seal($0) }
    #expect(!row.isWanted)
    try fixture.setting("audit.syslog", "on")
    #expect(refusal { try fixture.setting("audit.syslog", "yes") } == "invalid")
    let trail = AuditTrail()
    try fixture.store.database.write { sql in
      let change = Change(
        sql: sql, caller: Fixture.caller("ada"), now: fixture.clock.now, keys: try fixture.store.keys(), trail: trail)
      try change.audit("test", "x")
      try trail.seal(sql)
    }
    #expect(trail.isWanted)
    try fixture.setting("audit.syslog", "off")
    try fixture.read { try trail.seal($0) }
    #expect(!trail.isWanted)
  }
}

extension TemporaryFolder {
  /// For sockets that outlive the expression that made the folder.
  fileprivate static let kept: TemporaryFolder = {
    do { return try TemporaryFolder() } catch { preconditionFailure("\(error)") }
  }()
}
