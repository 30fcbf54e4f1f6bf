private import Glibc
internal import JobModel
private import Synchronization

/// The files that jobs may copy to devices: those in the folder `files` of the installation, and in folders within it. Whoever may
/// save jobs would else have any file read that netjob can read, its key among them.
package struct FileFolder: Sendable {
  private let path: String
  private let compared = Compared()

  package init(path: String) { self.path = path }

  /// What files were when they were found to have a content: large ones are read once for all that want to know.
  private final class Compared: Sendable {
    let versions = Mutex<[String: FileVersion]>([:])
  }

  /// The version of the file in which it has had this content.
  /// - Parameter digest: SHA-256 in hexadecimal.
  func version(_ name: String, with digest: String) -> FileVersion? { compared.versions.withLock { $0[digest + name] } }

  /// Remembers that this version has this content.
  func remember(_ name: String, _ version: FileVersion?, with digest: String) {
    compared.versions.withLock { $0[digest + name] = version }
  }

  /// Opens a file for reading.
  /// - Parameter name: its name in the folder; `/` parts folders.
  /// - Returns: a descriptor, which the caller closes.
  /// - Throws: `.invalid` for what is no file of the folder, or lies behind a symbolic link.
  func open(_ name: String) throws(ModelError) -> Int32 {
    func refusal(_ why: String) -> ModelError {
      ModelError(
        .invalid, "the file '\(TextRule.quoted(name))' \(why)", hint: "files that jobs copy lie in \(TextRule.quoted(path))")
    }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." || $0.utf8.contains(0) }) else {
      throw refusal("is not named as a file in the folder")
    }
    var descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw refusal("cannot be looked for: \(String(cString: strerror(errno)))") }
    for (index, part) in parts.enumerated() {
      let isLast = index == parts.count - 1
      let next = openat(descriptor, part, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | (isLast ? O_NONBLOCK : O_DIRECTORY))
      let number = errno
      close(descriptor)
      guard next >= 0 else {
        throw refusal(number == ELOOP ? "is a symbolic link" : "cannot be read: \(String(cString: strerror(number)))")
      }
      descriptor = next
    }
    var information = stat()
    guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw refusal("is no file")
    }
    return descriptor
  }
}

/// What changes with a file's content.
struct FileVersion: Equatable, Sendable {
  var device: UInt64
  var inode: UInt64
  var byteCount: Int
  var seconds: [Int]
  var nanoseconds: [Int]

  init?(_ descriptor: Int32) {
    var information = stat()
    guard fstat(descriptor, &information) == 0 else { return nil }
    device = UInt64(information.st_dev)
    inode = UInt64(information.st_ino)
    byteCount = Int(information.st_size)
    seconds = [information.st_mtim.tv_sec, information.st_ctim.tv_sec]
    nanoseconds = [information.st_mtim.tv_nsec, information.st_ctim.tv_nsec]
  }
}
