internal import Glibc
internal import JobModel
internal import Scheduling
internal import Storage

/// What `doctor` looks at: an installation, the program that serves it, and the machine under them.
struct Patient: Sendable {
  let installation: Installation
  let caller: Caller
  let zones: ZoneDatabase
  let now: Timestamp
  let environment: [String: String]

  init(_ context: Context) {
    installation = context.installation
    caller = context.caller
    zones = context.zones
    now = context.clock()
    environment = context.environment
  }

  /// Whether several people share it: the database is where `init --shared` puts it.
  var isShared: Bool { installation.databasePath.hasPrefix(InstallationLocation.sharedFolder + "/") }

  /// Whose installation it is: the folder's owner, as a single file may have been given away by mistake; where that is root, the
  /// owner of the database. Nil where there is no database.
  var owner: UInt32? {
    guard let owner = installation.owner else { return nil }
    var information = stat()
    return stat(installation.folder, &information) == 0 && information.st_uid != 0 ? information.st_uid : owner
  }

  /// The account of that owner.
  var account: String? { owner.map { CallerResolution.accountName($0) ?? "#\($0)" } }

  /// The program's path with links resolved.
  var program: String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    return count > 0 ? String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
  }

  /// The text of a file of the system's, at most a megabyte; nil with `errno` set when it cannot be read.
  static func text(of path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < 1 << 20 {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0 { return nil }
      if count == 0 { break }
      bytes += buffer.prefix(count)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The names in a folder, sorted; nil with `errno` set when it cannot be listed.
  static func names(in folder: String) -> [String]? {
    guard let stream = opendir(folder) else { return nil }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}

/// One thing that `doctor` looks at.
struct Check: Sendable {
  let name: String
  let look: @Sendable (Patient) throws -> [Finding]
}
