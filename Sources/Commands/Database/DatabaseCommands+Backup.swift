private import Arguments
private import Glibc
private import JobModel
private import Storage
private import Terminal

extension DatabaseCommands {
  private static let file = Operand<String>(
    "FILE", help: "the new file, or '-' for standard output; nothing is overwritten", completion: .file)

  static let backup = Command(
    ["db", "backup"], summary: "copy the database while others go on using it",
    discussion: """
      The copy is one moment of the database, whole, with mode 0600. The key is not in it: without the key no secret in the copy \
      can be read and its audit log cannot be checked, so keep a copy of the key too, in another place.

      To restore, stop cron, remove netjob.db, netjob.db-wal and netjob.db-shm, put the copy there as netjob.db (mode 0600, \
      belonging to the same account), and run 'netjob db check'.
      """,
    needs: [.ownerOrOneOf([.administer])], parameters: [file],
    examples: [
      Example("netjob db backup /backup/netjob-2026-12-01.db", "copy the database"),
      Example("sudo -u netjob netjob db backup - | gzip > netjob.db.gz", "the same in a shared installation"),
    ],
    exitCodes: [ExitCode(6, "there is a file of that name already")], seeAlso: ["db check"]
  ) { context, arguments in
    let path = arguments[file]
    try context.requireOwnFiles(path, as: "the file")
    if path == "-" && context.output.isTerminal {
      throw ModelError(.invalid, "the copy is no text for a terminal", hint: "netjob db backup - > FILE")
    }
    if path == "-" && context.isJSON {
      throw ModelError(.invalid, "--json has no place beside the copy on standard output", hint: "leave --json out")
    }
    if path.isEmpty { throw ModelError(.invalid, "the name of the file is empty") }
    let head = try record(context, path)
    if path == "-" {
      try stream(context)
    } else {
      try SQLiteDatabase(path: context.installation.databasePath).copy(to: path)
      var information = stat()
      let size = stat(path, &information) == 0 ? Int64(information.st_size) : 0
      context.show([
        "file": .string(path), "bytes": .integer(size), "database": .string(context.installation.databasePath),
        "head": .string(head.description),
      ]) {
        context.note("the database was copied to '\(path)', \(size) bytes")
      }
    }
    context.hint("the key is not in it: keep a copy of \(context.installation.keyPath) in another place")
    return .done
  }

  /// Leaves an audit row, which is then in the copy too. A disk that is full, or read-only, is no reason not to save the data.
  private static func record(_ context: Context, _ path: String) throws -> AuditLog.Head {
    try context.store.read { try context.requireOwnerOrAdministrator(in: $0) }
    do {
      try context.store.change(as: context.caller) { try $0.audit("db.backup", "database", path == "-" ? "" : path) }
    } catch let error as StorageError where [.diskFull, .readOnly, .io, .key].contains(error.code) {
      context.warn("the audit log could not note the copy: \(error.message)")
    }
    return try context.store.read { try AuditLog.head($0) }
  }

  /// By way of a file beside the database, as SQLite copies only into files.
  private static func stream(_ context: Context) throws {
    let path = "\(context.installation.databasePath).copy-\(getpid())"
    try SQLiteDatabase(path: context.installation.databasePath).copy(to: path)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    unlink(path)
    guard descriptor >= 0 else { throw StorageError(.io, "the copy \(path) cannot be read: \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while context.output.failure == nil {
      let count = read(descriptor, &buffer, buffer.count)
      if count == 0 { break }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw StorageError(.io, "the copy cannot be read: \(String(cString: strerror(errno)))") }
      context.output.write(bytes: buffer.prefix(count))
    }
    try context.output.finish()
  }
}
