import Commands
import Foundation
import JobModel
import Scheduling
import Storage
import Terminal
import Testing

/// `config grep` and `config export-git`.
@Suite struct ConfigExportTests {
  private func add(_ bench: CommandBench, _ device: String, _ text: String, _ kind: ConfigRevisionRecord.Kind = .running) throws {
    try bench.store().change(as: CommandBench.root) { change in
      _ = try change.addConfigRevision(
        of: try DeviceQueries.find(change.sql, device), kind, text: text, comparable: sha256(Array(text.utf8)), execution: nil,
        added: 1, removed: 0)
    }
    bench.now = bench.now.adding(seconds: 60)
  }

  private func stored() async throws -> CommandBench {
    let bench = try await CommandBench()
    try add(bench, "r1", "hostname r1\npassword first\n")
    try add(bench, "r1", "hostname r1\n!\npassword second\nntp server 10.0.0.1\n")
    try add(bench, "r2", "hostname r2\r\nNTP server 10.0.0.2\r\n")
    try add(bench, "r2", "hostname r2\n", .startup)
    return bench
  }

  /// What `git` says of a repository, with none of this machine's settings.
  private func git(_ words: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/git")
    process.arguments = words
    process.environment = ["PATH": "/usr/bin:/bin", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "TZ": "UTC"]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: output, as: UTF8.self)
  }

  @Test func linesAreFoundInTheNewestConfigurations() async throws {
    let bench = try await stored()
    #expect(await bench.run(["config", "grep", "ntp server"]).output == "r1\trunning\t4\tntp server 10.0.0.1\n")
    let json = try (await bench.run(["config", "grep", "-i", "^ntp", "--json"])).json
    #expect(json.arrayValue?.map { $0["device"] } == ["r1", "r2"])
    #expect(json.arrayValue?.map { $0["line"] } == [4, 2])
    #expect(json.arrayValue?.last?["text"] == "NTP server 10.0.0.2")
    // An older revision had it, the newest has not.
    #expect(try (await bench.run(["config", "grep", "first", "--json"])).json == [])
    #expect(await bench.run(["config", "grep", "nowhere"]).status == .done)
    let near = try (await bench.run(["config", "grep", "^!", "--context", "1", "--json"])).json
    #expect(near.arrayValue?.map { $0["match"] } == [false, true, false])
    let lacking = try (await bench.run(["config", "grep", "-i", "ntp", "--without-match", "--json"])).json
    #expect(lacking.arrayValue?.map { $0["kind"] } == ["startup"])
    #expect(try (await bench.run(["config", "grep", "host", "--kind", "startup", "--device", "r1", "--json"])).json == [])
  }

  /// Whoever may not see a secret cannot find it out by guessing either.
  @Test func secretsAreNotSearched() async throws {
    let bench = try await stored()
    #expect(await bench.run(["config", "grep", "second"]).output.contains("password second"))
    #expect(await bench.run(["config", "grep", "second"], as: "vera").output.isEmpty)
    #expect(await bench.run(["config", "grep", "password"], as: "vera").output == "r1\trunning\t3\tpassword ******\n")
  }

  @Test func badExpressionsAreRefused() async throws {
    let bench = try await stored()
    let outcome = await bench.run(["config", "grep", "(x"])
    #expect(outcome.status == .usage)
    #expect(outcome.errors.contains("REGEX '(x'"))
    #expect(await bench.run(["config", "grep", "x", "--network", "nowhere"]).status == .notFound)
  }

  @Test func eachRevisionIsACommit() async throws {
    let bench = try await stored()
    let path = bench.folder + "/export"
    let made = await bench.run(["config", "export-git", path, "--json"], as: nil)
    #expect(made.status == .done, "\(made.errors)")
    #expect(try made.json["commits"] == 4)
    #expect(try git(["-C", path, "status", "--porcelain"]).isEmpty)
    #expect(try git(["-C", path, "fsck", "--strict"]) == "")
    #expect(try git(["-C", path, "show", "HEAD~2:running/r1.cfg"]) == "hostname r1\n!\npassword ******\nntp server 10.0.0.1\n")
    #expect(
      try git(["-C", path, "log", "--reverse", "--format=%an|%at|%s"]).hasPrefix("netjob|1772445600|r1: running configuration\n"))
    #expect(access(path + "/startup/r2.cfg", R_OK) == 0)
    let head = try git(["-C", path, "rev-parse", "HEAD"])
    // Nothing new.
    #expect(try (await bench.run(["config", "export-git", path, "--json"], as: nil)).json["commits"] == 0)
    #expect(try git(["-C", path, "rev-parse", "HEAD"]) == head)
    // What is new is appended, and what somebody did to the files is put back.
    try add(bench, "r2", "hostname r2\nntp server 10.0.0.9\n")
    try Data("mine".utf8).write(to: URL(fileURLWithPath: path + "/running/r1.cfg"))
    #expect(try (await bench.run(["config", "export-git", path, "--json"], as: nil)).json["commits"] == 1)
    #expect(try git(["-C", path, "rev-parse", "HEAD~1"]) == head)
    #expect(try git(["-C", path, "status", "--porcelain"]).isEmpty)
    // The same history anew has the same names.
    let again = bench.folder + "/again"
    _ = await bench.run(["config", "export-git", again], as: nil)
    #expect(try git(["-C", again, "rev-parse", "HEAD"]) == git(["-C", path, "rev-parse", "HEAD"]))
  }

  /// The numbers of revisions are given anew after a restore: what has one that was exported before would never be.
  @Test func aRestoredDatabaseDoesNotAppend() async throws {
    let bench = try await stored()
    let path = bench.folder + "/export"
    let backup = bench.folder + "/backup.db"
    try SQLiteDatabase(path: bench.installation.databasePath).copy(to: backup)
    try add(bench, "r1", "hostname r1\nntp server 10.0.0.5\n")
    #expect(await bench.run(["config", "export-git", path], as: nil).status == .done)
    let head = try git(["-C", path, "rev-parse", "HEAD"])
    for suffix in ["-wal", "-shm", ""] { unlink(bench.installation.databasePath + suffix) }
    try FileManager.default.copyItem(atPath: backup, toPath: bench.installation.databasePath)
    chmod(bench.installation.databasePath, 0o600)
    // First it has no such number, then another revision has it.
    for _ in 0..<2 {
      let refused = await bench.run(["config", "export-git", path], as: nil)
      #expect(refused.status == .conflict && refused.errors.contains("restored from a backup"), "\(refused)")
      try add(bench, "r1", "hostname r1\nntp server 10.0.0.6\n")
    }
    #expect(try git(["-C", path, "rev-parse", "HEAD"]) == head)
    #expect(await bench.run(["config", "export-git", bench.folder + "/new"], as: nil).status == .done)
  }

  /// What a git that was killed left behind, or one that works holds, is not taken away by netjob; nothing is half done then.
  @Test(arguments: ["index.lock", "refs/heads/main.lock"]) func aLockOfGitIsLeftInPeace(_ lock: String) async throws {
    let bench = try await stored()
    // Long enough for an error message to cut it.
    let path = bench.folder + "/" + String(repeating: "export", count: 20)
    #expect(await bench.run(["config", "export-git", path], as: nil).status == .done)
    let head = try git(["-C", path, "rev-parse", "HEAD"])
    try add(bench, "r2", "hostname r2\nntp server 10.0.0.9\n")
    let file = path + "/.git/" + lock
    try Data().write(to: URL(fileURLWithPath: file))
    let refused = await bench.run(["config", "export-git", path], as: nil)
    #expect(refused.status == .conflict && refused.errors.contains("rm '\(file)'\n"), "\(refused)")
    #expect(access(file, F_OK) == 0)
    #expect(try git(["-C", path, "rev-parse", "HEAD"]) == head)
    // One that is soon gone is waited for.
    Thread.detachNewThread {
      usleep(300_000)
      unlink(file)
    }
    let outcome = await bench.run(["config", "export-git", path, "--json"], as: nil)
    #expect(try outcome.json["commits"] == 1, "\(outcome)")
    #expect(try git(["-C", path, "status", "--porcelain"]).isEmpty)
  }

  /// One that was made and then left without a commit is taken up where it was; the command that is told is one for a shell.
  @Test func anEmptyRepositoryIsNoExceptionToLocks() async throws {
    let bench = try await stored()
    let path = bench.folder + "/bob's"
    _ = try git(["init", "-q", "-b", "other", path])
    try Data().write(to: URL(fileURLWithPath: path + "/.git/HEAD.lock"))
    let refused = await bench.run(["config", "export-git", path], as: nil)
    #expect(refused.status == .conflict && refused.errors.contains("/bob'\\''s/.git/HEAD.lock'\n"), "\(refused)")
    unlink(path + "/.git/HEAD.lock")
    #expect(await bench.run(["config", "export-git", path], as: nil).status == .done)
    #expect(try git(["-C", path, "status", "--porcelain", "--branch"]) == "## main\n")
  }

  @Test func secretsAreExportedOnWishOnly() async throws {
    let bench = try await stored()
    let path = bench.folder + "/whole"
    #expect(await bench.run(["config", "export-git", path, "--with-secrets"], as: nil).status == .done)
    #expect(try git(["-C", path, "log", "-p"]).contains("password second"))
    // One view, one repository.
    let other = await bench.run(["config", "export-git", path], as: nil)
    #expect(other.status == .conflict)
    #expect(other.errors.contains("secrets"))
  }

  @Test func foldersOfOthersAreRefused() async throws {
    let bench = try await stored()
    let full = bench.folder + "/full"
    try FileManager.default.createDirectory(atPath: full, withIntermediateDirectories: false)
    try Data("x".utf8).write(to: URL(fileURLWithPath: full + "/notes"))
    #expect(await bench.run(["config", "export-git", full], as: nil).status == .conflict)
    let theirs = bench.folder + "/theirs"
    _ = try git(["init", "-q", "-b", "main", theirs])
    _ = try git(["-C", theirs, "-c", "user.name=a", "-c", "user.email=b", "commit", "-q", "--allow-empty", "-m", "mine"])
    let outcome = await bench.run(["config", "export-git", theirs], as: nil)
    #expect(outcome.status == .conflict)
    #expect(outcome.errors.contains("its newest commit is not netjob's"))
    // Git runs what a repository's settings name.
    let open = bench.folder + "/open"
    mkdir(open, 0o700)
    chmod(open, 0o777)
    let refused = await bench.run(["config", "export-git", open], as: nil)
    #expect(refused.status == .usage && refused.errors.contains("others can write it"), "\(refused.errors)")
    chmod(open, 0o755)
    let read = await bench.run(["config", "export-git", open, "--with-secrets"], as: nil)
    #expect(read.status == .usage && read.errors.contains("others can read"), "\(read.errors)")
    #expect(await bench.run(["config", "export-git", open], as: nil).status == .done)
    #expect(await bench.run(["config", "export-git", bench.folder + "/no/such"], as: nil).status == .usage)
    #expect(await bench.run(["config", "export-git", bench.folder + "/x"], as: "root").status == .notPermitted)
  }
}
