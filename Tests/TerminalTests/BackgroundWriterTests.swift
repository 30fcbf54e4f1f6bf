import Glibc
import Synchronization
import Testing

@testable import Terminal

@Suite struct BackgroundWriterTests {
  private final class Log: Sendable {
    private let entries = Mutex<[String]>([])
    func add(_ line: String) { entries.withLock { $0.append(line) } }
    var lines: [String] { entries.withLock { $0 } }
  }

  /// Keeps the writer's thread until the other end is written to or closed.
  private static func block(_ ends: TestPipe, _ log: Log? = nil) -> @Sendable (Int) -> Void {
    let descriptor = ends.reading
    return { dropped in
      log?.add("block after \(dropped)")
      var byte: UInt8 = 0
      _ = read(descriptor, &byte, 1)
    }
  }

  @Test func writesInOrderOnItsOwnThread() async throws {
    let log = Log()
    let writer = try BackgroundWriter()
    for number in 0..<2000 { writer.submit(byteCount: 10) { _ in log.add("\(number)") } }
    await writer.finish()
    #expect(log.lines == (0..<2000).map(String.init))
    writer.submit(byteCount: 1) { _ in log.add("late") }
    try await Task.sleep(for: .milliseconds(5))
    #expect(log.lines.last == "1999")
  }

  @Test func aReaderThatDoesNotReadCostsLinesAndNoTime() async throws {
    let ends = try TestPipe()
    let log = Log()
    let writer = try BackgroundWriter(limit: 100)
    writer.submit(byteCount: 10, Self.block(ends))
    for number in 0..<50 { writer.submit(byteCount: 10) { _ in log.add("\(number)") } }
    await writer.finish(within: .milliseconds(50))
    #expect(log.lines == [])
    close(ends.writing)
    for _ in 0..<1000 where log.lines.count < 9 { try await Task.sleep(for: .milliseconds(2)) }
    #expect(log.lines == (0..<9).map(String.init), "what fitted")
    close(ends.reading)
  }

  @Test func whatWasDroppedIsCounted() async throws {
    let ends = try TestPipe()
    let log = Log()
    let writer = try BackgroundWriter(limit: 25)
    writer.submit(byteCount: 10, Self.block(ends, log))
    for number in 0..<7 { writer.submit(byteCount: 10) { dropped in log.add("\(number) after \(dropped)") } }
    close(ends.writing)
    for _ in 0..<1000 where log.lines.count < 2 { try await Task.sleep(for: .milliseconds(2)) }
    writer.submit(byteCount: 10) { dropped in log.add("last after \(dropped)") }
    await writer.finish()
    let dropped = log.lines.compactMap { Int($0.split(separator: " ").last ?? "") }.reduce(0, +)
    #expect(log.lines[1].hasPrefix("0 after ") && log.lines.last?.hasPrefix("last") == true)
    #expect(dropped == 6 && log.lines.count == 3, "\(log.lines)")
    close(ends.reading)
  }
}
