import Foundation
import JobModel
import Scheduling
import Storage
import Testing

@Suite struct SecretTests {
  private static let secrets = CredentialSecrets(
    password: "Tr0ub4dor&3-password", enable: "Tr0ub4dor&3-enable", privateKey: "-----BEGIN Tr0ub4dor&3-privatekey-----",
    passphrase: "Tr0ub4dor&3-passphrase")

  private func contents(of folder: String) throws -> [String: Data] {
    var found: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      if let data = FileManager.default.contents(atPath: folder + "/" + name) { found[name] = data }
    }
    return found
  }

  private func addCredential(_ fixture: Fixture, _ name: String = "core", _ secrets: CredentialSecrets = secrets) throws {
    try fixture.change(as: "ada") {
      _ = try $0.addCredential(name: name, username: "netops", secrets: secrets, network: nil, priority: 100)
    }
  }

  private func opened(_ store: Store, _ name: String) throws -> CredentialSecrets {
    let keys = try store.keys()
    return try store.read { try CredentialQueries.secrets($0, of: try CredentialQueries.find($0, name).id, keys: keys) }
  }

  @Test func noFileHoldsASecret() throws {
    let fixture = try Fixture()
    try addCredential(fixture)
    let job = try fixture.addJob("enable", secrets: ["new": "Tr0ub4dor&3-parameter"])
    // In the clear they are nowhere, in any usual form: text, base64, hexadecimal, UTF-16.
    let marker = Array("Tr0ub4dor&3".utf8)
    let base64 = Data("Tr0ub4dor&3-password".utf8).base64EncodedData().prefix(20)
    let needles: [(String, Data)] = [
      ("text", Data(marker)), ("base64", base64),
      ("hexadecimal", Data(marker.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined().utf8)),
      ("UTF-16", Data(marker.flatMap { [$0, 0] })),
    ]
    func search(_ when: Comment) throws {
      let files = try contents(of: fixture.folder.path)
      #expect(files.keys.contains("db/netjob.db"), when)
      for (name, data) in files {
        for (form, needle) in needles { #expect(data.range(of: needle) == nil, "\(name) holds a secret as \(form)") }
      }
      // The search itself finds what is there.
      #expect(files.values.contains { $0.range(of: Data("netops".utf8)) != nil }, when)
    }
    #expect(try contents(of: fixture.folder.path).keys.contains("db/netjob.db-wal"))
    try search("with the journal")
    try fixture.store.database.write { _ = try $0.execute("UPDATE setting SET value = value") }
    _ = try fixture.store.database.read { try $0.rows("PRAGMA wal_checkpoint") }
    try search("in the database")
    // And yet they can be opened.
    #expect(try opened(fixture.store, "core") == Self.secrets)
    let keys = try fixture.store.keys()
    #expect(try JobQueries.secretParameters(try fixture.job(job.name), keys: keys) == ["new": "Tr0ub4dor&3-parameter"])
    #expect("\(Self.secrets)" == "CredentialSecrets(******)")
    #expect(String(reflecting: Self.secrets) == "CredentialSecrets(******)")
  }

  static let moves: [(String, String)] = [
    (
      "to another row",
      "UPDATE credential SET password = (SELECT password FROM credential WHERE name = 'core') WHERE name = 'edge'"
    ),
    ("to another column", "UPDATE credential SET password = enable WHERE name = 'edge'"),
    (
      "cut short", "UPDATE credential SET password = substr(password, 1, length(password) - 1) WHERE name = 'edge'"
    ),
    ("emptied", "UPDATE credential SET password = x'' WHERE name = 'edge'"),
    ("replaced", "UPDATE credential SET password = randomblob(60) WHERE name = 'edge'"),
  ]

  @Test(arguments: moves) func movedOrAlteredCiphertextDoesNotOpen(_ what: String, _ statement: String) throws {
    let fixture = try Fixture()
    try addCredential(fixture)
    try addCredential(fixture, "edge")
    #expect(try opened(fixture.store, "edge") == Self.secrets)
    #expect(try fixture.store.database.write { try $0.execute(statement) } == 1)
    let error = #expect(throws: StorageError.self) { try opened(fixture.store, "edge") }
    #expect(error?.code == .key)
    #expect(error?.message.contains("credential/2/password") == true)
    #expect(try opened(fixture.store, "core") == Self.secrets)
  }

  @Test func everyBitOfACiphertextCounts() throws {
    let fixture = try Fixture()
    let keys = try fixture.store.keys()
    let sealed = try keys.seal(Array("secret".utf8), place: "credential/1/enable")
    #expect(try keys.open(sealed, place: "credential/1/enable") == Array("secret".utf8))
    #expect(try keys.seal(Array("secret".utf8), place: "credential/1/enable") != sealed)
    for index in sealed.indices {
      var altered = sealed
      altered[index] ^= 1
      #expect(refusal { _ = try keys.open(altered, place: "credential/1/enable") } == "storage key")
    }
    #expect(refusal { _ = try keys.open(sealed, place: "credential/2/enable") } == "storage key")
    #expect(keys.keyedHash("a") == keys.keyedHash("a"))
    #expect(keys.keyedHash("a") != keys.keyedHash("b"))
    #expect(keys.keyedHash("a") != keys.auditHash("a"))
  }

  @Test func secretParametersAreBoundToJobAndName() throws {
    let fixture = try Fixture()
    let one = try fixture.addJob("one", secrets: ["a": "x", "b": "y"])
    let two = try fixture.addJob("two", secrets: ["a": "x"])
    let keys = try fixture.store.keys()
    var swapped = one
    swapped.definition.sealedParameters = [
      "a": try #require(one.definition.sealedParameters["b"]), "b": try #require(one.definition.sealedParameters["a"]),
    ]
    #expect(refusal { _ = try JobQueries.secretParameters(swapped, keys: keys) } == "storage key")
    var stolen = two
    stolen.definition.sealedParameters = one.definition.sealedParameters
    #expect(refusal { _ = try JobQueries.secretParameters(stolen, keys: keys) } == "storage key")
    stolen.definition.sealedParameters = ["a": "no base64"]
    #expect(refusal { _ = try JobQueries.secretParameters(stolen, keys: keys) } == "storage corrupt")
  }

  @Test func editingKeepsWhatIsNotGiven() throws {
    let fixture = try Fixture()
    try addCredential(fixture)
    try fixture.change(as: "ada") {
      try $0.editCredential(
        try CredentialQueries.find($0.sql, "core"), username: nil, secrets: CredentialSecrets(enable: "other"), network: nil,
        priority: nil)
    }
    var expected = Self.secrets
    expected.enable = "other"
    #expect(try opened(fixture.store, "core") == expected)
    try fixture.change(as: "ada") {
      try $0.editCredential(
        try CredentialQueries.find($0.sql, "core"), username: "root", secrets: CredentialSecrets(), network: nil, priority: 5)
    }
    let record = try fixture.read { try CredentialQueries.find($0, "core") }
    #expect((record.username, record.priority, record.hasPassword, record.hasPassphrase) == ("root", 5, true, true))
    #expect(try opened(fixture.store, "core") == expected)
  }

  @Test func anotherKeyOpensNothingAndChangesNothing() throws {
    let fixture = try Fixture()
    try addCredential(fixture)
    let other = try Fixture()
    try FileManager.default.removeItem(atPath: fixture.installation.keyPath)
    try FileManager.default.copyItem(atPath: other.installation.keyPath, toPath: fixture.installation.keyPath)
    chmod(fixture.installation.keyPath, 0o600)
    let store = try fixture.another()
    let error = #expect(throws: StorageError.self) { try opened(store, "core") }
    #expect(error?.code == .key)
    #expect(error?.hint?.contains("key file") == true)
    // Nothing is sealed, and no audit row chained, with a key that is not this database's.
    let refused = #expect(throws: StorageError.self) {
      try store.change(as: Fixture.caller("ada")) { try $0.audit("test", "x") }
    }
    #expect(refused?.code == .key)
    #expect(refused?.message.contains(fixture.installation.keyPath) == true)
  }

  static let damages: [(String, String)] = [
    ("empty", ""), ("short", "00ff"), ("63 digits", String(repeating: "a", count: 63)),
    ("65 digits", String(repeating: "a", count: 65)), ("no digits", String(repeating: "g", count: 64)),
    ("a sign", "+" + String(repeating: "a", count: 63)), ("binary", String(repeating: "\u{0}", count: 64)),
    ("long", String(repeating: "a", count: 4096)),
  ]

  @Test(arguments: damages) func damagedKeyFiles(_ what: String, _ content: String) throws {
    let fixture = try Fixture()
    try content.write(toFile: fixture.installation.keyPath, atomically: false, encoding: .utf8)
    let error = #expect(throws: StorageError.self) { try fixture.another().keys() }
    #expect(error?.code == .key)
    #expect(error?.message.contains("damaged") == true)
  }

  @Test func keyFilesMayEndInALineBreak() throws {
    let digits = String(repeating: "0aF9", count: 16)
    let plain = try KeyRing(fileContent: digits, path: "k")
    for text in [digits + "\n", digits + "\r\n", digits.lowercased()] {
      #expect(try KeyRing(fileContent: text, path: "k").keyedHash("x") == plain.keyedHash("x"))
    }
    #expect(KeyRing.newFileContent() != KeyRing.newFileContent())
  }

  @Test func credentialsStayInTheirNetwork() throws {
    let fixture = try Fixture()
    try addCredential(fixture, "everywhere")
    let lab = try fixture.change(as: "ada") { change in
      _ = try change.addNetwork(name: "lab", comment: "", hostKeys: .strict)
      let lab = try NetworkQueries.find(change.sql, "lab")
      _ = try change.addCredential(name: "lab", username: "x", secrets: Self.secrets, network: lab, priority: 1)
      _ = try change.addCredential(name: "lab2", username: "x", secrets: Self.secrets, network: lab, priority: 0)
      return lab
    }
    let home = try fixture.network
    let device = try fixture.addDevice("r1")
    func edit(_ build: (inout DeviceEdit, any SQLConnection) throws -> Void) -> String? {
      refusal {
        try fixture.change(as: "ada") { change in
          var edit = DeviceEdit()
          try build(&edit, change.sql)
          try change.editDevice(try DeviceQueries.find(change.sql, "r1"), edit)
        }
      }
    }
    #expect(edit { edit, sql in edit.credential = try CredentialQueries.find(sql, "lab") } == "invalid")
    #expect(edit { edit, sql in edit.credential = try CredentialQueries.find(sql, "everywhere") } == nil)
    #expect(
      edit { edit, sql in
        edit.credential = try CredentialQueries.find(sql, "lab")
        edit.network = lab
      } == nil)
    #expect(edit { edit, _ in edit.network = home } == "invalid")
    #expect(edit { edit, _ in edit.comment = "x" } == nil)
    #expect(
      refusal {
        try fixture.change(as: "ada") {
          try $0.editCredential(
            try CredentialQueries.find($0.sql, "lab"), username: nil, secrets: CredentialSecrets(), network: home, priority: nil)
        }
      } == "conflict")
    // A device's own credential alone; without one, what worked last, then its network's by priority.
    func candidates() throws -> [String] {
      try fixture.read { try CredentialQueries.candidates($0, for: try DeviceQueries.find($0, "r1")).map(\.name) }
    }
    #expect(try candidates() == ["lab"])
    #expect(edit { edit, _ in edit.clearsCredential = true } == nil)
    #expect(try candidates() == ["lab2", "lab"])
    try fixture.change(as: "rita") { change in
      try change.noteContact(
        deviceID: device.id, isUp: true, credentialID: try CredentialQueries.find(change.sql, "lab").id)
    }
    #expect(try candidates() == ["lab", "lab2"])
    try fixture.change(as: "ada") { try $0.deleteCredential(try CredentialQueries.find($0.sql, "lab")) }
    #expect(try candidates() == ["lab2"])
  }
}
