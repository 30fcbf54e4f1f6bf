import DeviceCLI
import Foundation
import Testing
import Transports

@Suite struct FixtureTests {
  @Test(arguments: SessionFixture.all) func replaysAsRecorded(_ fixture: SessionFixture) async throws {
    try await fixture.replay(.steps)
  }

  @Test(arguments: SessionFixture.all) func replaysByteByByte(_ fixture: SessionFixture) async throws {
    try await fixture.replay(.chunks(1))
  }

  @Test(arguments: SessionFixture.all) func replaysInOddChunks(_ fixture: SessionFixture) async throws {
    for size in [2, 3, 7, 64] { try await fixture.replay(.chunks(size)) }
  }

  @Test(arguments: SessionFixture.all) func replaysSplitAnywhere(_ fixture: SessionFixture) async throws {
    let count = fixture.sentByteCount
    // Some hundred boundaries spread over the session; all of them where the environment asks for it, which takes minutes.
    let step = ProcessInfo.processInfo.environment["NETJOB_EVERY_SPLIT"] == nil ? max(1, count / 101) : 1
    for position in stride(from: 1, to: count, by: step) { try await fixture.replay(.split([position])) }
  }

  @Test(arguments: try PlatformCatalog().names()) func platformHasItsFixtures(_ name: String) throws {
    let platform = try PlatformCatalog().platform(named: name)
    var wanted: Set = ["login", "show", "error", "paging"]
    if platform.modes[.enable]?.entry != nil { wanted.insert("enable") }
    if platform.running != nil { wanted.insert("config") }
    if platform.startup != nil { wanted.insert("startup") }
    if !platform.inventory.isEmpty { wanted.insert("inventory") }
    if platform.save != nil { wanted.insert("save") }
    if platform.change != nil { wanted.insert("change") }
    if platform.change?.candidate?.trial != nil { wanted.insert("cancel") }
    let covered = SessionFixture.all.filter { $0.platform == name }.flatMap(\.covers)
    #expect(wanted.subtracting(covered).isEmpty, "no fixture covers \(wanted.subtracting(covered).sorted())")
  }

  @Test func fixturesBelongToPlatforms() throws {
    let names = try PlatformCatalog().names()
    #expect(!SessionFixture.all.isEmpty)
    for fixture in SessionFixture.all { #expect(names.contains(fixture.platform)) }
  }
}
