import Foundation
import Storage

/// A file system in memory of a size that the test chooses, mounted where only this thread sees it. Root only.
///
/// The mount goes with the process: it is for tests that run in one of their own.
struct SmallDisk {
  let path: String

  init(options: String) throws {
    typealias Unshare = @convention(c) (Int32) -> Int32
    typealias Mount =
      @convention(c) (
        UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafePointer<CChar>?, UInt, UnsafePointer<CChar>?
      ) -> Int32
    // Looked up by name: the one is not, the other not always, among the functions that Swift imports.
    guard let unshareSymbol = dlsym(nil, "unshare"), let mountSymbol = dlsym(nil, "mount") else {
      throw StorageError(.io, "the C library has no unshare or mount")
    }
    let unshare = unsafeBitCast(unshareSymbol, to: Unshare.self)
    let mount = unsafeBitCast(mountSymbol, to: Mount.self)
    let newNamespace: Int32 = 0x20000
    let recursivePrivate: UInt = 0x44000
    let readOnly: UInt = 1
    var template = Array("/tmp/netjob-disk-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil, unshare(newNamespace) == 0, mount(nil, "/", nil, recursivePrivate, nil) == 0 else {
      throw StorageError(.io, "no mount namespace: \(String(cString: strerror(errno)))")
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let words = options.split(separator: ",").filter { $0 != "ro" }.joined(separator: ",")
    let flags = options.hasSuffix(",ro") ? readOnly : 0
    guard mount("netjob", path, "tmpfs", flags, "mode=700,\(words)") == 0 else {
      throw StorageError(.io, "no tmpfs: \(String(cString: strerror(errno)))")
    }
  }
}
