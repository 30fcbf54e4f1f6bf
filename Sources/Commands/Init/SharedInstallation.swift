internal import Glibc
private import JobModel
internal import Scheduling
internal import Storage

/// A netjob that several people share: an account owns the files, sudo says who is calling, cron runs what is due.
///
/// What is there already stays. What was made is taken back when a later step fails.
struct SharedInstallation {
  static let folder = InstallationLocation.sharedFolder
  static let sudoersPath = "/etc/sudoers.d/netjob"
  static let cronPath = "/etc/cron.d/netjob"

  let account: String
  let group: String
  let administrator: String
  /// The program as sudo and cron start it.
  let program: String
  /// Whether account, group, sudoers and cron files are made too.
  let installs: Bool
  let now: Timestamp
  /// What was made, in order.
  private(set) var done: [String] = []
  /// What was left to be done, as commands.
  private(set) var left: [String] = []
  private var undo: [() -> Void] = []

  var installation: Installation { Installation(databasePath: Self.folder + "/netjob.db") }

  /// - Throws: `.invalid` for names that no account has.
  init(account: String, group: String, administrator: String, program: String, installs: Bool, now: Timestamp) throws {
    for (name, what) in [(account, "account"), (group, "group")] {
      let isName = name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 95 }
      if !isName || name.utf8.count > 32 || name.first.map({ $0.isLetter || $0 == "_" }) != true {
        throw ModelError(
          .invalid, "\(what) '\(TextRule.quoted(name))' is not allowed: small letters, digits, '-' and '_', a letter first")
      }
    }
    if account == "root" || account == administrator {
      throw ModelError(.invalid, "the account '\(account)' must be one that no person uses: it owns the database")
    }
    try AccountQueries.checkName(administrator)
    guard getpwnam(administrator) != nil else {
      throw ModelError(.invalid, "--admin '\(administrator)': there is no such account on this system")
    }
    self.account = account
    self.group = group
    self.administrator = administrator
    self.program = program
    self.installs = installs
    self.now = now
  }

  /// Makes what is missing.
  mutating func make() throws {
    do {
      try checkFiles()
      try makeGroup()
      try makeAccount()
      try makeData()
      try addAdministrator()
      try install(sudoersText, at: Self.sudoersPath, mode: 0o440, check: ["visudo", "-cf"])
      try install(cronText, at: Self.cronPath, mode: 0o644, check: nil)
    } catch {
      for step in undo.reversed() { step() }
      throw error
    }
  }

  /// How all of it is taken away again.
  var undoCommands: [String] {
    ["rm -f \(Self.sudoersPath) \(Self.cronPath)", "userdel \(account)", "groupdel \(group)", "rm -r \(Self.folder)"]
  }

  // MARK: steps

  /// Looks first at what would stop it later.
  private func checkFiles() throws {
    guard installs else { return }
    for (path, text) in [(Self.sudoersPath, sudoersText), (Self.cronPath, cronText)] {
      let there = try Self.content(path)
      if let there, !says(there, text) {
        throw StorageError(
          .exists, "\(path) is there already, and says something else", hint: "look at it, then remove it and try again")
      }
      let folder = path.split(separator: "/").dropLast().map { "/" + $0 }.joined()
      if access(folder, W_OK) != 0 {
        throw StorageError(.io, "\(folder) cannot be written: \(String(cString: strerror(errno)))", hint: "install sudo and cron")
      }
    }
    if SystemCommand.path(of: "visudo") == nil {
      throw StorageError(.io, "visudo, which checks the sudoers file, is not installed", hint: "apt-get install sudo")
    }
  }

  private mutating func makeGroup() throws {
    if getgrnam(group) != nil { return }
    let command = ["groupadd", "--system", group]
    if !installs {
      left.append(SystemCommand.text(command))
      return
    }
    try SystemCommand.run(command)
    let group = group
    undo.append { try? SystemCommand.run(["groupdel", group]) }
    done.append("group \(group)")
  }

  private mutating func makeAccount() throws {
    if let entry = getpwnam(account) {
      if entry.pointee.pw_uid == 0 { throw ModelError(.invalid, "the account '\(account)' is root's") }
      return
    }
    let command = [
      "useradd", "--system", "--user-group", "--no-create-home", "--home-dir", Self.folder, "--shell", "/usr/sbin/nologin",
      account,
    ]
    if !installs {
      throw ModelError(
        .notFound, "there is no account '\(account)' to own the files",
        hint: "'netjob init --shared --install' makes it, as does: " + SystemCommand.text(command))
    }
    try SystemCommand.run(command)
    let account = account
    undo.append { try? SystemCommand.run(["userdel", account]) }
    done.append("account \(account)")
  }

  private mutating func makeData() throws {
    guard let entry = getpwnam(account) else { throw StorageError(.io, "the account '\(account)' cannot be looked up") }
    let (uid, gid) = (entry.pointee.pw_uid, entry.pointee.pw_gid)
    try makeFolder(Self.folder, uid, gid)
    // The rest as that account: nothing there can lead root astray.
    guard setegid(gid) == 0, seteuid(uid) == 0 else {
      throw StorageError(.io, "cannot become '\(account)': \(String(cString: strerror(errno)))")
    }
    defer {
      _ = seteuid(0)
      _ = setegid(0)
    }
    for name in ["platforms", "tools"] { try makeFolder("\(Self.folder)/\(name)", uid, gid) }
    let installation = installation
    if installation.owner == nil {
      try installation.create(now: now)
      undo.append {
        let files = ["", "-wal", "-shm", "-journal"].map { installation.databasePath + $0 }
        for path in [installation.keyPath] + files { unlink(path) }
      }
      let now = now
      let store = try Store(opening: installation, clock: { now })
      let root = Caller(name: "root", isDelegated: false, ownsDatabase: true, loginUID: CallerResolution.kernelLoginUID())
      try store.change(as: root) { try $0.addFirstAdministrator(name: administrator) }
      done += ["database \(installation.databasePath)", "key \(installation.keyPath)"]
    } else {
      try installation.checkPermissions()
    }
  }

  private mutating func makeFolder(_ path: String, _ uid: uid_t, _ gid: gid_t) throws {
    if mkdir(path, 0o700) == 0 {
      undo.append { rmdir(path) }
      guard chmod(path, 0o700) == 0, lchown(path, uid, gid) == 0 else {
        throw StorageError(.io, "the folder \(path) cannot be given to '\(account)': \(String(cString: strerror(errno)))")
      }
      done.append("folder \(path)")
      return
    }
    let status = errno
    var information = stat()
    guard status == EEXIST, lstat(path, &information) == 0 else {
      throw StorageError(.io, "the folder \(path) cannot be made: \(String(cString: strerror(status)))")
    }
    guard information.st_mode & S_IFMT == S_IFDIR, information.st_uid == uid, information.st_mode & 0o077 == 0 else {
      throw StorageError(
        .unsafePermissions, "\(path) is there already, and is not a folder that only '\(account)' can enter",
        hint: "chown -R \(account): \(path) && chmod 700 \(path)")
    }
  }

  private mutating func addAdministrator() throws {
    if administrator == "root" || isMember(administrator) { return }
    let command = ["gpasswd", "-a", administrator, group]
    if !installs {
      left.append(SystemCommand.text(command))
      return
    }
    try SystemCommand.run(command)
    let (administrator, group) = (administrator, group)
    undo.append { try? SystemCommand.run(["gpasswd", "-d", administrator, group]) }
    done.append("\(administrator) in the group \(group)")
  }

  private func isMember(_ user: String) -> Bool {
    guard let entry = getgrnam(group), var member = entry.pointee.gr_mem else { return false }
    while let name = member.pointee {
      if String(cString: name) == user { return true }
      member += 1
    }
    return false
  }

  /// Whether a file that is there does what `text` would: for cron also one that the account calls `run-due` in each minute, as
  /// the Debian package's does.
  private func says(_ there: String, _ text: String) -> Bool {
    if there == text { return true }
    guard text == cronText else { return false }
    return there.split(whereSeparator: \.isNewline).contains { line in
      line.hasPrefix("* * * * * \(account) ") && line.hasSuffix("\(program) run-due")
    }
  }

  /// Writes a file whole or not at all; one that says the same stays.
  private mutating func install(_ text: String, at path: String, mode: mode_t, check: [String]?) throws {
    if !installs { return }
    if let there = try Self.content(path), says(there, text) { return }
    // A name with a dot: neither sudo nor cron reads it.
    let temporary = path + ".new-\(getpid())"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
    guard descriptor >= 0 else { throw StorageError(.io, "\(temporary) cannot be made: \(String(cString: strerror(errno)))") }
    defer { unlink(temporary) }
    let bytes = Array(text.utf8)
    let isWritten =
      fchmod(descriptor, mode) == 0 && fchown(descriptor, 0, 0) == 0 && write(descriptor, bytes, bytes.count) == bytes.count
      && fsync(descriptor) == 0
    close(descriptor)
    guard isWritten else { throw StorageError(.io, "\(temporary) cannot be written: \(String(cString: strerror(errno)))") }
    if let check { try SystemCommand.run(check + [temporary]) }
    // Never over one that somebody else put there meanwhile.
    guard link(temporary, path) == 0 else {
      throw StorageError(.io, "\(path) cannot be made: \(String(cString: strerror(errno)))")
    }
    undo.append { unlink(path) }
    done.append(path)
  }

  private static func content(_ path: String) throws -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw StorageError(.io, "\(path) cannot be read: \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(descriptor, &buffer, buffer.count)
    return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
  }
}
