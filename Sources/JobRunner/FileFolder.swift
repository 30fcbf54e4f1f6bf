private import Glibc
internal import JobModel

/// The files that jobs may copy to devices: those in the folder `files` of the installation, and in folders within it. Whoever may
/// save jobs would else have any file read that netjob can read, its key among them.
package struct FileFolder: Sendable {
  private let path: String

  package init(path: String) { self.path = path }

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
