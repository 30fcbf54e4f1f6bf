import Glibc
import Synchronization

@testable import Transports

/// A real SSH server on loopback: one process of OpenSSH or dropbear per connection, in inetd mode, so that there is no port to
/// guess and no start to wait for. Ends its processes when it goes.
final class SSHServerFixture: Sendable {
  enum Program: Sendable { case openSSH, dropbear }

  let folder: String
  private let listener: LoopbackListener
  private let processes: Processes
  var endpoint: Endpoint { listener.endpoint }

  private final class Processes: Sendable {
    let identifiers = Mutex<[pid_t]>([])
    func signal(_ number: Int32) {
      for pid in identifiers.withLock({ $0 }) { kill(-pid, number) }
    }
    func waitForAll() {
      while let pid = identifiers.withLock({ $0.popLast() }) {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
      }
    }
  }

  /// - Parameters:
  ///   - hostKey: the kind of host key: `ed25519`, `ecdsa`, `rsa`.
  ///   - lines: further lines of sshd_config, which take precedence.
  ///   - connectionLimit: further connections are closed at once.
  init(
    _ program: Program = .openSSH, hostKey: String = "ed25519", _ lines: [String] = [], arguments: [String] = [],
    isIPv6: Bool = false, connectionLimit: Int = .max
  ) throws {
    let lab = try LabEnvironment.shared.get()
    folder = try LabEnvironment.makeFolder()
    let processes = Processes()
    self.processes = processes
    let command: [String]
    switch program {
    case .openSSH:
      let configuration =
        lines + [
          "HostKey \(lab.folder)/host_\(hostKey)", "UsePAM no", "PasswordAuthentication yes", "KbdInteractiveAuthentication no",
          "StrictModes no", "AuthorizedKeysFile \(lab.folder)/authorized_keys", "PermitRootLogin no", "UseDNS no",
          "LogLevel DEBUG1", "PidFile none", "PrintMotd no", "PrintLastLog no",
        ]
      try LabEnvironment.write(configuration.joined(separator: "\n") + "\n", to: folder + "/sshd_config")
      command = ["/usr/sbin/sshd", "-i", "-f", folder + "/sshd_config", "-E", folder + "/log"] + arguments
    case .dropbear:
      command = ["/usr/sbin/dropbear", "-i", "-r", "\(lab.folder)/host_dropbear_\(hostKey)"] + arguments
    }
    listener = try LoopbackListener(isIPv6: isIPv6) { connection in
      guard processes.identifiers.withLock({ $0.count }) < connectionLimit else { return false }
      if let pid = try? ChildProcess.start(command, standardInput: connection, standardOutput: connection) {
        processes.identifiers.withLock { $0.append(pid) }
      }
      return false
    }
  }

  deinit {
    processes.signal(SIGKILL)
    processes.waitForAll()
    try? ChildProcess.run(["rm", "-r", folder])
  }

  /// Stops the servers in their tracks: their sockets stay open and say nothing.
  func freeze() { processes.signal(SIGSTOP) }

  /// Ends the servers without a goodbye.
  func crash() { processes.signal(SIGKILL) }

  /// What OpenSSH logged. Waits for its processes to end, as they log behind their answers: all connections must be closed.
  func finalLog() -> String {
    processes.waitForAll()
    return LabEnvironment.read(folder + "/log")
  }

  func credential(
    password: String? = nil, key: String? = nil, passphrase: String? = nil, usesAgent: Bool = false
  ) throws -> LoginCredential {
    let lab = try LabEnvironment.shared.get()
    return LoginCredential(
      user: lab.user, password: password,
      privateKey: key.map { .init(text: LabEnvironment.read(lab.folder + "/" + $0), passphrase: passphrase) },
      usesAgent: usesAgent)
  }

  static var password: String { "rosy fingered dawn" }

  /// The fingerprint of a host key as ssh-keygen tells it.
  static func fingerprint(hostKey: String) throws -> String {
    LabEnvironment.read(try LabEnvironment.shared.get().folder + "/fingerprint_\(hostKey)")
      .split(separator: " ").dropFirst().first.map(String.init) ?? ""
  }
}
