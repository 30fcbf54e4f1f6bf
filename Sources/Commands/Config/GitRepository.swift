private import Glibc
internal import JobModel
internal import Storage

/// A git repository in a folder, worked on by `git` itself: without a shell and with nothing of the caller's environment. A repository
/// can name programs that git runs (hooks, filters, monitors), so it must be the caller's own, which nobody else can write.
struct GitRepository {
  let folder: String
  static let branch = "refs/heads/main"

  private var gitFolder: String { folder + "/.git" }

  private static let environment = [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "GIT_CONFIG_NOSYSTEM=1",
    "GIT_CONFIG_GLOBAL=/dev/null", "GIT_TERMINAL_PROMPT=0", "GIT_ATTR_NOSYSTEM=1",
  ]

  /// Makes the repository, or checks that the folder is one.
  /// - Throws: `.conflict` for a folder with something else in it, `.invalid` for one that cannot be made.
  init(preparing path: String) throws {
    folder = path
    if mkdir(path, 0o700) != 0 && errno != EEXIST {
      throw ModelError(.invalid, "the folder '\(TextRule.quoted(path))' cannot be made: \(String(cString: strerror(errno)))")
    }
    try checkOwner(path)
    let names = try Self.names(in: path)
    if names.isEmpty {
      try run(["init", "--quiet", "--template=", "--initial-branch=main", path], inRepository: false)
      return
    }
    var information = stat()
    guard names.contains(".git"), lstat(gitFolder, &information) == 0, information.st_mode & S_IFMT == S_IFDIR else {
      throw foreign("it is not empty and no git repository")
    }
    try checkOwner(gitFolder)
    // Made, and then killed: there is nothing of anybody's in it.
    if try tip() == nil {
      guard names == [".git"], try run(["for-each-ref"]).isEmpty else { throw foreign("it holds other things than netjob's") }
    }
  }

  /// - Throws: `.invalid` when others could put something into the folder.
  private func checkOwner(_ path: String) throws {
    var information = stat()
    guard stat(path, &information) == 0 else { return }
    if information.st_uid != geteuid() || information.st_mode & 0o022 != 0 {
      throw ModelError(
        .invalid,
        "the folder '\(TextRule.quoted(path))' is somebody else's, or others can write it: git runs what its settings name",
        hint: "name a new folder, or: chown, chmod go-w")
    }
  }

  /// - Throws: `.invalid` when others can read what lies in the folder.
  func requirePrivate() throws {
    var information = stat()
    guard stat(folder, &information) == 0, information.st_mode & 0o077 == 0 else {
      throw ModelError(
        .invalid, "others can read the folder '\(TextRule.quoted(folder))', and secrets would be in it",
        hint: "chmod 700 '\(TextRule.quoted(folder))'")
    }
  }

  /// - Parameter why: what is wrong with the folder.
  func foreign(_ why: String) -> ModelError {
    ModelError(
      .conflict, "the folder '\(TextRule.quoted(folder))' is not one that netjob exported to: \(why)",
      hint: "name a new folder; netjob makes it")
  }

  /// The message of the newest commit; nil where there is none.
  func tip() throws -> String? {
    if try run(["for-each-ref", Self.branch]).isEmpty { return nil }
    return try run(["log", "-1", "--format=%B", Self.branch, "--"])
  }

  /// When the newest commit was made, in seconds since 1970 UTC; nil where there is none.
  func tipTime() throws -> Int64? {
    if try run(["for-each-ref", Self.branch]).isEmpty { return nil }
    return Int64(try run(["log", "-1", "--format=%ct", Self.branch, "--"]).filter { !$0.isWhitespace })
  }

  /// The name of the newest commit.
  func head() throws -> String? {
    let name = try run(["for-each-ref", "--format=%(objectname)", Self.branch]).split(whereSeparator: \.isNewline).first
    return name.map(String.init)
  }

  /// Puts into the folder what the newest commit holds.
  func checkOut() throws {
    if try tip() == nil { return }
    try run(["reset", "--hard", "--quiet", Self.branch, "--"])
  }

  /// Keeps others from exporting into the folder meanwhile.
  /// - Throws: `.conflict` when somebody does.
  func locked<Value>(_ body: () throws -> Value) throws -> Value {
    let descriptor = open(gitFolder + "/netjob.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      throw ModelError(.invalid, "'\(TextRule.quoted(folder))' cannot be written: \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw ModelError(.conflict, "another netjob exports into '\(TextRule.quoted(folder))' now", hint: "try again later")
    }
    try requireUnlocked()
    if try tip() == nil { try run(["symbolic-ref", "HEAD", Self.branch]) }
    return try body()
  }

  /// Looks for lock files of git before anything is written. Whose they are git does not say: a process that was killed leaves one
  /// for ever, so only a person can tell whether it may go. What is short, a person's `git status` say, is waited for.
  /// - Throws: `.conflict`.
  private func requireUnlocked() throws {
    let names = ["index.lock", "HEAD.lock", "packed-refs.lock", Self.branch + ".lock"]
    let end = ContinuousClock.now + .seconds(2)
    while let lock = names.map({ gitFolder + "/" + $0 }).first(where: { access($0, F_OK) == 0 }) {
      if ContinuousClock.now < end {
        usleep(50_000)
        continue
      }
      throw ModelError(
        .conflict,
        "nothing was exported: a git process works in '\(TextRule.quoted(folder))', or one that was killed left its lock",
        hint: "where no git runs (pgrep -a git), take the lock away and export again: rm '\(lock.replacing("'", with: "'\\''"))'")
    }
  }

  /// Runs `git fast-import`; `feed` writes its commands. What it has taken in is kept when it ends early.
  func importing<Value>(_ feed: ((String) throws -> Void) throws -> Value) throws -> Value {
    let child = try start(["fast-import", "--quiet", "--done", "--date-format=raw"], inRepository: true)
    var buffer: [UInt8] = []
    func flush() throws {
      try child.write(buffer)
      buffer.removeAll(keepingCapacity: true)
    }
    let value: Value
    do {
      value = try feed { text in
        buffer += text.utf8
        if buffer.count >= 1 << 16 { try flush() }
      }
      buffer += "done\n".utf8
      try flush()
    } catch is ChildProcess.Ended {
      _ = try child.end()
      throw StorageError(.io, "git fast-import ended early")
    } catch {
      _ = try? child.end()
      throw error
    }
    _ = try child.end()
    return value
  }

  @discardableResult
  private func run(_ words: [String], inRepository: Bool = true) throws -> String {
    try start(words, inRepository: inRepository).end()
  }

  private func start(_ words: [String], inRepository: Bool) throws -> ChildProcess {
    guard let program = SystemCommand.path(of: "git") else {
      throw StorageError(.io, "the program 'git' is not installed", hint: "install the package git")
    }
    let place = inRepository ? ["--git-dir=" + gitFolder, "--work-tree=" + folder] : []
    // Git's own look at the folder's owner is for repositories that it finds by itself; ours was looked at.
    let safe = ["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "gc.auto=0", "-c", "safe.directory=*"]
    return try ChildProcess(program, safe + place + words, environment: Self.environment)
  }

  private static func names(in path: String) throws -> Set<String> {
    guard let folder = opendir(path) else {
      throw ModelError(.invalid, "the folder '\(TextRule.quoted(path))' cannot be read: \(String(cString: strerror(errno)))")
    }
    defer { closedir(folder) }
    var names: Set<String> = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.insert(name) }
    }
    return names
  }
}
