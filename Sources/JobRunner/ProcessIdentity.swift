private import Glibc
package import Storage

/// This process, as an execution's owner, and whether another one lives: proc(5).
package enum ProcessIdentity {
  /// This process.
  package static func current() -> ExecutionOwner {
    let pid = getpid()
    return ExecutionOwner(
      host: hostName() + namespaceSuffix(), boot: bootID(), pid: Int64(pid), startTicks: startTicks(of: Int64(pid)) ?? 0)
  }

  /// Whether the owner's process is certainly gone. A process on another host cannot be looked at: its lease decides.
  package static func isGone(_ owner: ExecutionOwner, seenFrom current: ExecutionOwner) -> Bool {
    guard owner.host == current.host else { return false }
    // Without proc(5) nothing can be said of anybody.
    guard !current.boot.isEmpty, startTicks(of: Int64(getpid())) != nil else { return false }
    if owner.boot != current.boot { return true }
    return startTicks(of: owner.pid) != owner.startTicks
  }

  private static func hostName() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "" }
    return text(buffer.map { UInt8(bitPattern: $0) }.prefix { $0 != 0 })
  }

  /// A container shares the host's name and boot, and sees none of its processes: it counts as another host.
  private static func namespaceSuffix() -> String {
    var buffer = [CChar](repeating: 0, count: 64)
    let count = readlink("/proc/self/ns/pid", &buffer, buffer.count)
    let name = text(buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) })
    return name.isEmpty || name == initialNamespace ? "" : " \(name)"
  }

  /// The namespace of a machine's own processes always has this number (PROC_PID_INIT_INO).
  private static let initialNamespace = "pid:[4026531836]"

  private static func bootID() -> String { text(content(of: "/proc/sys/kernel/random/boot_id").prefix { $0 != 0x0A }) }

  /// Field 22 of `/proc/PID/stat`; nil when there is no such process, or it is a zombie, which runs nothing any more.
  private static func startTicks(of pid: Int64) -> Int64? {
    // The name in field 2 may hold spaces and brackets: the fields are counted from its last bracket.
    let bytes = content(of: "/proc/\(pid)/stat")
    guard let end = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = bytes[(end + 1)...].split(separator: UInt8(ascii: " "))
    guard fields.count > 19, fields[0].first != UInt8(ascii: "Z"), fields[0].first != UInt8(ascii: "X") else { return nil }
    return Int64(text(fields[19]))
  }

  private static func content(of path: String) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(descriptor, &buffer, buffer.count)
    return Array(buffer.prefix(max(0, count)))
  }

  private static func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}
