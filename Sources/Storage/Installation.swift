private import Foundation
internal import JobModel
package import Scheduling

/// The files of one netjob: the database, its key, and the folder they are in.
package struct Installation: Sendable {
  package let databasePath: String
  package let keyPath: String

  /// - Parameter keyFile: another place for the key (`NETJOB_KEY_FILE`); nil is `netjob.key` beside the database.
  package init(databasePath: String, keyFile: String? = nil) {
    self.databasePath = databasePath
    keyPath = keyFile ?? Installation.folder(of: databasePath) + "/netjob.key"
  }

  /// The folder of the database, where the user's own `platforms` and `tools` folders are too.
  package var folder: String { Installation.folder(of: databasePath) }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Who owns the database file; nil when there is none.
  package var owner: UInt32? {
    var information = stat()
    return stat(databasePath, &information) == 0 ? information.st_uid : nil
  }

  /// Creates folder (0700), key file and database (0600), whatever the umask.
  /// - Throws: `.exists` when there is a database or key already, `.unsafePermissions` when others can write the folder;
  ///   nothing is left behind when it fails.
  package func create(now: Timestamp) throws {
    // A journal without its database would be played into the new one.
    for path in [databasePath, keyPath, nextKeyPath, databasePath + "-wal", databasePath + "-journal"]
    where Installation.isThere(path) {
      throw StorageError(.exists, "\(path) exists already", hint: "netjob init never overwrites; use another --db")
    }
    var madeFolders: [String] = []
    var madeFiles: [String] = []
    do {
      try makeFolder(&madeFolders)
      try checkFolder()
      try writeNew(keyPath, content: KeyRing.newFileContent())
      madeFiles.append(keyPath)
      try writeNew(databasePath, content: "")
      madeFiles += ["", "-wal", "-shm", "-journal"].map { databasePath + $0 }
      let keys = try keyRing()
      let database = try SQLiteDatabase(path: databasePath, create: true)
      try database.write { sql in
        try Migration.apply(sql, now: now.milliseconds)
        try Store.writeKeyCheck(sql, keys)
      }
    } catch {
      // Only what was made here: what another process put there meanwhile is not ours to remove.
      for path in madeFiles { unlink(path) }
      for path in madeFolders.reversed() { rmdir(path) }
      throw error
    }
  }

  /// Whether there is something at the path, a dangling link included.
  static func isThere(_ path: String) -> Bool {
    var information = stat()
    return lstat(path, &information) == 0
  }

  /// Checks that nobody else can read or write the files, and that they belong to the effective user.
  /// - Throws: `.unsafePermissions` with the mending command, `.notFound` when there is no database, `.key` when there is no key.
  package func checkPermissions() throws(StorageError) {
    guard access(databasePath, F_OK) == 0 || errno != ENOENT else {
      throw StorageError(.notFound, "there is no database at \(TextRule.quoted(databasePath))", hint: "netjob init creates it")
    }
    // First: what is said of the folder of a device, say, would be bad advice.
    try checkKind(databasePath)
    try checkFolder()
    try checkFile(databasePath)
    try checkFile(keyPath)
  }

  /// Others must not be able to write the folder, not even a sticky one such as /tmp: whoever plants a journal beside the
  /// database writes into the database. Nor may they look into it: SQLite's files come and go there, and copies lie there.
  private func checkFolder() throws(StorageError) {
    var information = stat()
    guard stat(folder, &information) == 0 else {
      throw StorageError(.unsafePermissions, "\(folder) cannot be reached: \(String(cString: strerror(errno)))")
    }
    if information.st_uid != 0 { try checkOwner(information, folder) }
    if information.st_mode & 0o077 != 0 {
      throw StorageError(
        .unsafePermissions, "\(folder) can be \(information.st_mode & 0o022 != 0 ? "written" : "read") by other users",
        hint: information.st_mode & S_ISVTX != 0 || information.st_uid != geteuid()
          ? "keep the database in a folder of its own" : "chmod 700 '\(folder)', or keep the database in a folder of its own")
    }
  }

  func checkFile(_ path: String) throws(StorageError) {
    var information = stat()
    guard lstat(path, &information) == 0 else {
      if path == keyPath { throw unreadableKey() }
      throw StorageError(
        .unsafePermissions, "\(path) cannot be reached: \(String(cString: strerror(errno)))",
        hint: Self.sudoHint(owner: folderOwner))
    }
    try checkKind(path)
    try checkOwner(information, path)
    // No hint to close a file that is not netjob's: it may be /etc/passwd.
    if path == databasePath && !Installation.looksLikeDatabase(path) {
      throw StorageError(
        .corrupt, "\(path) is damaged or no netjob database",
        hint: "restore it from a backup; 'sqlite3 FILE .recover' may save rows")
    }
    if information.st_mode & 0o077 != 0 {
      throw StorageError(
        .unsafePermissions, "\(path) can be read or written by other users", hint: "chmod 600 '\(path)'")
    }
  }

  private func checkKind(_ path: String) throws(StorageError) {
    var information = stat()
    // One that cannot be reached is told by who looks closer.
    guard lstat(path, &information) == 0 else { return }
    if information.st_mode & S_IFMT == S_IFLNK {
      throw StorageError(.unsafePermissions, "\(path) is a symbolic link: netjob opens only the file itself")
    }
    if information.st_mode & S_IFMT != S_IFREG { throw StorageError(.unsafePermissions, "\(path) is no regular file") }
  }

  /// For a file without netjob's tables.
  var notOurs: StorageError {
    var information = stat()
    if stat(databasePath, &information) == 0, information.st_size == 0, information.st_mode & S_IFMT == S_IFREG {
      return StorageError(
        .corrupt, "\(databasePath) is empty: it is no netjob database",
        hint: "restore it from a backup; or remove it, and netjob init creates a new one")
    }
    return StorageError(
      .corrupt, "\(databasePath) is no netjob database: it has none of its tables",
      hint: "use another --db: netjob init creates one there")
  }

  /// Whether a file that can be read begins as SQLite's do, or is empty; one that cannot be read is judged when it is opened.
  private static func looksLikeDatabase(_ path: String) -> Bool {
    let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return true }
    defer { close(descriptor) }
    var header = [UInt8](repeating: 0, count: 16)
    let count = Foundation.read(descriptor, &header, header.count)
    return count <= 0 || header.prefix(count).elementsEqual(Array("SQLite format 3\0".utf8).prefix(count))
  }

  private func checkOwner(_ information: stat, _ path: String) throws(StorageError) {
    if information.st_uid != geteuid() {
      throw StorageError(
        .unsafePermissions, "\(path) belongs to user id \(information.st_uid), not to you (\(geteuid()))",
        hint: Self.sudoHint(owner: information.st_uid))
    }
  }

  private var folderOwner: uid_t {
    var information = stat()
    return stat(folder, &information) == 0 ? information.st_uid : geteuid()
  }

  /// How to come in where the files belong to a service account.
  private static func sudoHint(owner: uid_t) -> String {
    let name = getpwuid(owner).map { String(cString: $0.pointee.pw_name) } ?? "'#\(owner)'"
    return "in a shared installation: sudo -u \(name) netjob ..."
  }

  private func unreadableKey() -> StorageError {
    StorageError(
      .key, "the key file \(keyPath) cannot be read: \(String(cString: strerror(errno)))",
      hint: "restore it from its backup, or name it with NETJOB_KEY_FILE; without it no secret can be read")
  }

  /// Reads the key file.
  package func keyRing() throws(StorageError) -> KeyRing { try keyRing(at: keyPath) }

  func keyRing(at path: String) throws(StorageError) -> KeyRing {
    let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw unreadableKey() }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = Foundation.read(descriptor, &buffer, buffer.count)
    return try KeyRing(fileContent: String(decoding: buffer.prefix(max(0, count)), as: UTF8.self), path: path)
  }

  private func makeFolder(_ made: inout [String]) throws(StorageError) {
    var parts = ""
    for part in folder.split(separator: "/", omittingEmptySubsequences: true) {
      parts += (parts.isEmpty && !folder.hasPrefix("/")) ? String(part) : "/" + part
      if mkdir(parts, 0o700) == 0 {
        made.append(parts)
        // The umask may have taken bits away.
        chmod(parts, 0o700)
      } else if errno != EEXIST {
        throw failure("the folder \(parts) cannot be made")
      }
    }
  }

  func writeNew(_ path: String, content: String) throws(StorageError) {
    let descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      if errno == EEXIST {
        throw StorageError(.exists, "\(path) exists already", hint: "netjob init never overwrites; use another --db")
      }
      throw failure("the file \(path) cannot be made")
    }
    defer { close(descriptor) }
    let bytes = Array(content.utf8)
    guard fchmod(descriptor, 0o600) == 0, Foundation.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0
    else {
      let error = failure("the file \(path) cannot be written")
      unlink(path)
      throw error
    }
  }

  func failure(_ what: String) -> StorageError {
    let code: StorageError.Code =
      switch errno {
      case ENOSPC, EDQUOT: .diskFull
      case EROFS: .readOnly
      default: .io
      }
    return StorageError(code, "\(what): \(String(cString: strerror(errno)))")
  }
}
