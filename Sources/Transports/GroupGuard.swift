import CSSH2
import Glibc

/// Kills a process group when this process is gone, however it went: what works on a device must not go on when nobody writes down
/// what it does. A shell waits for the end of a pipe whose other end only this process has.
final class GroupGuard {
  private let pid: pid_t
  private var pipe: Int32

  /// Reads the group's number, then waits; the rest of it is not to be interrupted, and has a session of its own.
  private static let script = "read -r group && { read -r end; kill -s KILL -- \"-$group\"; }"

  /// - Throws: `.system` where none can be started.
  init() throws(TransportError) {
    guard let ends = SystemDescriptors.pipe() else { throw TransportError(.system, "cannot make a pipe: \(SystemError(errno))") }
    defer { Glibc.close(ends.reading) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends.reading, 0)
    for descriptor in Int32(1)...2 { posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0) }
    netjob_spawn_close_from(&actions, 3)
    netjob_spawn_chdir(&actions, "/")
    let attributes = SpawnAttributes()
    var words: [UnsafeMutablePointer<CChar>?] = ["sh", "-c", Self.script].map { (word: String) in strdup(word) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] = [nil]
    defer { for pointer in words { free(pointer) } }
    var pid: pid_t = 0
    let status = posix_spawn(&pid, "/bin/sh", &actions, &attributes.value, &words, &variables)
    guard status == 0 else {
      Glibc.close(ends.writing)
      throw TransportError(.system, "cannot start /bin/sh: \(SystemError(status))")
    }
    self.pid = pid
    pipe = ends.writing
  }

  /// From here on this group dies with this process.
  func watch(_ group: pid_t) {
    let line = Array("\(group)\n".utf8)
    _ = line.withUnsafeBytes { Glibc.write(pipe, $0.baseAddress, $0.count) }
  }

  /// It watches no longer: the group has ended.
  deinit {
    kill(pid, SIGKILL)
    Glibc.close(pipe)
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
  }
}
