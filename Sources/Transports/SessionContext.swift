import CSSH2
import Glibc

/// What libssh2's callbacks find through the session's abstract pointer. It belongs to one `SSHSession`.
final class SessionContext {
  /// How many bytes one call into libssh2 may still receive. When they are used up, libssh2 is told to wait, so that a
  /// flooding server cannot keep the loop's thread in one call.
  var sliceByteCount = 0
  private(set) var sliceIsUsedUp = false
  /// All bytes received, and how many may be: libssh2 queues packets that nobody asked for.
  private(set) var receivedByteCount = 0
  var receivableByteCount = 0
  private(set) var exceededLimit = false
  /// The server ended the connection, in whatever words libssh2 may put it.
  private(set) var hasEnded = false
  /// What it said of that, safe to print.
  private(set) var goodbye: String?
  /// The server's first bytes, to read its identification and algorithms from.
  private(set) var prelude: [UInt8] = []
  private var keepsPrelude = true

  var responder: KeyboardResponder?
  /// The server took a password and wants another one.
  var wantsNewPassword = false
  /// What the SSH agent is asked to sign, while it is.
  var signing: AgentSigning?

  static let sliceSize = 128 * 1024
  private static let maximumPreludeByteCount = 64 * 1024

  /// To be called before each call into libssh2.
  func beginSlice() {
    sliceByteCount = Self.sliceSize
    sliceIsUsedUp = false
  }

  /// To be called when the algorithms are agreed on.
  func forgetPrelude() {
    keepsPrelude = false
    prelude = []
  }

  /// Receives for libssh2; returns a byte count, 0 at the end of the stream, or a negative error number.
  func receive(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ length: Int, _ flags: Int32) -> Int {
    guard receivedByteCount < receivableByteCount else {
      exceededLimit = true
      return -Int(ECONNABORTED)
    }
    guard sliceByteCount > 0 else {
      sliceIsUsedUp = true
      return -Int(EAGAIN)
    }
    let count = recv(descriptor, buffer, min(length, sliceByteCount), flags)
    if count < 0 {
      let number = errno
      if number != EAGAIN && number != EINTR { hasEnded = true }
      return -Int(number)
    }
    if count == 0 { hasEnded = true }
    sliceByteCount -= count
    receivedByteCount += count
    let room = Self.maximumPreludeByteCount - prelude.count
    if keepsPrelude, room > 0 { prelude += UnsafeRawBufferPointer(start: buffer, count: min(count, room)) }
    return count
  }

  /// The server said that it ends the connection.
  func end(saying text: [UInt8]) {
    hasEnded = true
    if !text.isEmpty { goodbye = PrintableBytes(text, limit: 200).description }
  }

  /// Finds the context of a callback.
  static func from(_ abstract: UnsafeMutablePointer<UnsafeMutableRawPointer?>?) -> SessionContext? {
    guard let pointer = abstract?.pointee else { return nil }
    return Unmanaged<SessionContext>.fromOpaque(pointer).takeUnretainedValue()
  }
}
