import Foundation
import Testing

/// An OpenSSH server of its own for file transfers, which drops connections where it is told to.
struct FileServer: Sendable {
  let port: String
  /// The private key that logs in as root.
  let key: String
  /// Where tests have files copied to; empty.
  let target: String
  private let process: ChildProcess

  private static let program = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Lab/dropping-server").path

  /// - Parameters:
  ///   - drops: after how many bytes from the client to drop a connection, one number per drop.
  ///   - hasSFTP: whether the server has the subsystem.
  ///   - command: what every session runs.
  static func start(
    in folder: String, drops: [Int] = [], hasSFTP: Bool = true, command: String? = nil
  ) async throws -> FileServer {
    let own = folder + "/server"
    let target = own + "/target"
    try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
    for name in ["host", "user"] {
      let made = try await ChildProcess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(own)/\(name)"])
      try #require(made.status == 0, "\(made)")
    }
    let lines = [
      "HostKey \(own)/host", "AuthorizedKeysFile \(own)/user.pub", "UsePAM no", "StrictModes no", "PermitRootLogin yes",
      "PidFile none", "UseDNS no", "PrintMotd no", "PrintLastLog no",
    ]
    let subsystem = hasSFTP ? ["Subsystem sftp /usr/lib/openssh/sftp-server"] : []
    let forced = command.map { ["ForceCommand \($0)"] } ?? []
    try (lines + subsystem + forced).joined(separator: "\n").appending("\n").write(
      toFile: own + "/sshd_config", atomically: true, encoding: .utf8)
    try FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
    let numbers = drops.isEmpty ? "-" : drops.map(String.init).joined(separator: ",")
    let process = try ChildProcess(
      [program, own + "/port", numbers, "/usr/sbin/sshd", "-i", "-f", own + "/sshd_config"],
      environment: ["PATH": "/usr/bin:/bin"])
    try await eventually(within: 30, "the file server listens") { FileManager.default.fileExists(atPath: own + "/port") }
    return FileServer(
      port: try String(contentsOfFile: own + "/port", encoding: .utf8), key: own + "/user", target: target, process: process)
  }

  func stop() async throws {
    process.signal(SIGTERM)
    _ = try await process.end()
  }

  /// Starts a server and a netjob that has it as device `d`; `alice` plans, `bob` approves.
  static func play(
    drops: [Int] = [], hasSFTP: Bool = true, platform: String = "linux", command: ((_ folder: String) throws -> String)? = nil,
    _ body: (Story, FileServer) async throws -> Void
  ) async throws {
    try await Story.inFolder { folder in
      let server = try await start(in: folder, drops: drops, hasSFTP: hasSFTP, command: try command?(folder))
      do {
        let netjob = Netjob(folder: folder)
        try await netjob("init")
        try await netjob("user add alice --role operator")
        try await netjob("user add bob --role approver")
        try await netjob("credential add root --username root --private-key-file \(server.key)")
        try await netjob("device add d --address 127.0.0.1 --port \(server.port) --platform \(platform) --credential root")
        try FileManager.default.createDirectory(atPath: folder + "/data/files", withIntermediateDirectories: true)
        try await body(Story(lab: Lab(nothingIn: folder), netjob: netjob), server)
      } catch {
        try await server.stop()
        throw error
      }
      try await server.stop()
    }
  }
}

extension Story {
  /// Where the files lie that jobs copy.
  func file(_ name: String) -> String { netjob.folder + "/data/files/\(name)" }

  /// Writes a file of bytes that no two places of it share.
  func makeFile(_ name: String, byteCount: Int, seed: UInt64 = 1) throws {
    var state = seed
    var bytes = [UInt8](repeating: 0, count: byteCount)
    for index in bytes.indices {
      // Knuth's MMIX.
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      bytes[index] = UInt8(truncatingIfNeeded: state >> 56)
    }
    try Data(bytes).write(to: URL(filePath: file(name)))
  }

  /// A job of alice's that copies a file, approved by bob.
  func createPush(_ name: String, _ file: String, to destination: String, _ words: String = "") async throws {
    try await netjob(
      "job create \(name) --type tool --tool push-file --device d --param file=\(file) --param destination=\(destination) \(words)",
      as: "alice")
    try await approve(name)
  }

  /// Runs a job, and answers what its output and errors say of device `d`.
  func run(_ name: String, exits: Int32 = 0, at location: SourceLocation = #_sourceLocation) async throws -> String {
    try await netjob("job run \(name)", as: "alice", exits: exits, at: location)
    let execution = try await netjob.lastExecution(of: name)
    let output = try await netjob("history output \(execution["id"].integer ?? 0)").output
    return output + execution["devices"][0]["error"].string
  }
}
