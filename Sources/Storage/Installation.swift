private import Foundation
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

  /// Creates folder (0700), key file and database (0600).
  /// - Throws: `.exists` when there is a database or key already; nothing is left behind when it fails.
  package func create(now: Timestamp) throws {
    for path in [databasePath, keyPath] where access(path, F_OK) == 0 {
      throw StorageError(.exists, "\(path) exists already", hint: "netjob init never overwrites; use another --db")
    }
    try makeFolder()
    try writeNew(keyPath, content: KeyRing.newFileContent())
    do {
      try writeNew(databasePath, content: "")
      let database = try SQLiteDatabase(path: databasePath, create: true)
      try database.write { try Migration.apply($0, now: now.milliseconds) }
    } catch {
      for suffix in ["", "-wal", "-shm", "-journal"] { unlink(databasePath + suffix) }
      unlink(keyPath)
      throw error
    }
  }

  /// Checks that nobody else can read or write the files, and that they belong to the effective user.
  /// - Throws: `.unsafePermissions` with the mending command, `.notFound` when there is no database.
  package func checkPermissions() throws(StorageError) {
    guard access(databasePath, F_OK) == 0 || errno != ENOENT else {
      throw StorageError(.notFound, "there is no database at \(databasePath)", hint: "netjob init creates it")
    }
    for (path, isFolder) in [(folder, true), (databasePath, false), (keyPath, false)] {
      var information = stat()
      guard lstat(path, &information) == 0 else {
        if path == keyPath {
          throw StorageError(
            .key, "the key file \(path) cannot be read: \(String(cString: strerror(errno)))",
            hint: "restore it from its backup, or name it with NETJOB_KEY_FILE; without it no secret can be read")
        }
        throw StorageError(
          .unsafePermissions, "\(path) cannot be reached: \(String(cString: strerror(errno)))",
          hint: Self.sudoHint(owner: folderOwner))
      }
      if information.st_mode & S_IFMT == S_IFLNK && !isFolder {
        throw StorageError(.unsafePermissions, "\(path) is a symbolic link: netjob opens only the file itself")
      }
      if information.st_uid != geteuid() && !(isFolder && information.st_uid == 0) {
        throw StorageError(
          .unsafePermissions, "\(path) belongs to user id \(information.st_uid), not to you (\(geteuid()))",
          hint: Self.sudoHint(owner: information.st_uid))
      }
      // A folder such as /tmp or a home is not netjob's to close, but others must not be able to replace its files.
      let forbidden: mode_t = isFolder ? 0o022 : 0o077
      if information.st_mode & forbidden != 0 && !(isFolder && information.st_mode & S_ISVTX != 0) {
        throw StorageError(
          .unsafePermissions, "\(path) can be \(isFolder ? "written" : "read or written") by other users",
          hint: "chmod \(isFolder ? "go-w" : "600") '\(path)'")
      }
    }
  }

  private var folderOwner: uid_t {
    var information = stat()
    return lstat(folder, &information) == 0 ? information.st_uid : geteuid()
  }

  /// How to come in where the files belong to a service account.
  private static func sudoHint(owner: uid_t) -> String {
    let name = getpwuid(owner).map { String(cString: $0.pointee.pw_name) } ?? "'#\(owner)'"
    return "in a shared installation: sudo -u \(name) netjob ..."
  }

  /// Reads the key file.
  package func keyRing() throws(StorageError) -> KeyRing {
    let descriptor = Foundation.open(keyPath, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else {
      throw StorageError(
        .key, "the key file \(keyPath) cannot be read: \(String(cString: strerror(errno)))",
        hint: "restore it from its backup, or name it with NETJOB_KEY_FILE; without it no secret can be read")
    }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = Foundation.read(descriptor, &buffer, buffer.count)
    return try KeyRing(fileContent: String(decoding: buffer.prefix(max(0, count)), as: UTF8.self), path: keyPath)
  }

  private func makeFolder() throws(StorageError) {
    var parts = ""
    for part in folder.split(separator: "/", omittingEmptySubsequences: true) {
      parts += (parts.isEmpty && !folder.hasPrefix("/")) ? String(part) : "/" + part
      if mkdir(parts, 0o700) != 0 && errno != EEXIST {
        throw StorageError(.io, "the folder \(parts) cannot be made: \(String(cString: strerror(errno)))")
      }
    }
  }

  private func writeNew(_ path: String, content: String) throws(StorageError) {
    let descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      throw StorageError(
        errno == EEXIST ? .exists : .io, "the file \(path) cannot be made: \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    let bytes = Array(content.utf8)
    guard Foundation.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
      let reason = String(cString: strerror(errno))
      unlink(path)
      throw StorageError(.io, "the file \(path) cannot be written: \(reason)")
    }
  }
}
