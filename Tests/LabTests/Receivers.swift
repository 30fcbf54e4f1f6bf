import Foundation

/// A mail server on loopback that keeps what it takes: `Tests/Lab/mail-sink`.
final class MailSink: Sendable {
  struct Mail: Sendable, CustomStringConvertible {
    let recipient: String
    let header: [String: String]
    let body: String

    /// The commands that it tells the reader to run.
    var commands: [String] {
      body.split(separator: "\n").filter { $0.hasPrefix("    ") }.map { String($0.dropFirst(4)) }
    }

    var description: String { "to \(recipient): \(header["Subject"] ?? "")\n\(body)" }

    init(parsing text: String) {
      let lines = text.components(separatedBy: "\r\n").joined(separator: "\n").components(separatedBy: "\n")
      let end = lines.firstIndex(of: "") ?? lines.endIndex
      recipient = String(lines[0].dropFirst(3))
      var fields: [String: String] = [:]
      for line in lines[1..<end] {
        let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
        if parts.count == 2 { fields[parts[0]] = parts[1].trimmingCharacters(in: .whitespaces) }
      }
      header = fields
      var rest = lines[end...].dropFirst().joined(separator: "\n")
      if fields["Content-Transfer-Encoding"] == "quoted-printable" {
        rest = rest.replacingOccurrences(of: "=\n", with: "").replacingOccurrences(of: "=", with: "%")
        rest = rest.removingPercentEncoding ?? rest
      }
      body = rest
    }
  }

  let folder: String
  let port: String
  private let process: ChildProcess

  private static let program = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Lab/mail-sink").path

  /// Starts it, on the port that it had if there was one in the folder before.
  init(_ folder: String, _ options: String...) async throws {
    self.folder = folder
    mkdir(folder, 0o700)
    unlink(folder + "/ready")
    let process = try ChildProcess([Self.program, folder] + options, environment: ["PATH": "/usr/bin:/bin"])
    self.process = process
    try await eventually("the mail server listens") { access(folder + "/ready", F_OK) == 0 }
    port = try String(contentsOfFile: folder + "/port", encoding: .utf8).trimmingCharacters(in: .newlines)
  }

  deinit { process.signal(SIGKILL) }

  func end() async throws {
    process.signal(SIGKILL)
    _ = try await process.end()
  }

  /// What it has taken so far, in order.
  var mails: [Mail] {
    get throws {
      var mails: [Mail] = []
      while let text = try? String(contentsOfFile: "\(folder)/\(mails.count + 1).eml", encoding: .utf8) {
        mails.append(Mail(parsing: text))
      }
      return mails
    }
  }

  /// The last mail to somebody.
  func last(to name: String) throws -> Mail {
    guard let mail = try mails.last(where: { $0.recipient == "\(name)@example.net" }) else {
      throw ChildProcess.Failure(description: "no mail to \(name)")
    }
    return mail
  }
}

/// Debian's Postfix on loopback: `Tests/Lab/postfix`.
final class Postfix: Sendable {
  let folder: String
  let port: String
  private let process: ChildProcess

  private static let program = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Lab/postfix").path

  /// Starts it, on the port that it had if there was one in the folder before.
  /// - Parameter access: lines of regexp_table(5), with the actions of access(5).
  init(_ folder: String, certificate: String, login: String, access: String = "") async throws {
    self.folder = folder
    mkdir(folder, 0o755)
    try access.write(toFile: folder + "/access", atomically: true, encoding: .utf8)
    unlink(folder + "/log")
    let process = try ChildProcess([Self.program, folder, certificate, login], environment: ["PATH": "/usr/sbin:/usr/bin:/bin"])
    self.process = process
    try await eventually("Postfix has started") {
      (try? String(contentsOfFile: folder + "/log", encoding: .utf8))?.contains("daemon started") == true
    }
    port = try String(contentsOfFile: folder + "/port", encoding: .utf8).trimmingCharacters(in: .newlines)
  }

  deinit { process.signal(SIGKILL) }

  func end() async throws {
    process.signal(SIGTERM)
    _ = try await process.end()
  }

