private import CDeflate
private import Synchronization

/// Compresses into the zlib format (RFC 1950) and back, whole texts at once, with one state for the whole process: making one takes
/// as long as compressing a configuration.
final class Deflater: Sendable {
  static let shared = Deflater()

  /// Pointers that are only used under the lock that they lie in.
  private struct States: @unchecked Sendable {
    var compressor: OpaquePointer?
    var decompressor: OpaquePointer?
  }

  /// The quickest level: configurations repeat themselves so much that the others win little.
  private static let level: Int32 = 1

  private let states = Mutex(States())

  /// Lives as long as the process.
  private init() {}

  /// - Returns: nil when it would not be shorter.
  func compress(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    guard bytes.count > 64 else { return nil }
    return states.withLock { states in
      states.compressor = states.compressor ?? libdeflate_alloc_compressor(Self.level)
      guard let compressor = states.compressor else { return nil }
      return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bytes.count - 1) { memory in
        let count = libdeflate_zlib_compress(compressor, bytes.baseAddress, bytes.count, memory.baseAddress, memory.count)
        return count == 0 ? nil : Array(memory.prefix(count))
      }
    }
  }

  /// - Parameter size: of what was compressed.
  /// - Returns: nil when `bytes` are damaged or make something of another size.
  func decompress(_ bytes: UnsafeBufferPointer<UInt8>, size: Int) -> [UInt8]? {
    states.withLock { states in
      states.decompressor = states.decompressor ?? libdeflate_alloc_decompressor()
      guard let decompressor = states.decompressor else { return nil }
      var isWhole = false
      let result = [UInt8](unsafeUninitializedCapacity: size) { memory, count in
        let status = libdeflate_zlib_decompress(
          decompressor, bytes.baseAddress, bytes.count, memory.baseAddress, size, nil)
        isWhole = status == LIBDEFLATE_SUCCESS
        count = isWhole ? size : 0
      }
      return isWhole ? result : nil
    }
  }
}
