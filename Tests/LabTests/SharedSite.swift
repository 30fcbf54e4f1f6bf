import Foundation
import Testing

/// A machine with people of its own: `/etc`, `/var/lib` and `/usr/local/bin` are a test's, in a mount namespace, so that real
/// accounts, real sudo rules and a real shared installation leave nothing behind. The people of
/// `uids` are there.
struct SharedSite: Sendable {
  let folder: String
  private let holder: ChildProcess

  static let uids = ["alice": 61_001, "bob": 61_002, "carol": 61_003, "dora": 61_004, "mallory": 61_005]

  /// Plays on such a machine and ends it.
  static func play(_ body: (SharedSite) async throws -> Void) async throws {
    try await Story.inFolder { folder in
      let site = try await SharedSite(folder)
      do {
        try await body(site)
      } catch {
        try await site.end()
        throw error
      }
      try await site.end()
    }
  }

  private init(_ folder: String) async throws {
    self.folder = folder
    holder = try ChildProcess(
      ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-ec", Self.script, "sh", folder, Netjob.program],
      environment: Self.environment)
    try await eventually(within: 60, "the accounts of the site") { FileManager.default.fileExists(atPath: folder + "/ready") }
  }

  private static let script = """
    cd "$1"
    mkdir etc var-lib bin log home
    cp -a /etc/. etc/
    rm -rf etc/sudoers.d/* etc/cron.d etc/cron.allow etc/cron.deny
    mkdir etc/cron.d
    printf '%s\\n' 'Defaults env_reset' 'Defaults secure_path="/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"' \\
      'root ALL=(ALL:ALL) NOPASSWD: ALL' '@includedir /etc/sudoers.d' >etc/sudoers
    chmod 440 etc/sudoers
    cp "$2" bin/netjob
    chmod 755 bin bin/netjob
    mount --bind etc /etc
    mount --bind var-lib /var/lib
    mount --bind bin /usr/local/bin
    mount --bind log /var/log
    for person in alice:61001 bob:61002 carol:61003 dora:61004 mallory:61005; do
      useradd --no-log-init --no-create-home --home-dir "$1/home/${person%:*}" --user-group --uid "${person#*:}" "${person%:*}"
      install -d -o "${person%:*}" -m 700 "home/${person%:*}"
    done
    touch ready
    exec sleep 300
    """

  private static let environment = ["PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"]

  private func end() async throws {
    holder.signal(SIGKILL)
    _ = try await holder.end()
  }

  /// Runs a command line of the shell as root, or as a person who logged in as themselves; with `login`, as somebody else.
  @discardableResult
  func shell(
    _ line: String, as person: String? = nil, login: Int? = nil, input: String = "", exits expected: Int32? = 0,
    at location: SourceLocation = #_sourceLocation
  ) async throws -> ChildProcess.Outcome {
    var words = ["nsenter", "--mount=/proc/\(holder.pid)/ns/mnt", "--wdns=\(folder)"]
    var steps: [String] = []
    if let uid = login ?? person.flatMap({ Self.uids[$0] }), Self.canSetLoginUID {
      steps.append("echo \(uid) >/proc/self/loginuid")
    }
    if let person { steps.append("set -- setpriv --reuid=\(person) --regid=$(id -g \(person)) --init-groups \"$@\"") }
    words += ["/bin/sh", "-ec", (steps + ["exec \"$@\""]).joined(separator: "; "), "sh"]
    var environment = Self.environment
    environment["HOME"] = person.map { "\(folder)/home/\($0)" } ?? "/root"
    let outcome = try await ChildProcess(words + ["/bin/sh", "-c", line], environment: environment, input: input).end()
    if let expected { try #require(outcome.status == expected, "\(outcome)", sourceLocation: location) }
    return outcome
  }

  /// Runs netjob as a person does: through sudo, as the account that owns the database.
  @discardableResult
  func netjob(
    _ line: String, as person: String, login: Int? = nil, input: String = "", exits expected: Int32 = 0,
    at location: SourceLocation = #_sourceLocation
  ) async throws -> ChildProcess.Outcome {
    try await shell("sudo -n -u netjob netjob \(line)", as: person, login: login, input: input, exits: expected, at: location)
  }

  /// The shared installation with dora as administrator; alice, bob and carol plan and approve.
  func install() async throws {
    try await shell("netjob init --shared --install --admin dora")
    for person in ["alice", "bob", "carol"] {
      try await shell("gpasswd -a \(person) netjob-users")
      try await netjob("user add \(person) --role operator --role approver", as: "dora")
    }
    try await netjob("device add r1 --address 127.0.0.1 --port 1 --platform frr", as: "dora")
  }

  /// A job of alice's that needs approval.
  func addChange(_ name: String) async throws {
    let line = "job create \(name) --type tool --tool static-route-add --device r1 --param prefix=203.0.113.0/24"
    try await netjob(line + " --param next-hop=192.0.2.1", as: "alice")
  }

  /// Whether the kernel has login uids, and lets us set them.
  static let canSetLoginUID: Bool = {
    guard geteuid() == 0, let child = try? spawned("echo 0 >/proc/self/loginuid") else { return false }
    return child == 0
  }()

  private static func spawned(_ line: String) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", line]
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }
}
