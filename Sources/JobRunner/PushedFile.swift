private import Glibc
package import JobModel
internal import Storage
private import Synchronization
internal import ToolCatalog
internal import Transports

/// A file that a job copies to devices, as it was when the job was saved, and never in memory as a whole; or a short one that
/// netjob itself makes, and that is on no disk.
package final class PushedFile: Sendable {
  package let name: String
  /// What was pinned: hexadecimal digits, and bytes.
  package let digest: String
  package let byteCount: Int
  private let source: Source
  private let digests = Mutex<[FileHash: Task<String, any Error>]>([:])

  package init(_ name: String, digest: String, byteCount: Int, in folder: FileFolder) {
    self.name = name
    self.digest = digest
    self.byteCount = byteCount
    source = .folder(folder)
  }

  /// A file with this content.
  /// - Throws: `.invalid` where the system has no place for it.
  init(_ name: String, content: [UInt8]) throws(ModelError) {
    let noPlace = ModelError(.invalid, "there is no place in memory for the file '\(TextRule.quoted(name))'")
    // Its name is gone at once: nobody else can open it, and it ends with the last descriptor.
    let nameInMemory = "/netjob-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    let memory = OwnedDescriptor(shm_open(nameInMemory, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600))
    guard memory.number >= 0 else { throw noPlace }
    shm_unlink(nameInMemory)
    var offset = 0
    while offset < content.count {
      let written = content.withUnsafeBytes { bytes in
        pwrite(memory.number, bytes.baseAddress.map { $0 + offset }, content.count - offset, off_t(offset))
      }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { throw noPlace }
      offset += written
    }
    guard let digest = FileDigest.hexadecimal(of: memory.number, .sha256) else { throw noPlace }
    self.name = name
    self.digest = digest
    byteCount = content.count
    source = .memory(memory)
  }

  private enum Source {
    case folder(FileFolder)
    case memory(OwnedDescriptor)

    /// A descriptor for the caller to close.
    func open(_ name: String) throws(ModelError) -> Int32 {
      switch self {
      case .folder(let folder): return try folder.open(name)
      case .memory(let memory):
        let copy = fcntl(memory.number, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw ModelError(.invalid, "too many files are open for '\(TextRule.quoted(name))'") }
        return copy
      }
    }
  }

  /// Is closed with the last that has it.
  private final class OwnedDescriptor: Sendable {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    deinit { if number >= 0 { close(number) } }
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
    guard case .folder(let folder) = source else { return }
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
      let task = Task { [source, name, digest] in
        try await LoopThread.run {
          let descriptor = try source.open(name)
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
    let descriptor = try source.open(name)
    switch source {
    case .folder(let folder): return Reader(descriptor, name: name, folder.version(name, with: digest))
    case .memory: return Reader(descriptor, name: name, FileVersion(descriptor))
    }
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
