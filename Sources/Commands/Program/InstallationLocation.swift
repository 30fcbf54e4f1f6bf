private import Glibc
package import Storage

/// Where the database is: `--db`, else `NETJOB_DB`, else `/var/lib/netjob/netjob.db` where that exists, else
/// `$XDG_DATA_HOME/netjob/netjob.db` (XDG Base Directory Specification; default `~/.local/share`). For the account that owns the
/// folder `/var/lib/netjob`, that is the place before there is a database, too.
package enum InstallationLocation {
  package static let sharedFolder = "/var/lib/netjob"

  /// - Parameter sharedFolder: of a shared installation; tests have their own.
  package static func installation(
    option: String?, environment: [String: String], sharedFolder: String = sharedFolder
  ) -> Installation {
    Installation(
      databasePath: option ?? nonEmpty(environment["NETJOB_DB"]) ?? standardPath(environment, sharedFolder),
      keyFile: nonEmpty(environment["NETJOB_KEY_FILE"]))
  }

  private static func standardPath(_ environment: [String: String], _ sharedFolder: String) -> String {
    let sharedPath = sharedFolder + "/netjob.db"
    // A folder that the caller may not enter counts as there: the installation is shared, and they came without sudo.
    if access(sharedPath, F_OK) == 0 || errno == EACCES || isOwnFolder(sharedFolder) { return sharedPath }
    if let data = nonEmpty(environment["XDG_DATA_HOME"]), data.hasPrefix("/") { return data + "/netjob/netjob.db" }
    let home = nonEmpty(environment["HOME"]) ?? CallerResolution.homeFolder(geteuid()) ?? "/"
    return home + "/.local/share/netjob/netjob.db"
  }

  private static func isOwnFolder(_ path: String) -> Bool {
    var information = stat()
    return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR && information.st_uid == geteuid()
  }

  private static func nonEmpty(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }
}
