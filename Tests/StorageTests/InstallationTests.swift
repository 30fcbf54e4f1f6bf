import Foundation
import Scheduling
import Storage
import Testing

@Suite struct InstallationTests {
  static let now = Timestamp(seconds: 1_800_000_000)

  private func mode(_ path: String) -> mode_t? {
    var information = stat()
    return lstat(path, &information) == 0 ? information.st_mode & 0o7777 : nil
  }

  private func names(in folder: String) -> [String] {
    ((try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  /// In a process of its own each, as the umask is the process's.
  @Test func modesHoldWhateverTheUmask() async {
    await #expect(processExitsWith: .success) { try makeUnder(umask: 0) }
    await #expect(processExitsWith: .success) { try makeUnder(umask: 0o022) }
    await #expect(processExitsWith: .success) { try makeUnder(umask: 0o277) }
    await #expect(processExitsWith: .success) { try makeUnder(umask: 0o777) }
  }

  @Test func theModesStayWhileTheDatabaseIsUsed() throws {
    let fixture = try Fixture()
    let folder = fixture.installation.folder
    #expect(mode(folder) == 0o700)
    #expect(names(in: folder).contains("netjob.db-wal"))
    for name in names(in: folder) { #expect(mode(folder + "/" + name) == 0o600, "\(name)") }
  }

  @Test(arguments: ["netjob.db", "netjob.key", "netjob.db-wal", "netjob.db-journal"], [true, false])
  func nothingIsOverwritten(_ name: String, isLink: Bool) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/" + name
    if isLink { symlink("/nowhere/at-all", path) } else { try "old".write(toFile: path, atomically: false, encoding: .utf8) }
    let installation = Installation(databasePath: folder.path + "/netjob.db")
    #expect(refusal { try installation.create(now: Self.now) } == "storage exists")
    #expect(names(in: folder.path) == [name])
    if !isLink { #expect(try String(contentsOfFile: path, encoding: .utf8) == "old") }
  }

  @Test func initTwiceLeavesTheFirst() throws {
    let fixture = try Fixture()
    let key = try Data(contentsOf: URL(fileURLWithPath: fixture.installation.keyPath))
    #expect(refusal { try fixture.installation.create(now: Self.now) } == "storage exists")
    #expect(try Data(contentsOf: URL(fileURLWithPath: fixture.installation.keyPath)) == key)
    #expect(refusal { _ = try fixture.another() } == nil)
    // Nor does another key file make room for another database: the one that is there stays.
    let other = Installation(
      databasePath: fixture.installation.databasePath, keyFile: fixture.folder.path + "/other.key")
    #expect(refusal { try other.create(now: Self.now) } == "storage exists")
    #expect(mode(fixture.folder.path + "/other.key") == nil)
  }

  @Test(arguments: [(mode_t(0o777), false), (0o770, false), (0o1777, false), (0o755, false), (0o700, true), (0o750, false)])
  func foldersThatOthersCanWriteAreRefused(_ folderMode: mode_t, isAllowed: Bool) throws {
    let folder = try TemporaryFolder()
    let installation = Installation(databasePath: folder.path + "/db/netjob.db")
    mkdir(folder.path + "/db", 0o700)
    chmod(folder.path + "/db", folderMode)
    #expect(refusal { try installation.create(now: Self.now) } == (isAllowed ? nil : "storage unsafePermissions"))
    if !isAllowed { #expect(names(in: folder.path) == ["db"]) }
    // And the same when it is opened.
    chmod(folder.path + "/db", 0o700)
    if !isAllowed { try installation.create(now: Self.now) }
    chmod(folder.path + "/db", folderMode)
    #expect(refusal { try installation.checkPermissions() } == (isAllowed ? nil : "storage unsafePermissions"))
  }

  @Test func aLinkToAFolderIsJudgedByTheFolder() throws {
    let fixture = try Fixture()
    symlink(fixture.installation.folder, fixture.folder.path + "/link")
    let linked = Installation(databasePath: fixture.folder.path + "/link/netjob.db")
    #expect(refusal { try linked.checkPermissions() } == nil)
    chmod(fixture.installation.folder, 0o777)
    #expect(refusal { try linked.checkPermissions() } == "storage unsafePermissions")
  }

  struct Spoil: Sendable, CustomTestStringConvertible {
    var what: String
    var code: String
    var spoil: @Sendable (Installation) -> Void
    var testDescription: String { what }
  }

  static let spoils: [Spoil] = [
    Spoil(what: "database readable by the group", code: "unsafePermissions") { chmod($0.databasePath, 0o640) },
    Spoil(what: "database writable by all", code: "unsafePermissions") { chmod($0.databasePath, 0o602) },
    Spoil(what: "key readable by others", code: "unsafePermissions") { chmod($0.keyPath, 0o604) },
    Spoil(what: "key missing", code: "key") { unlink($0.keyPath) },
    Spoil(what: "database missing", code: "notFound") { unlink($0.databasePath) },
    Spoil(what: "database a link", code: "unsafePermissions") {
      rename($0.databasePath, $0.databasePath + ".real")
      symlink($0.databasePath + ".real", $0.databasePath)
    },
    Spoil(what: "key a link", code: "unsafePermissions") {
      rename($0.keyPath, $0.keyPath + ".real")
      symlink($0.keyPath + ".real", $0.keyPath)
    },
    Spoil(what: "key a pipe", code: "unsafePermissions") {
      unlink($0.keyPath)
      mkfifo($0.keyPath, 0o600)
    },
    Spoil(what: "key a folder", code: "unsafePermissions") {
      unlink($0.keyPath)
      mkdir($0.keyPath, 0o700)
    },
  ]

  @Test(arguments: spoils) func whatIsNotSafeIsNotOpened(_ item: Spoil) throws {
    let folder = try TemporaryFolder()
    let installation = Installation(databasePath: folder.path + "/netjob.db")
    try installation.create(now: Self.now)
    #expect(refusal { _ = try Store(opening: installation, clock: { Self.now }) } == nil)
    item.spoil(installation)
    #expect(refusal { _ = try Store(opening: installation, clock: { Self.now }) } == "storage \(item.code)")
  }

  @Test(.enabled(if: geteuid() == 0)) func anotherOwnerIsRefused() throws {
    for path in [\Installation.databasePath, \Installation.keyPath, \Installation.folder] {
      let folder = try TemporaryFolder()
      let installation = Installation(databasePath: folder.path + "/netjob.db")
      try installation.create(now: Self.now)
      chown(installation[keyPath: path], 12_345, 12_345)
      #expect(refusal { try installation.checkPermissions() } == "storage unsafePermissions")
      chown(installation[keyPath: path], 0, 0)
    }
  }

  @Test func nothingIsLeftWhenItFailsHalfWay() throws {
    let folder = try TemporaryFolder()
    // The key can be made, the database cannot: its name is too long for a file.
    let long = Installation(
      databasePath: folder.path + "/new/deep/" + String(repeating: "x", count: 300), keyFile: nil)
    #expect(refusal { try long.create(now: Self.now) }?.hasPrefix("storage") == true)
    #expect(names(in: folder.path).isEmpty)
    // The folder is a file.
    try "x".write(toFile: folder.path + "/file", atomically: false, encoding: .utf8)
    let inFile = Installation(databasePath: folder.path + "/file/netjob.db")
    #expect(refusal { try inFile.create(now: Self.now) }?.hasPrefix("storage") == true)
    #expect(names(in: folder.path) == ["file"])
  }

  /// A disk of 24 KiB holds the key and not the schema; on one of 0 inodes to spare nothing can be made.
  @Test(.enabled(if: geteuid() == 0)) func aFullDiskLeavesNothing() async {
    await #expect(processExitsWith: .success) {
      let folder = try SmallDisk(options: "size=24k").path
      let installation = Installation(databasePath: folder + "/new/netjob.db")
      let result = refusal { try installation.create(now: InstallationTests.now) }
      guard result == "storage diskFull" else { throw StorageError(.io, "create ended with \(result ?? "success")") }
      guard access(folder + "/new", F_OK) != 0 else { throw StorageError(.io, "something was left") }
    }
    await #expect(processExitsWith: .success) {
      let folder = try SmallDisk(options: "size=1m,ro").path
      let result = refusal { try Installation(databasePath: folder + "/new/netjob.db").create(now: InstallationTests.now) }
      guard result == "storage readOnly" else { throw StorageError(.io, "create ended with \(result ?? "success")") }
      let here = refusal { try Installation(databasePath: folder + "/netjob.db").create(now: InstallationTests.now) }
      guard here == "storage readOnly" else { throw StorageError(.io, "create ended with \(here ?? "success")") }
    }
  }
}

/// Creates an installation under a umask and throws when a mode is not what it must be.
private func makeUnder(umask mask: mode_t) throws {
  let folder = try TemporaryFolder()
  umask(mask)
  let installation = Installation(databasePath: folder.path + "/a/b/netjob.db")
  try installation.create(now: InstallationTests.now)
  let store = try Store(opening: installation, clock: { InstallationTests.now })
  try store.change(as: Fixture.caller("ada")) { try $0.addFirstAdministrator(name: "ada") }
  let copy = folder.path + "/copy.db"
  let database = try SQLiteDatabase(path: installation.databasePath)
  try database.copy(to: copy)
  for (path, expected) in [
    ("/a", 0o700), ("/a/b", 0o700), ("/a/b/netjob.db", 0o600), ("/a/b/netjob.key", 0o600), ("/a/b/netjob.db-wal", 0o600),
    ("/a/b/netjob.db-shm", 0o600), ("/copy.db", 0o600),
  ] {
    var information = stat()
    guard lstat(folder.path + path, &information) == 0, Int(information.st_mode & 0o7777) == expected else {
      throw StorageError(.io, "\(path) has mode \(String(information.st_mode & 0o7777, radix: 8)) under umask \(mask)")
    }
  }
}
