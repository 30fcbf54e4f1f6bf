private import Crypto
private import Glibc

/// A hash of a whole file, read piece by piece: files may be larger than the memory.
package enum FileDigest {
  /// Hashes that devices compute, too.
  package enum Function: String, Sendable, CaseIterable {
    case md5, sha1, sha256, sha512
  }

  /// Reads the file from its beginning; its place in it stays as it is. Blocks while it does.
  /// - Returns: hexadecimal digits in lower case; nil where it cannot be read.
  package static func hexadecimal(of descriptor: Int32, _ function: Function) -> String? {
    switch function {
    case .md5: digest(of: descriptor, Insecure.MD5())
    case .sha1: digest(of: descriptor, Insecure.SHA1())
    case .sha256: digest(of: descriptor, SHA256())
    case .sha512: digest(of: descriptor, SHA512())
    }
  }

  private static func digest(of descriptor: Int32, _ function: some HashFunction) -> String? {
    var function = function
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { memory.deallocate() }
    var offset: off_t = 0
    while true {
      let count = pread(descriptor, memory.baseAddress, memory.count, offset)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { break }
      function.update(bufferPointer: UnsafeRawBufferPointer(rebasing: memory.prefix(count)))
      offset += off_t(count)
    }
    return function.finalize().map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }
}
