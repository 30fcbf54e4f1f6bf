import Foundation
import JobModel
import Scheduling
import Storage
import Testing

@Suite struct KeyRotationTests {
  private static let secrets = CredentialSecrets(
    password: "pass word", enable: "enable", privateKey: "-----BEGIN", passphrase: "phrase", snmpCommunity: "community")

  private static let receivers = [
    "old": TrapSecrets(community: "trap word"), "new": TrapSecrets(auth: "Auth-secret-1", priv: "Priv-secret-1"),
  ]

  /// An installation with a secret in every column there is, one of them in an old revision.
  private func filled() throws -> Fixture {
    let fixture = try Fixture()
    try fixture.change(as: "ada") {
      _ = try $0.addCredential(name: "core", username: "netops", secrets: Self.secrets, network: nil, priority: 1)
      _ = try $0.addCredential(
        name: "bare", username: "netops", secrets: CredentialSecrets(password: "p"), network: nil, priority: 1)
      try $0.set("mail.password", to: "mail word")
      for (name, secrets) in Self.receivers {
        var edit = TrapReceiverEdit()
        edit.host = "192.0.2.7"
        if secrets.community == nil {
          (edit.version, edit.user) = (.v3, "netjob")
        }
        edit.secrets = secrets
        _ = try $0.addTrapReceiver(name, edit)
      }
    }
    let job = try fixture.addJob("enable", secrets: ["new": "parameter/one", "old": "parameter two"])
    let network = try fixture.network
    try fixture.change(as: "rita") {
      _ = try $0.editJob(job, network: network, job.definition, secrets: ["new": "changed"], changesDevices: true)
    }
    try fixture.addJob("plain")
    return fixture
  }

  private func expectAllReadable(_ store: Store, _ what: Comment = "") throws {
    // As a process of long life asks.
    try expectAllReadable(store, with: try store.read { try store.keys(in: $0) }, what)
  }

  private func expectAllReadable(_ store: Store, with keys: KeyRing, _ what: Comment) throws {
    try store.read { sql in
      let core = try CredentialQueries.secrets(sql, of: try CredentialQueries.find(sql, "core").id, keys: keys)
      #expect(core == Self.secrets, what)
      for (name, secrets) in Self.receivers {
        let receiver = try TrapReceiverQueries.find(sql, name)
        #expect(try TrapReceiverQueries.secrets(sql, of: receiver.id, keys: keys) == secrets, what)
      }
      let word = try #require(try sql.row("SELECT value FROM setting_secret WHERE key = 'mail.password'")).blob("value")
      #expect(try keys.open(word, place: "setting_secret/mail.password/value") == Array("mail word".utf8), what)
      let job = try JobQueries.find(sql, "enable")
      #expect(try JobQueries.secretParameters(job, keys: keys) == ["new": "changed", "old": "parameter two"], what)
      var old = job
      old.definition = try #require(try JobQueries.revisions(sql, of: job.id).last).definition
      #expect(try JobQueries.secretParameters(old, keys: keys)["new"] == "parameter/one", what)
      #expect(try AuditLog.verify(sql, keys: keys).firstBad == nil, what)
    }
  }

  private func key(_ fixture: Fixture) throws -> String {
    try String(contentsOfFile: fixture.installation.keyPath, encoding: .utf8)
  }

  private func rotate(_ fixture: Fixture) throws -> KeyRotation {
    try fixture.store.rotateKey(as: Fixture.caller("ada"))
  }

