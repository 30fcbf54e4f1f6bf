private import Glibc
package import JobModel
package import Storage
private import Synchronization
internal import Transports

/// The file of an agent: read once, checked, and kept in memory, so that what was checked is what runs.
package struct AgentFile: Sendable {
  package let bytes: [UInt8]
  /// SHA-256 in hexadecimal.
  package let digest: String

  private static let sizeLimit = 256 << 20

  /// Reads the file.
  /// - Throws: `.invalid` when it is no program, or others than its owner could put another in its place.
  package init(reading path: String) throws(ModelError) {
    func refusal(_ why: String) -> ModelError { ModelError(.invalid, "the agent's file '\(TextRule.quoted(path))' \(why)") }
    guard path.hasPrefix("/") else { throw refusal("is not named by its whole path") }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { throw refusal("cannot be read: \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    var information = stat()
    guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else { throw refusal("is no file") }
    guard information.st_mode & 0o111 != 0 else { throw refusal("is not executable (chmod u+x)") }
    guard information.st_size <= Self.sizeLimit else { throw refusal("is larger than \(Self.sizeLimit >> 20) MiB") }
    func isSafe(_ information: stat) -> Bool {
      let isSticky = information.st_mode & S_IFMT == S_IFDIR && information.st_mode & 0o1000 != 0
      return (information.st_uid == 0 || information.st_uid == geteuid()) && (information.st_mode & 0o022 == 0 || isSticky)
    }
    guard isSafe(information) else { throw refusal("can be written by others, or is somebody else's (chown, chmod go-w)") }
    var folder = path
    while let slash = folder.lastIndex(of: "/"), !folder.isEmpty {
      folder = String(folder[..<slash])
      let name = folder.isEmpty ? "/" : folder
      guard stat(name, &information) == 0, isSafe(information) else {
        throw refusal("lies in '\(TextRule.quoted(name))', which others can write or own (chown, chmod go-w)")
      }
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0, bytes.count <= Self.sizeLimit else { throw refusal("cannot be read") }
      if count == 0 { break }
      bytes += buffer.prefix(count)
    }
    self.bytes = bytes
    digest = sha256(bytes)
  }
}

extension AgentFile {
  /// Reads the file, which must be the one that was pinned.
  fileprivate init(reading path: String, pinned: String) throws(ModelError) {
    try self.init(reading: path)
    guard digest == pinned else {
      throw ModelError(
        .invalid, "the agent's file '\(path)' is not the one that was pinned: its SHA-256 is \(digest), pinned was \(pinned)",
        hint: "whoever changed it: netjob agent pin takes it as it is now")
    }
  }
}

extension AgentRecord {
  /// - Throws: why its file would not be started.
  package func checkFile() throws(ModelError) { _ = try AgentFile(reading: path, pinned: digest) }
}

/// The program of an agent for one execution: its file is read when the first device wants it, and must be the one that was pinned.
final class AgentProgram: Sendable {
  private let path: String
  private let digest: String
  private let loaded = Mutex<SealedProgram?>(nil)

  init(path: String, digest: String) {
    self.path = path
    self.digest = digest
  }

  /// - Throws: `ModelError`, `TransportError`.
  func load() throws -> SealedProgram {
    try loaded.withLock { loaded in
      if let loaded { return loaded }
      let program = try SealedProgram(try AgentFile(reading: path, pinned: digest).bytes)
      loaded = program
      return program
    }
  }
}
