import CSSH2
import Glibc

/// The one owner of a libssh2 session, its channels and its socket; frees them with its last reference.
///
/// Not `Sendable`: it belongs to one actor, so that two threads never touch it at once.
final class SSHSession {
  let handle: OpaquePointer
  let socket: TCPSocket
  let context = SessionContext()
  var channel: OpaquePointer?
  /// The SFTP session, and the one file that is open in it.
  var sftp: OpaquePointer?
  var file: OpaquePointer?
  /// An operation was left half-way: only freeing is safe.
  var isBroken = false

  init(socket: TCPSocket, policy: AlgorithmPolicy) throws(TransportError) {
    guard let handle = libssh2_session_init_ex(nil, nil, nil, Unmanaged.passUnretained(context).toOpaque()) else {
      throw TransportError(.system, "libssh2 is out of memory")
    }
    self.handle = handle
    self.socket = socket
    libssh2_session_set_blocking(handle, 0)
    netjob_set_receive_function(handle) { descriptor, buffer, length, flags, abstract in
      guard let context = SessionContext.from(abstract), let buffer else { return -Int(EINVAL) }
      return context.receive(descriptor, buffer, length, flags)
    }
    netjob_set_disconnect_function(handle) { _, _, message, length, _, _, abstract in
      let text = UnsafeBufferPointer(start: message, count: message == nil ? 0 : max(0, Int(length)))
      SessionContext.from(abstract)?.end(saying: text.map(UInt8.init(bitPattern:)))
    }
    for category in AlgorithmCategory.allCases {
      guard let names = policy.offers[category], !names.isEmpty else { continue }
      for method in category.methods { libssh2_session_method_pref(handle, method, names.joined(separator: ",")) }
    }
  }

  deinit {
    // With its socket shut down libssh2 cannot ask to wait, so that a few calls free everything.
    socket.shutDown()
    context.receivableByteCount = 0
    if let file { finish { libssh2_sftp_close_handle(file) } }
    if let sftp { finish { libssh2_sftp_shutdown(sftp) } }
    if let channel { finish { libssh2_channel_free(channel) } }
    finish { libssh2_session_free(handle) }
  }

  private func finish(_ call: () -> Int32) {
    for _ in 0..<8 {
      if call() != LIBSSH2_ERROR_EAGAIN { return }
    }
  }

  /// What libssh2 waits for after it returned EAGAIN.
  var readiness: EventLoop.Readiness {
    let directions = libssh2_session_block_directions(handle)
    var readiness: EventLoop.Readiness = []
    if directions & LIBSSH2_SESSION_BLOCK_OUTBOUND != 0 { readiness.insert(.writable) }
    if directions & LIBSSH2_SESSION_BLOCK_INBOUND != 0 || readiness.isEmpty { readiness.insert(.readable) }
    return readiness
  }

  var lastStatus: Int32 { libssh2_session_last_errno(handle) }

  /// libssh2's words for the last error, safe to print.
  var lastMessage: String {
    var message: UnsafeMutablePointer<CChar>?
    libssh2_session_last_error(handle, &message, nil, 0)
    guard let message else { return "" }
    return PrintableBytes(UnsafeBufferPointer(start: message, count: strlen(message)).map(UInt8.init(bitPattern:)), limit: 200)
      .description
  }

  /// The server's words for why it ended the connection, as the end of a sentence about that.
  var goodbye: String { context.goodbye.map { ": '\($0)'" } ?? "" }

  /// The server's host key; nil before key exchange.
  var hostKey: HostKey? {
    var length = 0
    var type: Int32 = 0
    guard let key = libssh2_session_hostkey(handle, &length, &type), length > 4,
      let hash = libssh2_hostkey_hash(handle, LIBSSH2_HOSTKEY_HASH_SHA256)
    else { return nil }
    let blob = UnsafeBufferPointer(start: key, count: length).map(UInt8.init(bitPattern:))
    let digest = UnsafeBufferPointer(start: hash, count: 32).map(UInt8.init(bitPattern:))
    // The blob starts with the name of its type as a string (RFC 4253 section 6.6).
    let nameLength = blob.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    guard nameLength > 0, nameLength <= min(64, blob.count - 4) else { return nil }
    return HostKey(
      algorithm: PrintableBytes(blob[4..<(4 + nameLength)]).description,
      fingerprint: "SHA256:" + Base64.encodeUnpadded(digest), blob: blob)
  }

  /// The server's identification: `SSH-2.0-OpenSSH_9.2p1 Debian-2`; nil before it arrived.
  var serverIdentification: String? {
    guard let banner = libssh2_session_banner_get(handle) else { return nil }
    return PrintableBytes(UnsafeBufferPointer(start: banner, count: strlen(banner)).map(UInt8.init(bitPattern:)), limit: 255)
      .description
  }
}
