import Glibc
import Testing

@testable import Transports

extension LiveTests {
  /// SFTP and SCP with real servers.
  @Suite struct FileTransferTests {
    private func connect(_ server: SSHServerFixture) async throws -> SSHConnection {
      try await SSHConnection.connect(
        to: server.endpoint, credentials: [try server.credential(password: SSHServerFixture.password)],
        deadlines: LiveTests.brisk, verifier: LiveTests.anyKey, on: try EventLoop())
    }

    /// A server, and a folder that its user may write in.
    private func started(_ program: SSHServerFixture.Program) throws -> (SSHServerFixture, folder: String) {
      let lines = program == .openSSH ? ["Subsystem sftp /usr/lib/openssh/sftp-server"] : []
      let server = try SSHServerFixture(program, lines)
      let folder = server.folder + "/files"
      mkdir(folder, 0o777)
      chmod(folder, 0o777)
      return (server, folder)
    }

    private func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) } }

    private func content(_ path: String) throws -> [UInt8] {
      let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw ChildProcess.Failure(description: "\(path): error \(errno)") }
      defer { close(descriptor) }
      var information = stat()
      fstat(descriptor, &information)
      var bytes = [UInt8](repeating: 0, count: Int(information.st_size))
      var filled = 0
      while filled < bytes.count {
        let count = bytes.withUnsafeMutableBytes {
          Glibc.read(descriptor, $0.baseAddress?.advanced(by: filled), $0.count - filled)
        }
        if count <= 0 { break }
        filled += count
      }
      return bytes
    }

    @Test(arguments: [SSHServerFixture.Program.openSSH, .dropbear]) func sftp(_ program: SSHServerFixture.Program) async throws {
      let (server, folder) = try started(program)
      let connection = try await connect(server)
      try await connection.openSFTP()
      let path = folder + "/a"
      #expect(try await connection.fileSize(path) == nil)
      #expect(try #require(try await connection.freeSpace(in: folder)) > 0)
      // More than one window, in pieces that are no multiple of a packet.
      let wanted = bytes(3_000_001)
      try await connection.openFile(path, for: .writing(truncates: true))
      for start in stride(from: 0, to: 2_000_000, by: 250_000) {
        try await connection.writeFile(Array(wanted[start..<start + 250_000]))
      }
      try await connection.closeFile()
      #expect(try await connection.fileSize(path) == 2_000_000)
      // The rest, by going on.
      try await connection.openFile(path, for: .writing(truncates: false))
      try await connection.seekFile(to: 2_000_000)
      try await connection.writeFile(Array(wanted[2_000_000...]))
      try await connection.closeFile()
      #expect(try content(path) == wanted)
      try await connection.openFile(path, for: .reading)
      var there: [UInt8] = []
      while true {
        let more = try await connection.readFile()
        if more.isEmpty { break }
        there += more
      }
      #expect(there == wanted)
      try await connection.renameFile(path, to: folder + "/b")
      #expect(try content(folder + "/b") == wanted)
      try await connection.removeFile(folder + "/b")
      #expect(try await connection.fileSize(folder + "/b") == nil)
      await connection.close()
    }

    @Test(arguments: [SSHServerFixture.Program.openSSH, .dropbear]) func scp(_ program: SSHServerFixture.Program) async throws {
      let (server, folder) = try started(program)
      let wanted = bytes(3_000_001)
      let writing = try await connect(server)
      try await writing.beginSCP(writing: folder + "/a", byteCount: wanted.count)
      for start in stride(from: 0, to: wanted.count, by: 250_000) {
        try await writing.writeSCP(Array(wanted[start..<min(start + 250_000, wanted.count)]))
      }
      try await writing.endSCP()
      #expect(try content(folder + "/a") == wanted)
      await writing.close()
      let reading = try await connect(server)
      #expect(try await reading.beginSCP(reading: folder + "/a") == 3_000_001)
      var there: [UInt8] = []
      while there.count < wanted.count { there += try await reading.readSCP() }
      #expect(Array(there.prefix(wanted.count)) == wanted)
      await reading.close()
      let absent = try await connect(server)
      let failure = await LiveTests.failure { _ = try await absent.beginSCP(reading: folder + "/nothing") }
      #expect(
        failure?.code == .fileRefused && failure?.message.contains("No such file or directory") == true, "\(failure as Any)")
      await absent.close()
    }

    @Test func refusalsAreTold() async throws {
      let (server, folder) = try started(.openSSH)
      let connection = try await connect(server)
      try await connection.openSFTP()
      var failure = await LiveTests.failure { try await connection.openFile("/proc/new", for: .writing(truncates: true)) }
      #expect(failure?.code == .fileRefused)
      failure = await LiveTests.failure { _ = try await connection.fileSize(folder) }
      #expect(failure?.message.hasSuffix("is a folder") == true)
      chmod(folder, 0o755)
      failure = await LiveTests.failure { try await connection.openFile(folder + "/a", for: .writing(truncates: true)) }
      #expect(failure?.message.hasSuffix("could not open '\(folder)/a': permission denied") == true, "\(failure as Any)")
      // The connection is as good as before.
      #expect(try await connection.fileSize(server.folder + "/sshd_config") != nil)
      await connection.close()
      let other = try await connect(server)
      failure = await LiveTests.failure { try await other.beginSCP(writing: folder + "/a", byteCount: 1) }
      #expect(failure?.code == .fileRefused && failure?.message.contains("Permission denied") == true, "\(failure as Any)")
      await other.close()
    }

    @Test func whatTheServerHasNotIsRefused() async throws {
      let server = try SSHServerFixture(.openSSH, ["ForceCommand echo This is a router."])
      let connection = try await connect(server)
      var failure = await LiveTests.failure { try await connection.openSFTP() }
      #expect(failure?.code == .sessionRefused, "\(failure as Any)")
      await connection.close()
      let other = try await connect(server)
      failure = await LiveTests.failure { try await other.beginSCP(writing: "flash:a", byteCount: 1) }
      #expect(failure?.code == .sessionRefused && failure?.message.contains("This is a router.") == true, "\(failure as Any)")
      await other.close()
    }

    @Test func aServerThatDiesIsNoticed() async throws {
      let (server, folder) = try started(.openSSH)
      for isSFTP in [true, false] {
        let connection = try await connect(server)
        if isSFTP {
          try await connection.openSFTP()
          try await connection.openFile(folder + "/a", for: .writing(truncates: true))
        } else {
          try await connection.beginSCP(writing: folder + "/a", byteCount: 1 << 30)
        }
        server.crash()
        let failure = await LiveTests.failure {
          // Sockets hold some of it.
          for _ in 0..<200 {
            if isSFTP { try await connection.writeFile(bytes(65536)) } else { try await connection.writeSCP(bytes(65536)) }
          }
        }
        #expect(failure?.code == .connectionLost, "\(failure as Any)")
        await connection.close()
      }
    }

    @Test(arguments: [
      ("flash:/a.bin", true), ("/var/tmp/a-1_2+3.bin", true), ("", false), ("-rf", false), ("a b", false), ("a;b", false),
      ("$(a)", false), ("a'b", false), ("ä", false), ("a\n", false),
    ]) func plainPaths(_ path: String, _ isPlain: Bool) {
      #expect(SSHConnection.isPlainPath(path) == isPlain)
    }
  }

  /// What netjob sees of a host from outside.
  @Suite struct ProbeTests {
    @Test func portsAreOpenOrClosed() async throws {
      let connector = try SSHConnector(loopCount: 1)
      let listener = try LoopbackListener(handle: nil)
      #expect(try await connector.probe(listener.endpoint, timeout: .seconds(5)) == .open)
      // Nobody listens at a port that was just given back.
      let closed = try { try LoopbackListener(handle: nil).endpoint }()
      #expect(try await connector.probe(closed, timeout: .seconds(5)) == .closed)
      await #expect(throws: TransportError.self) {
        try await connector.probe(Endpoint(host: "no-such-host.invalid", port: 22), timeout: .seconds(5))
      }
    }

    @Test func loopbackHasANameAndAddresses() async throws {
      #expect(try await NameLookup.addresses(of: "localhost").contains { ["127.0.0.1", "::1"].contains($0) })
      #expect(try await NameLookup.name(of: "127.0.0.1")?.hasPrefix("localhost") == true)
      await #expect(throws: TransportError.self) { try await NameLookup.addresses(of: "no-such-host.invalid") }
      await #expect(throws: TransportError.self) { try await NameLookup.addresses(of: "a b") }
      await #expect(throws: TransportError.self) { try await NameLookup.name(of: "localhost") }
    }
  }
}
