private import Foundation

/// The key file that is to take the place of the one in force. It is made, and put in its place, only by who holds the database's
/// write lock; which of the two is the database's, the database says.
extension Installation {
  var nextKeyPath: String { keyPath + ".new" }

  var hasNextKey: Bool { Installation.isThere(nextKeyPath) }

  /// Writes the next key file (0600) so that it outlasts a power cut; one that a dead process left is replaced.
  func writeNextKey(_ content: String) throws(StorageError) {
    discardNextKey()
    try writeNew(nextKeyPath, content: content)
    try syncKeyFolder()
  }

  /// The next key; nil when there is none, or one that was not written to its end.
  /// - Throws: `.unsafePermissions` when others can read or write it, or it is not the caller's.
  func nextKeyRing() throws(StorageError) -> KeyRing? {
    guard hasNextKey else { return nil }
    try checkFile(nextKeyPath)
    return try? keyRing(at: nextKeyPath)
  }

  /// Puts the next key file in the place of the one in force.
  func adoptNextKey() throws(StorageError) {
    guard rename(nextKeyPath, keyPath) == 0 else { throw failure("the key file \(keyPath) cannot be replaced by \(nextKeyPath)") }
    try syncKeyFolder()
  }

  func discardNextKey() { unlink(nextKeyPath) }

  private func syncKeyFolder() throws(StorageError) {
    let folder = keyPath.lastIndex(of: "/").map { $0 == keyPath.startIndex ? "/" : String(keyPath[..<$0]) } ?? "."
    let descriptor = Foundation.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("the folder \(folder) cannot be opened") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("the folder \(folder) cannot be written") }
  }
}