  /// The files of the mails that somebody has got.
  func mails(of name: String) -> [String] {
    let box = "\(folder)/mail/\(name)/new"
    return ((try? FileManager.default.contentsOfDirectory(atPath: box)) ?? []).sorted().map { box + "/" + $0 }
  }
}

/// Certificates of an authority that nobody else knows.
struct Authority {
  let folder: String
  /// What vouches for it.
  var file: String { folder + "/authority.pem" }

  init(_ folder: String) async throws {
    self.folder = folder
    mkdir(folder, 0o700)
    try await Self.openssl(
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=lab",
      "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", folder + "/authority.key", "-out", file)
  }

  /// A certificate with its key in one file.
  /// - Parameter name: as of `subjectAltName`, such as `IP:127.0.0.1`.
  func certificate(_ name: String) async throws -> String {
    let path = "\(folder)/\(name.replacingOccurrences(of: ":", with: "-"))"
    try await Self.openssl(
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=server",
      "-CA", file, "-CAkey", folder + "/authority.key", "-addext", "subjectAltName=\(name)", "-addext",
      "basicConstraints=critical,CA:FALSE", "-keyout", path + ".key", "-out", path + ".crt")
    let both = try ["key", "crt"].map { try String(contentsOfFile: "\(path).\($0)", encoding: .utf8) }.joined()
    try both.write(toFile: path + ".pem", atomically: true, encoding: .utf8)
    return path + ".pem"
  }

  private static func openssl(_ arguments: String...) async throws {
    let outcome = try await ChildProcess.run(["openssl"] + arguments)
    if outcome.status != 0 { throw ChildProcess.Failure(description: "\(outcome)") }
  }
}

/// net-snmp's snmptrapd on loopback.
final class TrapSink: Sendable {
  let port: Int
  private let log: String
  private let process: ChildProcess

  /// - Parameter configuration: lines of snmptrapd.conf: communities and users.
  init(_ folder: String, _ configuration: String) async throws {
    mkdir(folder, 0o700)
    let (log, file) = (folder + "/traps.log", folder + "/snmptrapd.conf")
    let lines = configuration + "\nformat2 TRAP|%P|%v\\n\n"
    try lines.write(toFile: file, atomically: true, encoding: .utf8)
    port = try Self.freePort()
    self.log = log
    process = try ChildProcess(
      [
        "/usr/sbin/snmptrapd", "-f", "-C", "-c", file, "-Lf", log, "-On", "-Oe", "-Ot", "-m", "", "udp:127.0.0.1:\(port)",
      ], environment: ["MIBS": "", "SNMP_PERSISTENT_DIR": folder + "/state", "PATH": "/usr/sbin:/usr/bin"])
    try await eventually("snmptrapd listens") {
      (try? String(contentsOfFile: log, encoding: .utf8))?.contains("NET-SNMP version") ?? false
    }
  }

  deinit { process.signal(SIGKILL) }

  func end() async throws {
    process.signal(SIGKILL)
    _ = try await process.end()
  }

  /// One line for each notification that it took: kind, user or community, and the variables.
  var traps: [String] {
    get throws {
      try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("TRAP|") }.map(String.init)
    }
  }

  private static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(descriptor, address, length) == 0 ? getsockname(descriptor, address, &length) : -1
      }
    }
    guard status == 0 else { throw ChildProcess.Failure(description: "no free UDP port") }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}

/// An SNMP agent (net-snmp's) that calls itself core-7, on port 161 of an address of loopback.
struct SNMPAgent {
  private let process: ChildProcess

  init(_ folder: String, address: String, community: String) throws {
    let configuration = folder + "/snmpd.conf"
    try "rocommunity \(community)\nsysName core-7\nsysDescr A box\nsysObjectID 1.3.6.1.4.1.99999.7\n".write(
      toFile: configuration, atomically: true, encoding: .utf8)
    process = try ChildProcess(
      ["/usr/sbin/snmpd", "-f", "-LE", "3", "-C", "-c", configuration, "udp:\(address):161"],
      environment: ["PATH": "/usr/sbin:/usr/bin", "SNMP_PERSISTENT_DIR": folder])
  }

  func end() { process.signal(SIGKILL) }
}
