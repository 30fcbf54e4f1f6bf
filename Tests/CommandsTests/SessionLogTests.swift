import DeviceCLI
import Foundation
import JobRunner
import Storage
import Synchronization
import Testing
import Transports

@testable import Commands

@Suite struct SessionLogTests {
  private enum Piece: Sendable {
    case received(String)
    case typed(String)
  }

  private static func log(on platform: String = "cisco_ios", _ pieces: [Piece], chunk: Int = 1000) throws -> [String] {
    let lines = Mutex<[String]>([])
    let log = SessionLog(
      platform: try PlatformCatalog().platform(named: platform), write: { line in lines.withLock { $0.append(line) } }, finish: {}
    )
    for piece in pieces {
      switch piece {
      case .typed(let text): log.traffic(.toDevice, Array(text.utf8))
      case .received(let text):
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
          log.traffic(.fromDevice, Array(bytes.prefix(chunk)))
          bytes = bytes.dropFirst(chunk)
        }
      }
    }
    log.end()
    return lines.withLock { $0 }
  }

  private static let cases: [([Piece], [String])] = [
    ([.received("\r\nr1# "), .typed("\n"), .received("\r\nr1# ")], ["< ", "< r1# ", "> \\n", "< ", "< r1# "]),
    (
      [.received("r1# "), .typed("show x\n"), .received("show x\r\n--More-- "), .typed(" "), .received("\r   \rmore\r\nr1# ")],
      ["< r1# ", "> show x", "< show x", "< --More-- ", ">  ", "< ... \\r   \\rmore", "< r1# "]
    ),
    ([.received("\u{1B}[2J\u{7}\u{9}x\n")], ["< \\x1b[2J\\x07\\tx"]),
    ([.received("snmp-server community s3cr3t-c RO\r\n")], ["< snmp-server community ****** RO"]),
    // Half a line is seen before something is typed, the secret in it cut.
    (
      [.received("snmp-server community s3c"), .typed(" "), .received("r3t-c RO\r\n")],
      ["< snmp-server community ******", ">  ", "< ...  RO"]
    ),
    // A terminal would not show the beginning, the patterns see it nevertheless.
    ([.received("\u{1B}[0msnmp-server community s3cr3t-c\u{1B}[K RO\r\n")], ["< snmp-server community ****** RO"]),
    ([.received("snmp-server community s3cr3t-c RO\u{1B}[2K\r\n")], ["< snmp-server community ****** RO\\x1b[2K"]),
    // What is typed comes back in the echo behind the prompt, wrapped, and in an error.
    (
      [
        .received("r1(config)# "), .typed("snmp-server community s3cr3t-c RO\n"),
        .received("snmp-server community s3cr \r3t-c RO\r\n% Invalid: 's3cr3t-c'\r\nr1(config)# "),
      ],
      [
        "< r1(config)# ", "> snmp-server community ****** RO", "< snmp-server community ****** RO", "< % Invalid: '******'",
        "< r1(config)# ",
      ]
    ),
    (
      [.received("username bob privilege 15 secret 5 $1$abcd\r\nlog: bob uses $1$abcd\r\n")],
      ["< username bob privilege 15 secret 5 ******", "< log: bob uses ******"]
    ),
  ]

  @Test(arguments: cases.indices, [1, 2, 3, 7, 1000])
  func eachLineOnceAndNoSecret(_ number: Int, chunk: Int) throws {
    let (pieces, lines) = Self.cases[number]
    let log = try Self.log(pieces, chunk: chunk)
    #expect(log == lines)
    #expect(!log.joined().contains("s3cr3t") && !log.joined().contains("\u{1B}"))
  }

  /// A secret whose lines say nothing of it: only what stands before them does.
  @Test(arguments: [1, 5, 1000])
  func secretsOfSeveralLines(chunk: Int) throws {
    let key = "-----BEGIN RSA PRIVATE KEY-----\r\nMIIEowIBAAKCAQEAs3cr3t\r\ns3cr3tSecondLine\r\n-----END RSA PRIVATE KEY-----\r\n"
    let junos = try Self.log(
      on: "juniper_junos", [.received("local " + key + "host-name j1;\r\na@j1> "), .typed("show version\n")], chunk: chunk)
    #expect(
      junos == [
        "< local -----BEGIN RSA PRIVATE KEY-----", "< ******", "< ******", "< -----END RSA PRIVATE KEY-----", "< host-name j1;",
        "< a@j1> ", "> show version",
      ])
    let forti = try Self.log(
      on: "fortinet_fortios",
      [
        .received("config system snmp community\r\n    edit 1\r\n        set name \"s3cr3t-c\"\r\n    next\r\nend\r\nfw # "),
        .typed("get system status\n"), .received("get system status\r\nVersion: 7\r\n"),
      ], chunk: chunk)
    #expect(!forti.joined().contains("s3cr3t"))
    #expect(forti.last == "< Version: 7")
    let typed = try Self.log(on: "juniper_junos", [.typed("-----BEGIN RSA PRIVATE KEY-----\n"), .typed("MIIs3cr3t\n")])
    #expect(typed == ["> -----BEGIN RSA PRIVATE KEY-----", "> ******"])
    // A block that never ends hides no more than the output that it is in.
    let broken = try Self.log(
      on: "juniper_junos",
      [.received("-----BEGIN RSA PRIVATE KEY-----\r\ns3cr3t\r\na@j1> "), .typed("show version\n"), .received("Junos: 1\r\n")])
    #expect(broken.last == "< Junos: 1" && !broken.joined().contains("s3cr3t"))
  }

  @Test func aFloodIsCutAndCounted() throws {
    let log = try Self.log([.received(String(repeating: "x", count: 100_000) + "\r\n")])
    #expect(log.count == 1)
    #expect(log[0].hasSuffix("x ... (100001 bytes)"), "\(log[0].suffix(40))")
    #expect(log[0].utf8.count < 3000)
    // A secret across the place of the cut stays hidden.
    let secret = String(repeating: "s3cr3t", count: 400)
    let masked = try Self.log([.received("snmp-server community " + secret + " RO\r\n")])
    #expect(masked == ["< snmp-server community ****** RO"])
  }

  // MARK: the folder

  private static func inFolder(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/netjob-logs-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    let folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  @Test func filesAreNewAndTheirOwners() throws {
    try Self.inFolder { folder in
      let logs = try LogFolder(folder + "/logs")
      let first = try logs.makeFile("7-r1")
      try first.writeLine("one")
      #expect(first.path == folder + "/logs/7-r1.log")
      symlink("/etc/passwd", folder + "/logs/7-r2.log")
      #expect(try logs.makeFile("7-r1").path == folder + "/logs/7-r1-2.log")
      #expect(try logs.makeFile("7-r2").path == folder + "/logs/7-r2-2.log", "a link is never followed")
      var status = stat()
      #expect(stat(first.path, &status) == 0 && status.st_mode & 0o777 == 0o600)
      #expect(stat(folder + "/logs", &status) == 0 && status.st_mode & 0o777 == 0o700)
    }
  }

  @Test func aFolderThatOthersCanWriteToIsRefused() throws {
    try Self.inFolder { folder in
      chmod(folder, 0o777)
      #expect(throws: (any Error).self) { try LogFolder(folder) }
      chmod(folder, 0o755)
      _ = try LogFolder(folder)
      #expect(throws: (any Error).self) { try LogFolder(folder + "/no/such") }
      #expect(throws: (any Error).self) { try LogFolder("/etc/passwd") }
    }
  }

  @Test func aFileIsBounded() throws {
    try Self.inFolder { folder in
      let file = try LogFolder(folder).makeFile("x")
      let line = String(repeating: "x", count: 1 << 20)
      for _ in 0..<20 { try file.writeLine(line) }
      var status = stat()
      #expect(stat(file.path, &status) == 0)
      #expect(status.st_size <= LogFolder.fileLimit + 100 && status.st_size > LogFolder.fileLimit - (2 << 20))
    }
  }
}
