import Glibc

/// What all servers of a test run share: a user with a password, host keys and user keys. Needs root; removed at exit.
struct LabEnvironment: Sendable {
  var folder: String
  var user: String

  /// Made once; tests that need it fail when it cannot be made.
  static let shared: Result<LabEnvironment, any Error> = Result { try make() }

  private static func make() throws -> LabEnvironment {
    let lab = LabEnvironment(folder: try makeFolder(), user: "njt\(getpid())")
    mkdir("/run/sshd", 0o755)
    try ChildProcess.run(["useradd", "--no-create-home", "--home-dir", "/", "--shell", "/bin/sh", lab.user])
    atexit {
      guard case .success(let lab) = LabEnvironment.shared else { return }
      try? ChildProcess.run(["userdel", "--force", lab.user])
      try? ChildProcess.run(["rm", "-r", lab.folder])
    }
    try ChildProcess.run(["chpasswd"], input: "\(lab.user):\(SSHServerFixture.password)\n")
    let script = """
      set -e
      cd \(lab.folder)
      for type in ed25519 ecdsa rsa; do
        ssh-keygen -q -t $type -N '' -f host_$type
        ssh-keygen -l -f host_$type.pub > fingerprint_$type
        ssh-keygen -q -t $type -N '' -f user_$type
      done
      ssh-keygen -q -t ecdsa -m PEM -N '' -f user_pem
      ssh-keygen -q -t ed25519 -N 'open sesame' -f user_locked
      ssh-keygen -q -t ecdsa -m PEM -N 'open sesame' -f user_locked_pem
      for name in stranger stranger_2 stranger_3; do ssh-keygen -q -t ed25519 -N '' -f $name; done
      cat user_*.pub > authorized_keys
      chmod 644 authorized_keys
      dropbearkey -t ed25519 -f host_dropbear_ed25519
      """
    try ChildProcess.run(["sh", "-c", script])
    return lab
  }

  static func makeFolder() throws -> String {
    var template = Array("/tmp/netjob-transports-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw ChildProcess.Failure(description: "mkdtemp: error \(errno)") }
    chmod(template, 0o755)
    return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  static func write(_ text: String, to path: String) throws {
    guard let file = fopen(path, "we") else { throw ChildProcess.Failure(description: "\(path): error \(errno)") }
    fputs(text, file)
    fclose(file)
  }

  /// The content of a file; empty when it is not there.
  static func read(_ path: String) -> String {
    guard let file = fopen(path, "re") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer.prefix(count)
    }
  }
}
