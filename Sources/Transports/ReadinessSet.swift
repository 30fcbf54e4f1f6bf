import CSSH2
import Glibc

/// Several descriptors that are waited for as one: an epoll, which is itself readable when one of them is.
final class ReadinessSet {
  let descriptor: Int32

  /// - Throws: `.system`.
  init() throws(TransportError) {
    descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard descriptor >= 0 else { throw TransportError(.system, "cannot make an epoll: \(SystemError(errno))") }
  }

  deinit { Glibc.close(descriptor) }

  func insert(_ member: Int32) {
    var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(fd: member))
    epoll_ctl(descriptor, EPOLL_CTL_ADD, member, &event)
  }

  func remove(_ member: Int32) { epoll_ctl(descriptor, EPOLL_CTL_DEL, member, nil) }
}