  @Test func everySecretAndTheChainOutliveIt() throws {
    let fixture = try filled()
    let before = try key(fixture)
    let rows = try fixture.read { try $0.row("SELECT max(id) AS n FROM audit")?.int64("n") }
    let rotation = try rotate(fixture)
    #expect(rotation.secrets == 14 && rotation.auditRows == rows && rotation.resetApprovals.isEmpty)
    #expect(try key(fixture) != before)
    try expectAllReadable(fixture.store, "in the process that did it")
    try expectAllReadable(try fixture.another(), "in another process")
    // And again, and again: the keys of all periods are carried along.
    for _ in 0..<3 {
      try fixture.change(as: "ada") { try $0.audit("test", "x") }
      #expect(try rotate(fixture).secrets == 14)
    }
    try expectAllReadable(try fixture.another(), "after four")
    #expect(try fixture.read { try $0.row("SELECT count(*) AS n FROM audit_key")?.int("n") } == 4)
    // Nothing that was sealed with the first key is left, and the first key opens nothing.
    let first = try KeyRing(fileContent: before, path: "first")
    for column in SealedColumn.all where column.table != "job_revision" {
      let id = column.table == "setting_secret" ? "key" : "id"
      let rows = try fixture.read {
        try $0.rows("SELECT CAST(\(id) AS TEXT) AS id, \(column.column) AS s FROM \(column.table)")
      }
      for row in rows {
        guard let sealed = try row.optionalBlob("s") else { continue }
        let place = "\(column.table)/\(try row.text("id"))/\(column.column)"
        #expect(refusal { _ = try first.open(sealed, place: place) } == "storage key", "\(place)")
      }
    }
    var information = stat()
    #expect(stat(fixture.installation.keyPath, &information) == 0 && information.st_mode & 0o7777 == 0o600)
    #expect(!FileManager.default.fileExists(atPath: fixture.installation.keyPath + ".new"))
  }

  /// A process that read the old key before goes on with the new one: it neither fails nor writes with the old.
  @Test func otherProcessesGoOn() throws {
    let fixture = try filled()
    let other = try fixture.another()
    _ = try other.keys()
    _ = try rotate(fixture)
    try other.change(as: Fixture.caller("ada")) { change in
      try change.audit("test", "x")
      _ = try change.addCredential(
        name: "later", username: "u", secrets: CredentialSecrets(password: "x"), network: nil, priority: 1)
    }
    try expectAllReadable(other)
    try expectAllReadable(fixture.store)
    let keys = try fixture.store.keys()
    let later = try fixture.read {
      try CredentialQueries.secrets($0, of: try CredentialQueries.find($0, "later").id, keys: keys)
    }
    #expect(later.password == "x")
  }

  /// With a key file that is not the new one, what knew the old key refuses rather than writes with it.
  @Test func nothingIsWrittenWithTheOldKey() throws {
    let fixture = try filled()
    let other = try fixture.another()
    _ = try other.keys()
    let before = try key(fixture)
    _ = try rotate(fixture)
    try before.write(toFile: fixture.installation.keyPath, atomically: false, encoding: .utf8)
    #expect(refusal { try other.change(as: Fixture.caller("ada")) { try $0.audit("test", "x") } } == "storage key")
    #expect(refusal { _ = try other.read { try other.keys(in: $0) } } == "storage key")
  }

  /// The process is killed at each step; what comes after finds everything, and finishes it or takes it back.
  @Test func dyingAtAnyStepIsHarmless() async throws {
    for step in KeyRotation.Step.allCases {
      let fixture = try filled()
      let before = try key(fixture)
      let path = fixture.installation.databasePath
      try await dieRotating(path, step)
      let isFinished = step == .committed
      #expect(FileManager.default.fileExists(atPath: fixture.installation.keyPath + ".new"), "\(step)")
      #expect(try key(fixture) == before, "\(step)")
      // Reading alone needs no repair.
      let fresh = try fixture.another()
      try expectAllReadable(fresh, with: try fresh.keys(), "\(step)")
      try fixture.another().change(as: Fixture.caller("ada")) { try $0.audit("test", "x") }
      #expect(try (key(fixture) != before) == isFinished, "\(step)")
      try expectAllReadable(fixture.store, "\(step)")
      _ = try rotate(fixture)
      try expectAllReadable(try fixture.another(), "\(step), and again")
      #expect(!FileManager.default.fileExists(atPath: fixture.installation.keyPath + ".new"), "\(step)")
    }
  }

