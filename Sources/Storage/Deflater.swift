private import CZlib
private import Synchronization

/// Compresses into the zlib format (RFC 1950) with one state for the whole process: making one takes as long as compressing a
/// configuration.
final class Deflater: Sendable {
  static let shared = Deflater()

  /// A pointer that is only used under the lock that it lies in.
  private struct Stream: @unchecked Sendable {
    var pointer: UnsafeMutablePointer<z_stream>?
  }

  /// The quickest level: configurations repeat themselves so much that the others win little.
  private static let level: Int32 = 1

  private let stream = Mutex(Stream(pointer: nil))

  /// Lives as long as the process.
  private init() {}

  /// - Returns: nil when it would not be shorter.
  func compress(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    guard bytes.count > 64, bytes.count <= Int(UInt32.max) else { return nil }
    return stream.withLock { holder in
      guard let stream = holder.pointer ?? Self.makeStream(), deflateReset(stream) == Z_OK else { return nil }
      holder.pointer = stream
      var isDone = false
      let result = [UInt8](unsafeUninitializedCapacity: bytes.count - 1) { memory, count in
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
        stream.pointee.avail_in = UInt32(bytes.count)
        stream.pointee.next_out = memory.baseAddress
        stream.pointee.avail_out = UInt32(memory.count)
        isDone = deflate(stream, Z_FINISH) == Z_STREAM_END
        count = memory.count - Int(stream.pointee.avail_out)
      }
      // Its memory is as large as the text was.
      return isDone ? Array(result[...]) : nil
    }
  }

  private static func makeStream() -> UnsafeMutablePointer<z_stream>? {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    guard deflateInit_(stream, level, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      stream.deallocate()
      return nil
    }
    return stream
  }
}
