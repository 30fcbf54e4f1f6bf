import Glibc

/// Writes all bytes, through interruptions and full pipes; answers 0 or the `errno` of the failure.
package func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
  bytes.withUnsafeBytes { buffer in
    var rest = buffer[...]
    while !rest.isEmpty {
      let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count > 0 {
        rest = rest.dropFirst(count)
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN:
        // Somebody left the descriptor non-blocking, as an ssh on the same terminal does.
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        if poll(&wait, 1, -1) < 0, errno != EINTR { return errno }
      default: return count == 0 ? EIO : errno
      }
    }
    return 0
  }
}

/// The system's text for an `errno`, in lower case as messages here are.
package func errorText(_ status: Int32) -> String {
  var buffer = [CChar](repeating: 0, count: 256)
  guard strerror_r(status, &buffer, buffer.count) == 0 else { return "error \(status)" }
  let text = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  return text.prefix(1).lowercased() + text.dropFirst()
}

/// The ends of a pipe that children do not inherit: first the one to read, then the one to write. Nil with `errno` set.
func closedOnExecPipe() -> (read: Int32, write: Int32)? {
  var ends: [Int32] = [-1, -1]
  guard pipe(&ends) == 0 else { return nil }
  for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  return (ends[0], ends[1])
}
