private import CDeflate
private import CZstandard
private import Synchronization

/// Compresses into Zstandard frames (RFC 8878) and back, whole texts at once, with one state for the whole process: making one takes
/// as long as compressing a configuration. Reads the zlib format (RFC 1950) too, in which contents were stored before.
final class Compressor: Sendable {
  static let shared = Compressor()

  /// How a content can be compressed, as the column `blob.encoding` names it.
  enum Format: String {
    case zlib, zstd
  }

  /// Pointers that are only used under the lock that they lie in.
  private struct States: @unchecked Sendable {
    var compressor: OpaquePointer?
    var decompressor: OpaquePointer?
    /// Made for the first content in the older format.
    var inflater: OpaquePointer?
  }

  /// The quickest level that is not of the "fast" ones: those make a configuration half as long again, the slower levels win
  /// little.
  private static let level: Int32 = 1

  private let states = Mutex(States())

  /// Lives as long as the process.
  private init() {}

  /// - Returns: a frame; nil when it would not be shorter.
  func compress(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    guard bytes.count > 64 else { return nil }
    return states.withLock { states in
      states.compressor = states.compressor ?? ZSTD_createCCtx()
      guard let compressor = states.compressor else { return nil }
      return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bytes.count - 1) { memory in
        let count = ZSTD_compressCCtx(
          compressor, memory.baseAddress, memory.count, bytes.baseAddress, bytes.count, Self.level)
        return ZSTD_isError(count) != 0 ? nil : Array(memory.prefix(count))
      }
    }
  }

  /// - Parameter size: of what was compressed.
  /// - Returns: nil when `bytes` are damaged or make something of another size.
  func decompress(_ bytes: UnsafeBufferPointer<UInt8>, _ format: Format, size: Int) -> [UInt8]? {
    states.withLock { states in
      var isWhole = false
      let result = [UInt8](unsafeUninitializedCapacity: size) { memory, count in
        switch format {
        case .zstd:
          states.decompressor = states.decompressor ?? ZSTD_createDCtx()
          guard let decompressor = states.decompressor else { return }
          isWhole = size == ZSTD_decompressDCtx(decompressor, memory.baseAddress, size, bytes.baseAddress, bytes.count)
        case .zlib:
          states.inflater = states.inflater ?? libdeflate_alloc_decompressor()
          guard let inflater = states.inflater else { return }
          let status = libdeflate_zlib_decompress(inflater, bytes.baseAddress, bytes.count, memory.baseAddress, size, nil)
          isWhole = status == LIBDEFLATE_SUCCESS
        }
        count = isWhole ? size : 0
      }
      return isWhole ? result : nil
    }
  }
}