  private func dieRotating(_ path: String, _ step: KeyRotation.Step) async throws {
    // The body of an exit test captures nothing but what can be coded.
    let number: Int = try #require(KeyRotation.Step.allCases.firstIndex(of: step))
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, number = number as Int] in
      let store = try Store(opening: Installation(databasePath: path), clock: { .init(seconds: 1_800_000_001) })
      _ = try store.rotateKey(as: Fixture.caller("ada")) {
        if $0 == KeyRotation.Step.allCases[number] { kill(getpid(), SIGKILL) }
      }
    }
  }

  @Test(arguments: ["", "00", "not a key"]) func aBrokenNewKeyFileIsReplaced(_ content: String) throws {
    let fixture = try filled()
    let path = fixture.installation.keyPath + ".new"
    try content.write(toFile: path, atomically: false, encoding: .utf8)
    chmod(path, 0o600)
    try expectAllReadable(try fixture.another())
    _ = try rotate(fixture)
    try expectAllReadable(try fixture.another())
  }

  @Test func aFailureChangesNothing() throws {
    let fixture = try filled()
    let before = try key(fixture)
    // One secret that cannot be opened.
    try fixture.store.database.write { _ = try $0.execute("UPDATE credential SET enable = x'00' WHERE name = 'core'") }
    #expect(refusal { _ = try rotate(fixture) } == "storage key")
    #expect(try key(fixture) == before)
    #expect(!FileManager.default.fileExists(atPath: fixture.installation.keyPath + ".new"))
    #expect(try fixture.read { try $0.row("SELECT count(*) AS n FROM audit_key")?.int("n") } == 0)
    let keys = try fixture.store.keys()
    #expect(try fixture.read { try AuditLog.verify($0, keys: keys) }.firstBad == nil)
  }

  @Test func onlyAdministratorsRotate() throws {
    let fixture = try filled()
    let before = try key(fixture)
    for name in ["rita", "vera", "nobody"] {
      #expect(refusal { _ = try fixture.store.rotateKey(as: Fixture.caller(name)) } == "notPermitted")
    }
    #expect(try key(fixture) == before)
  }

  /// What was approved by a keyed hash of a secret is asked anew; what has no secret stays approved.
  @Test func approvalsOfJobsWithSecretsFallBack() throws {
    let fixture = try filled()
    for name in ["enable", "plain"] {
      let job = try fixture.job(name)
      try fixture.change(as: "rita") { _ = try $0.requestApproval(of: job, Fixture.manifest(job), message: "please") }
      try fixture.change(as: "abe") { _ = try $0.decide(.approve, on: job, message: "fine") }
    }
    #expect(try rotate(fixture).resetApprovals == ["enable"])
    func status(_ name: String) throws -> ApprovalStatus {
      try fixture.read { try ApprovalQueries.status($0, of: try JobQueries.find($0, name)) }
    }
    #expect(try status("enable") == .notRequested)
    #expect(try status("plain") == .approved)
  }

  // MARK: The chain

  static let forgeries: [(what: String, statement: String)] = [
    ("an old row", "UPDATE audit SET detail = 'x' WHERE id = 2"),
    ("the last old row", "UPDATE audit SET detail = 'x' WHERE id = (SELECT until_row FROM audit_key)"),
    ("the row of the rotation", "UPDATE audit SET detail = 'x' WHERE action = 'credential.rekey'"),
    ("a new row", "UPDATE audit SET detail = 'x' WHERE id = (SELECT max(id) FROM audit)"),
    ("the old key taken away", "DELETE FROM audit_key"),
    ("the old key said to reach further", "UPDATE audit_key SET until_row = until_row + 1"),
    ("the old key said to end sooner", "UPDATE audit_key SET until_row = until_row - 1"),
    ("another old key", "UPDATE audit_key SET key = x'00'"),
    ("an old key twice", "INSERT INTO audit_key (until_row, key) SELECT until_row + 1, key FROM audit_key"),
    ("the rotation taken out", "DELETE FROM audit WHERE action = 'credential.rekey'"),
  ]

  @Test(arguments: forgeries) func forgeriesAreFound(_ item: (what: String, statement: String)) throws {
    let fixture = try filled()
    _ = try rotate(fixture)
    try fixture.change(as: "ada") { try $0.audit("test", "x") }
    try fixture.store.database.write { sql in
      for trigger in ["audit_keep", "audit_stay"] { _ = try sql.execute("DROP TRIGGER \(trigger)") }
      _ = try sql.execute(item.statement)
    }
    let keys = try fixture.store.keys()
    #expect(try fixture.read { try AuditLog.verify($0, keys: keys) }.firstBad != nil, "\(item.what)")
  }

  /// Who knows the old key can chain a history of their own with it; the first row of the new key does not take it up.
  @Test func theOldKeyForgesNothing() throws {
    let fixture = try filled()
    let old = try KeyRing(fileContent: try key(fixture), path: "old")
    _ = try rotate(fixture)
    try fixture.store.database.write { sql in
      for trigger in ["audit_keep", "audit_stay"] { _ = try sql.execute("DROP TRIGGER \(trigger)") }
      let until = try #require(try sql.row("SELECT until_row FROM audit_key")).int64("until_row")
      // The last old row anew, with a link that the old key makes right.
      let row = try #require(try sql.row("SELECT * FROM audit WHERE id = ?", until))
      let fields = [
        "\(until)", "\(try row.int64("time"))", "eve", "1000", "delegated", try row.text("action"), try row.text("object"),
        try row.text("detail"), try row.text("previous"),
      ]
      let link = fields.map { "\($0.utf8.count):\($0)" }.joined(separator: ",")
      try sql.execute("UPDATE audit SET user = 'eve', hash = ? WHERE id = ?", old.auditHash(link), until)
    }
    let keys = try fixture.store.keys()
    let last = try fixture.read { try $0.row("SELECT max(id) AS n FROM audit")?.int64("n") }
    // The forged row holds by itself; the next one gives it away.
    #expect(try fixture.read { try AuditLog.verify($0, keys: keys) }.firstBad == last)
  }

  // MARK: The registry

  /// Contents that are no secrets. A new column of bytes is either sealed, and in `SealedColumn.all`, or named here.
  private static let plainBlobs: Set<String> = ["blob.content", "snmp_engine.identifier"]

  @Test func everyColumnOfBytesIsKnown() throws {
    let fixture = try Fixture()
    let columns = try fixture.read { sql in
      try sql.rows(
        """
        SELECT m.name || '.' || c.name AS name FROM sqlite_master m JOIN pragma_table_info(m.name) c
        WHERE m.type = 'table' AND c.type = 'BLOB' ORDER BY 1
        """
      ).map { try $0.text("name") }
    }
    #expect(columns.count > 4)
    let sealed = Set(SealedColumn.all.map { "\($0.table).\($0.column)" })
    #expect(Set(columns).subtracting(Self.plainBlobs).subtracting(sealed).isEmpty)
    #expect(sealed.isDisjoint(with: Self.plainBlobs))
  }

  /// What is sealed as text shows in no schema: nothing is sealed for a place that is not registered.
  @Test func nothingIsSealedElsewhere() throws {
    let keys = try KeyRing(fileContent: KeyRing.newFileContent(), path: "k")
    for place in ["credential/7/password", "job/7/parameter/a/b", "audit_key/1/key"] {
      #expect(refusal { _ = try keys.seal([1], place: place) } == nil, "\(place)")
    }
    for place in ["", "credential/7/username", "credential/x/password", "credential/7/password/2", "job/7/x/y", "other/1/key"] {
      #expect(refusal { _ = try keys.seal([1], place: place) } == "storage key", "\(place)")
    }
  }

  /// What the old key sealed is not left in the files either, once the journal is written back.
  @Test func theFilesForgetTheOldCiphertext() throws {
    let fixture = try filled()
    let sealed = try #require(try fixture.read { try $0.row("SELECT password FROM credential WHERE name = 'core'") }).blob(
      "password")
    let marker = Data(sealed)
    func isThere() throws -> Bool {
      try FileManager.default.subpathsOfDirectory(atPath: fixture.folder.path).contains {
        FileManager.default.contents(atPath: fixture.folder.path + "/" + $0)?.range(of: marker) != nil
      }
    }
    #expect(try isThere())
    _ = try rotate(fixture)
    _ = try fixture.store.database.read { try $0.rows("PRAGMA wal_checkpoint(TRUNCATE)") }
    #expect(try !isThere())
  }
}
