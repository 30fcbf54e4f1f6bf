import Foundation
import JobRunner
import Storage
import Testing

@Suite(.serialized) struct ProcessIdentityTests {
  private let current = ProcessIdentity.current()

  @Test func thisProcessLives() {
    #expect(current.pid == Int64(getpid()))
    #expect(current.startTicks > 0)
    #expect(!current.boot.isEmpty)
    #expect(!ProcessIdentity.isGone(current, seenFrom: current))
  }

  @Test func anEndedChildIsGone() throws {
    let child = Process()
    child.executableURL = URL(filePath: "/bin/cat")
    let pipe = Pipe()
    child.standardInput = pipe
    child.standardOutput = Pipe()
    try child.run()
    var owner = current
    owner.pid = Int64(child.processIdentifier)
    let text = try String(contentsOfFile: "/proc/\(owner.pid)/stat", encoding: .utf8)
    owner.startTicks = try #require(Int64(text.split(separator: ")")[1].split(separator: " ")[19]))
    #expect(!ProcessIdentity.isGone(owner, seenFrom: current))
    try pipe.fileHandleForWriting.close()
    child.waitUntilExit()
    #expect(ProcessIdentity.isGone(owner, seenFrom: current))
  }

  @Test func anotherProcessWithTheSameNumberIsNotTheOwner() {
    var owner = current
    owner.startTicks -= 1
    #expect(ProcessIdentity.isGone(owner, seenFrom: current))
  }

  @Test func beforeARestartOfTheMachineEverythingIsGone() {
    var owner = current
    owner.boot = "00000000-0000-0000-0000-000000000000"
    #expect(ProcessIdentity.isGone(owner, seenFrom: current))
  }

  @Test func anotherHostCannotBeLookedAt() {
    var owner = current
    owner.host = "elsewhere"
    owner.pid = 999_999_999
    #expect(!ProcessIdentity.isGone(owner, seenFrom: current))
  }

  @Test func whereNothingIsKnownOfThisProcessNobodyIsGone() {
    var blind = current
    blind.boot = ""
    var owner = current
    owner.startTicks -= 1
    #expect(!ProcessIdentity.isGone(owner, seenFrom: blind))
  }
}
