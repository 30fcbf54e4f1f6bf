private import Glibc
package import JobModel
internal import Storage
private import Synchronization
internal import ToolCatalog
internal import Transports

/// A file that a job copies to devices, as it was when the job was saved. It is never in memory as a whole.
package final class PushedFile: Sendable {
  package let name: String
  /// What was pinned: hexadecimal digits, and bytes.
  package let digest: String
  package let byteCount: Int
  private let folder: FileFolder
  private let digests = Mutex<[FileHash: Task<String, any Error>]>([:])

  package init(_ name: String, digest: String, byteCount: Int, in folder: FileFolder) {
    self.name = name
    self.digest = digest
    self.byteCount = byteCount
    self.folder = folder
  }

  /// Reads a file, to pin it.
  /// - Throws: `.invalid`.
  package convenience init(pinning name: String, in folder: FileFolder) throws(ModelError) {
    let descriptor = try folder.open(name)
    defer { close(descriptor) }
    guard let before = FileVersion(descriptor), let digest = FileDigest.hexadecimal(of: descriptor, .sha256),
      FileVersion(descriptor) == before
    else { throw ModelError(.invalid, "the file '\(TextRule.quoted(name))' cannot be read, or is being written") }
    self.init(name, digest: digest, byteCount: before.byteCount, in: folder)
  }

  /// Reads the file, unless it is one that was read before, by whomever of this process. Blocks while it does.
  /// - Throws: `.invalid` when it is not the one that was pinned.
  package func check() throws(ModelError) {
    let descriptor = try folder.open(name)
    defer { close(descriptor) }
    let version = FileVersion(descriptor)
    if let version, folder.version(name, with: digest) == version { return }
    guard let now = FileDigest.hexadecimal(of: descriptor, .sha256), now == digest, version?.byteCount == byteCount else {
      throw changed
    }
    folder.remember(name, version, with: digest)
  }

  private var changed: ModelError {
    ModelError(
      .invalid, "the file '\(TextRule.quoted(name))' is not the one that was pinned: \(byteCount) bytes, SHA-256 \(digest)",
      hint: "whoever changed it: netjob job edit JOB --param file=\(name) pins it as it is now")
  }

  /// The hash that a device should find, made once.
  /// - Throws: `ModelError`, `TransportError`.
  func hash(_ function: FileHash) async throws -> String {
    if function == .sha256 { return digest }
    let task = digests.withLock { digests in
      if let task = digests[function] { return task }
      let task = Task { [folder, name, digest] in
        try await LoopThread.run {
          let descriptor = try folder.open(name)
          defer { close(descriptor) }
          // Of the pinned content, whatever became of the file meanwhile.
          guard let same = FileDigest.hexadecimal(of: descriptor, .sha256), same == digest,
            let function = FileDigest.Function(rawValue: function.rawValue),
            let hash = FileDigest.hexadecimal(of: descriptor, function)
          else { throw ModelError(.invalid, "the file '\(TextRule.quoted(name))' changed while it was being copied") }
          return hash
        }
      }
      digests[function] = task
      return task
    }
    return try await task.value
  }

  /// Opens the file, which must be the one that was pinned.
  /// - Throws: `ModelError`, `TransportError`.
  func open() async throws -> Reader {
    try await LoopThread.run { try self.check() }
    return Reader(try folder.open(name), name: name, folder.version(name, with: digest))
  }

  /// The open file, of one device.
  final class Reader {
    private let descriptor: Int32
    private let name: String
    private let version: FileVersion?

    fileprivate init(_ descriptor: Int32, name: String, _ version: FileVersion?) {
      self.descriptor = descriptor
      self.name = name
      self.version = version
    }

    deinit { close(descriptor) }

    /// Up to `count` bytes from `offset`; fewer at the end of the file.
    /// - Throws: `ModelError`.
    func read(_ count: Int, at offset: Int) throws(ModelError) -> [UInt8] {
      var failed = false
      let bytes = [UInt8](unsafeUninitializedCapacity: count) { memory, filled in
        while filled < count {
          let more = pread(descriptor, memory.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
          if more < 0 && errno == EINTR { continue }
          if more < 0 { failed = true }
          if more <= 0 { break }
          filled += more
        }
      }
      if failed { throw ModelError(.invalid, "the file '\(TextRule.quoted(name))' cannot be read") }
      return bytes
    }

    /// Whether nobody wrote to the file since it was compared with what was pinned.
    var isUnchanged: Bool { version != nil && FileVersion(descriptor) == version }
  }
}
