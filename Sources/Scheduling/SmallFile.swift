import Glibc

/// Bounded reads from the time zone folder and the machine's zone settings.
enum SmallFile {
  /// The bytes of a regular file; nil if there is none, it cannot be read, or it exceeds `limit` and is not to be cut.
  static func read(_ path: String, limit: Int, cutting: Bool = false) -> [UInt8]? {
    // Non-blocking, so that a FIFO in its place cannot hold the program.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    guard cutting || status.st_size <= limit else { return nil }
    var bytes: [UInt8] = []
    // The size may change under us, so it is the loop that bounds.
    while bytes.count <= limit {
      let wanted = limit + 1 - bytes.count
      var chunk = [UInt8](repeating: 0, count: min(wanted, 8192))
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0 {
        if errno == EINTR { continue }
        return nil
      }
      if count == 0 { break }
      bytes += chunk.prefix(count)
    }
    if bytes.count > limit { return cutting ? Array(bytes.prefix(limit)) : nil }
    return bytes
  }

  /// The names in a folder except hidden ones, unsorted; empty if it cannot be read.
  static func entries(_ path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while names.count < 10_000, let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names
  }

  /// When a file or folder was changed last.
  static func modificationTime(_ path: String) -> Timestamp? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return Timestamp(seconds: Int64(status.st_mtim.tv_sec))
  }

  /// Where a symbolic link points, as written in it.
  static func linkTarget(_ path: String) -> String? {
    var target = [CChar](repeating: 0, count: 4096)
    let count = readlink(path, &target, target.count)
    guard count > 0, count < target.count else { return nil }
    return String(decoding: target.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
