private import Glibc
package import JobModel
private import Terminal

/// Who is calling. The rule: if the effective user owns the database and `SUDO_USER` is set, the caller is `SUDO_USER`;
/// else the account of the real user id. Whoever can forge `SUDO_USER` for such a process owns the file already.
/// `USER` and `LOGNAME` are never read.
package enum CallerResolution {
  /// - Parameters:
  ///   - owner: who owns the database file; nil when it does not exist yet and would belong to the effective user.
  ///   - accountName: the account's name by user id.
  package static func caller(
    environment: [String: String], owner: UInt32?, effective: UInt32 = geteuid(), real: UInt32 = getuid(),
    loginUID: UInt32? = kernelLoginUID(), accountName: (UInt32) -> String? = accountName
  ) -> Caller {
    let ownsDatabase = owner == nil || owner == effective
    let login = loginUID.map { [$0] } ?? []
    if ownsDatabase, let name = environment["SUDO_USER"], !name.isEmpty {
      // sudo sets both. The owner, who needs no sudo, may play several people: their login says nothing about those.
      let uid = environment["SUDO_UID"].flatMap(UInt32.init)
      let uids = uid.flatMap { accountName($0) == name ? [$0] + login : nil } ?? []
      // No account has a name with control characters; what has one is told and logged in a form that harms no terminal.
      return Caller(name: escapeControls(name), isDelegated: true, ownsDatabase: true, loginUID: loginUID, uids: uids)
    }
    return Caller(
      name: accountName(real) ?? "uid-\(real)", isDelegated: false, ownsDatabase: ownsDatabase, loginUID: loginUID,
      uids: [real] + login)
  }

  /// The kernel's login uid, which sudo does not change; nil where it is not set.
  package static func kernelLoginUID() -> UInt32? {
    let descriptor = open("/proc/self/loginuid", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 16)
    let count = read(descriptor, &buffer, buffer.count)
    let digits = buffer.prefix(max(0, count)).prefix { (48...57).contains($0) }
    guard let value = UInt32(String(decoding: digits, as: UTF8.self)), value != UInt32.max else { return nil }
    return value
  }

  /// The name of a Unix account.
  package static func accountName(_ uid: UInt32) -> String? {
    var entry = passwd()
    var result: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 16_384)
    guard getpwuid_r(uid, &entry, &buffer, buffer.count, &result) == 0, result != nil, let name = entry.pw_name else {
      return nil
    }
    return String(cString: name)
  }

  /// The home folder of a Unix account.
  package static func homeFolder(_ uid: UInt32) -> String? {
    var entry = passwd()
    var result: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 16_384)
    guard getpwuid_r(uid, &entry, &buffer, buffer.count, &result) == 0, result != nil, let home = entry.pw_dir else { return nil }
    return String(cString: home)
  }
}
