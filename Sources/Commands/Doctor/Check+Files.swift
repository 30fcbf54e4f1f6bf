private import Definitions
private import DeviceCLI
private import Glibc
private import JobRunner
private import Storage
private import ToolCatalog

extension Check {
  /// The program, the files and the disk that they are on.
  static let files: [Check] = [program, permissions, definitions, keyCopy, disk]

  private static let program = Check(name: "program") { patient in
    guard let path = patient.program else { return [Finding("program", .note, "its path cannot be read: is /proc mounted?")] }
    if patient.isShared {
      do throws(StorageError) { try SharedInstallation.checkTrusted(path) } catch {
        return [Finding("program", .error, error.message, mend: error.hint)]
      }
      return [Finding("program", .ok, "\(path) can be replaced by root only")]
    }
    var information = stat()
    if stat(path, &information) == 0, information.st_mode & 0o002 != 0 {
      return [Finding("program", .warning, "\(path) can be replaced by everybody", mend: "chmod o-w '\(path)'")]
    }
    return [Finding("program", .ok, path)]
  }

  private static let permissions = Check(name: "files") { patient in
    let installation = patient.installation
    guard let owner = patient.owner else { return [] }
    var findings: [Finding] = []
    func look(_ path: String, _ forbidden: mode_t) {
      var information = stat()
      guard lstat(path, &information) == 0 else { return }
      let mode = String(information.st_mode & 0o7777, radix: 8)
      if information.st_uid != owner && !(path == installation.folder && information.st_uid == 0) {
        findings.append(
          Finding(
            "files", .error, "\(path) belongs to user id \(information.st_uid), the folder to \(owner)",
            mend: "chown \(patient.account ?? "#\(owner)") '\(path)'"))
      }
      if information.st_mode & S_IFMT != S_IFLNK && information.st_mode & forbidden != 0 {
        findings.append(
          Finding(
            "files", .error,
            "\(path) has mode \(mode): other users can \(information.st_mode & 0o022 != 0 ? "write" : "read") it",
            mend: "chmod \(information.st_mode & S_IFMT == S_IFDIR ? "700" : "600") '\(path)'"))
      }
    }
    look(installation.folder, 0o077)
    look(installation.keyPath, 0o077)
    // The database, its journals, copies of it.
    let base = installation.databasePath.split(separator: "/").last.map(String.init) ?? ""
    for name in Patient.names(in: installation.folder) ?? [] where name.hasPrefix(base) {
      look("\(installation.folder)/\(name)", 0o077)
      if name.hasPrefix(base + ".copy-") {
        findings.append(
          Finding(
            "files", .warning, "\(installation.folder)/\(name) was left by a copy that was killed",
            mend: "rm '\(installation.folder)/\(name)'"))
      }
    }
    return findings.isEmpty ? [Finding("files", .ok, "only '\(patient.account ?? "")' can read and write them")] : findings
  }

  /// Platform and tool files say what is sent to devices.
  private static let definitions = Check(name: "definitions") { patient in
    var findings: [Finding] = []
    var count = 0
    for folder in ["platforms", "tools"].map({ "\(patient.installation.folder)/\($0)" }) {
      for path in [folder] + (Patient.names(in: folder) ?? []).map({ "\(folder)/\($0)" }) {
        var information = stat()
        guard stat(path, &information) == 0 else { continue }
        count += 1
        let isForeign = information.st_uid != 0 && information.st_uid != (patient.owner ?? information.st_uid)
        if isForeign || information.st_mode & 0o022 != 0 {
          findings.append(
            Finding(
              "definitions", .error, "\(path) can be written by others: it says what is sent to devices",
              mend: "chown \(patient.account ?? "root") '\(path)' && chmod go-w '\(path)'"))
        }
      }
    }
    findings += misunderstood(patient)
    return findings.isEmpty && count > 0
      ? [Finding("definitions", .ok, "platforms and tools are the owner's, and understood")] : findings
  }

  /// The installation's own platform and tool files that say something wrong.
  private static func misunderstood(_ patient: Patient) -> [Finding] {
    let catalogs = Catalogs(folder: patient.installation.folder)
    var findings: [Finding] = []
    func look(_ noun: String, _ read: (String) throws -> Void) {
      let folder = DefinitionFolder(path: "\(patient.installation.folder)/\(noun)s")
      do {
        for name in try folder.names() {
          do { try read(name) } catch {
            findings.append(
              Finding(
                "definitions", .error, "\(noun) '\(name)' cannot be used: \(error)",
                mend: "netjob \(noun) check '\(folder.filePath(of: name))' explains it"))
          }
        }
      } catch {
        findings.append(Finding("definitions", .error, "\(error)"))
      }
    }
    look("platform") { _ = try catalogs.platforms.platform(named: $0) }
    look("tool") { _ = try catalogs.tools.tool(named: $0) }
    return findings
  }

  private static let keyCopy = Check(name: "key-copy") { patient in
    let installation = patient.installation
    let base = installation.databasePath.split(separator: "/").last.map(String.init) ?? ""
    let copies = (Patient.names(in: installation.folder) ?? []).filter { $0.hasPrefix(base + ".schema-") }
    guard !copies.isEmpty, installation.keyPath.hasPrefix(installation.folder + "/") else { return [] }
    return [
      Finding(
        "key-copy", .note, "\(copies.count) older copies of the database lie beside the key: \(copies.joined(separator: ", "))",
        mend: "move them away when they are not needed any more, and never into one place with the key")
    ]
  }

  private static let disk = Check(name: "disk") { patient in
    var space = statvfs()
    guard statvfs(patient.installation.folder, &space) == 0 else { return [] }
    let free = (Int64(space.f_bavail) * Int64(space.f_frsize)) >> 20
    var information = stat()
    let size = stat(patient.installation.databasePath, &information) == 0 ? Int64(information.st_size) >> 20 : 0
    var findings: [Finding] = []
    if free < max(100, size / 10) {
      findings.append(
        Finding(
          "disk", free < 10 ? .error : .warning, "\(free) MiB are free where the database of \(size) MiB is",
          mend: "make room; 'netjob history prune --older-than 365d --outputs-only' shortens the database"))
    }
    if stat(patient.installation.databasePath + "-wal", &information) == 0, information.st_size > 64 << 20 {
      findings.append(
        Finding(
          "disk", .warning, "the journal \(patient.installation.databasePath)-wal has grown to \(information.st_size >> 20) MiB",
          mend:
            "look for a netjob that hangs; then: sqlite3 '\(patient.installation.databasePath)' 'PRAGMA wal_checkpoint(TRUNCATE)'"
        ))
    }
    return findings.isEmpty ? [Finding("disk", .ok, "\(free) MiB are free, the database has \(size) MiB")] : findings
  }
}
