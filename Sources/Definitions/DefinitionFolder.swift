import Glibc

/// The user's own definition files: the regular files `NAME.yaml` directly inside one folder.
///
/// Links are not followed and large files not read, as the folder may be writable by people who may not read everything.
package struct DefinitionFolder: Sendable {
  /// No sensible definition is larger, bytes.
  package static let byteCountLimit = 256 * 1024
  private static let suffix = ".yaml"

  package let path: String

  package init(path: String) {
    self.path = path
  }

  /// The names of the files, sorted, without `.yaml`; empty when the folder does not exist.
  /// - Throws: `.unreadable`.
  package func names() throws(DefinitionError) -> [String] {
    guard let folder = opendir(path) else {
      if errno == ENOENT { return [] }
      throw unreadable(path)
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let file = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
          String(cString: $0)
        }
      }
      if file.hasSuffix(Self.suffix), !file.hasPrefix(".") { names.append(String(file.dropLast(Self.suffix.count))) }
    }
    return names.sorted()
  }

  /// The bytes of the file that defines `name`, `nil` where there is none.
  /// - Throws: `.unreadable`, for links, folders, devices and files beyond the limit too.
  package func contents(of name: String) throws(DefinitionError) -> [UInt8]? {
    guard !name.isEmpty, !name.contains("/"), !name.hasPrefix("."), !name.utf8.contains(0) else { return nil }
    return try Self.contents(ofFile: filePath(of: name), allowMissing: true)
  }

  /// The path of the file that defines `name`.
  package func filePath(of name: String) -> String { path + "/" + name + Self.suffix }

  /// The bytes of one definition file, as `platform check FILE` reads it.
  /// - Throws: `.unreadable`.
  package static func contents(ofFile path: String) throws(DefinitionError) -> [UInt8] {
    try contents(ofFile: path, allowMissing: false) ?? []
  }

  private static func contents(ofFile path: String, allowMissing: Bool) throws(DefinitionError) -> [UInt8]? {
    // O_NONBLOCK: opening a FIFO must not wait for its other end.
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT, allowMissing { return nil }
      if errno == ELOOP {
        throw DefinitionError(.unreadable, "'\(path)' is a symbolic link; definitions are regular files", file: path)
      }
      throw unreadable(path)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw unreadable(path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw DefinitionError(.unreadable, "'\(path)' is no regular file", file: path)
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16 * 1024)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw unreadable(path)
      }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
      guard bytes.count <= byteCountLimit else {
        throw DefinitionError(.unreadable, "'\(path)' is larger than \(byteCountLimit) bytes", file: path)
      }
    }
  }

  private static func unreadable(_ path: String) -> DefinitionError {
    let reason = String(cString: strerror(errno)).lowercased()
    return DefinitionError(.unreadable, "cannot read '\(path)': \(reason)", file: path)
  }

  private func unreadable(_ path: String) -> DefinitionError { Self.unreadable(path) }
}
