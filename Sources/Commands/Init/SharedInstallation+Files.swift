internal import Glibc
internal import Storage

extension SharedInstallation {
  /// The sudoers file; sudoers(5).
  var sudoersText: String {
    """
    # Made by 'netjob init --shared'. Whoever is in the group \(group) may run netjob, and nothing else, as the
    # account \(account). sudo tells netjob who they are; what they may do there is netjob's own business.
    #
    # NOPASSWD: they are logged in already, and scripts could not type one. Without the word, sudo asks for their password.
    # NOSETENV, and no env_keep of NETJOB_*, XDG_*, PAGER: the environment is the account's, not the caller's.
    Defaults!\(program) env_reset, !setenv
    %\(group) ALL=(\(account)) NOPASSWD: NOSETENV: \(program)

    """
  }

  /// The file for cron.d; crontab(5).
  var cronText: String {
    """
    # Made by 'netjob init --shared'. Every minute netjob runs the jobs that are due; while none is, it writes nothing.
    # What it writes is mailed to the account \(account), or to whom this names:
    # MAILTO=netops@example.net
    * * * * * \(account) \(program) run-due

    """
  }

  /// The program that runs, checked to be one that only root can replace: the service account will run it, for everybody.
  /// - Throws: `.unsafePermissions` with the mending command.
  static func trustedProgram() throws(StorageError) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    guard count > 0 else { throw StorageError(.io, "the program's own path cannot be read: \(String(cString: strerror(errno)))") }
    let path = String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    try checkTrusted(path)
    return path
  }

  /// Checks that the file and every folder above it belong to root, and that nobody else can write them.
  static func checkTrusted(_ path: String) throws(StorageError) {
    let special = path.unicodeScalars.contains { scalar in
      !(scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "/._-+".unicodeScalars.contains(scalar))
    }
    if special || path.hasSuffix(" (deleted)") {
      throw StorageError(.unsafePermissions, "the program '\(path)' has no path that sudoers and cron could name", hint: advice)
    }
    var place = path
    while true {
      var information = stat()
      guard lstat(place, &information) == 0 else {
        throw StorageError(.io, "\(place) cannot be looked at: \(String(cString: strerror(errno)))")
      }
      let isForGroup = information.st_mode & 0o020 != 0 && !isEmptyGroup(information.st_gid)
      if information.st_uid != 0 || information.st_mode & 0o002 != 0 || isForGroup {
        let isSticky = information.st_mode & S_ISVTX != 0
        throw StorageError(
          .unsafePermissions,
          "\(place) \(information.st_uid != 0 ? "does not belong to root" : "can be written by others"): "
            + "whoever can replace the program has the rights of everybody",
          hint: isSticky ? advice : "chown root: '\(place)' && chmod go-w '\(place)'; or \(advice)")
      }
      guard place != "/", let slash = place.lastIndex(of: "/") else { return }
      place = slash == place.startIndex ? "/" : String(place[..<slash])
    }
  }

  /// root's own group, or Debian's `staff`, to which /usr/local belongs, while nobody is in it.
  private static func isEmptyGroup(_ id: gid_t) -> Bool {
    if id == 0 { return true }
    guard let entry = getgrgid(id), String(cString: entry.pointee.gr_name) == "staff" else { return false }
    return entry.pointee.gr_mem.pointee == nil
  }

  private static let advice = "install it where only root writes: make && sudo make install"
}
