import JobModel
import Scheduling
import Testing

@testable import Storage

/// Contents that are stored as what is different against the one before.
@Suite struct DeltaTests {
  private static func configuration(_ lines: Int) -> [String] {
    (0..<lines).map { "interface Gi0/\($0) address 10.\($0 / 256).\($0 % 256).1 key \(sha256(Array("\($0)".utf8)).prefix(20))" }
  }

  @Test func textsComeBackAsTheyWere() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<300 {
      let base = (0..<Int.random(in: 0...60, using: &random)).map { _ in "line \(Int.random(in: 0...30, using: &random))" }
      var text = base
      for _ in 0..<Int.random(in: 0...6, using: &random) {
        let place = Int.random(in: 0...text.count, using: &random)
        switch Int.random(in: 0...3, using: &random) {
        case 0: text.insert("new \(place)", at: place)
        case 1: if place < text.count { text.remove(at: place) }
        case 2: text.append(contentsOf: text.prefix(place))
        default: text.shuffle(using: &random)
        }
      }
      let end = Bool.random(using: &random) ? "\n" : ""
      let (old, new) = (Array((base.joined(separator: "\n") + end).utf8), Array(text.joined(separator: "\n").utf8))
      guard let delta = TextDelta.make(from: old, to: new, limit: .max) else { continue }
      #expect(TextDelta.apply(delta[...], to: old, size: new.count) == new)
    }
  }

  /// A delta comes from a file that may have been altered.
  @Test func damagedDeltasMakeNothing() {
    let base = Array("hostname r1\n".utf8)
    for bytes: [UInt8] in [[1], [0], [3, 200, 1], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [20, 1], [25, 11, 0x80]] {
      #expect(TextDelta.apply(bytes[...], to: base, size: 12) == nil)
    }
  }

  @Test func revisionsTakeLittleRoomAndComeBack() throws {
    let fixture = try Fixture()
    var lines = Self.configuration(400)
    var hashes: [String] = []
    try fixture.store.database.write { sql in
      for number in 0..<150 {
        lines[number * 7 % 400] = "changed in \(number)"
        hashes.append(try Blobs.put(sql, lines.joined(separator: "\n"), after: hashes.last))
      }
    }
    let whole = try #require(try fixture.read { try $0.row("SELECT length(content) AS n FROM blob WHERE hash = ?", hashes[0]) })
    let sum = try #require(try fixture.read { try $0.row("SELECT sum(length(content)) AS n, max(depth) AS d FROM blob") })
    #expect(try sum.int("d") == Blobs.depthLimit)
    #expect(try sum.int("n") < whole.int("n") * 5)
    lines = Self.configuration(400)
    for number in 0..<150 {
      lines[number * 7 % 400] = "changed in \(number)"
      #expect(try fixture.read { try Blobs.get($0, hashes[number]) } == lines.joined(separator: "\n"))
    }
    let findings = try fixture.read { DatabaseInspection($0, of: fixture.store).contents() }
    #expect(findings.map(\.result) == [.ok])
    // One that is damaged takes those with it that build upon it, and the check names them.
    try fixture.store.database.write { _ = try $0.execute("UPDATE blob SET content = zeroblob(9) WHERE hash = ?", hashes[140]) }
    let damaged = try fixture.read { DatabaseInspection($0, of: fixture.store).contents() }
    #expect(damaged.allSatisfy { $0.result == .error } && !damaged.isEmpty)
    #expect(refusal { _ = try fixture.read { try Blobs.get($0, hashes[145]) } } == "storage corrupt")
    #expect(throws: Never.self) { try fixture.read { _ = try Blobs.get($0, hashes[139]) } }
    // What others build upon is not deleted.
    #expect(throws: (any Error).self) {
      try fixture.store.database.write { _ = try $0.execute("DELETE FROM blob WHERE hash = ?", hashes[0]) }
    }
  }
}
