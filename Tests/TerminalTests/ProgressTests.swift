import Glibc
import Synchronization
import Testing

@testable import Terminal

@Suite struct ProgressTests {
  private static let full = ProgressText(
    label: "backup-all", total: 340, done: 120, failed: 3, running: 64, rate: 8.13, secondsLeft: 27,
    slowest: .init(name: "core-17", seconds: 72, activity: "'show running-config'"))

  private static let widths: [(Int, String)] = [
    (
      200, "backup-all: 120/340 done, 3 failed, 64 running, 8.1/s, about 27s left, slowest core-17 1m12s at 'show running-config'"
    ),
    (
      117, "backup-all: 120/340 done, 3 failed, 64 running, 8.1/s, about 27s left, slowest core-17 1m12s at 'show running-config'"
    ),
    (113, "backup-all: 120/340 done, 3 failed, 64 running, 8.1/s, about 27s left, slowest core-17 1m12s"),
    (90, "backup-all: 120/340 done, 3 failed, 64 running, about 27s left, slowest core-17 1m12s"),
    (80, "backup-all: 120/340 done, 3 failed, 64 running, about 27s left"),
    (60, "backup-all: 120/340 done, 3 failed, 64 running"),
    (45, "120/340 done, 3 failed, 64 running"), (30, "120/340 done, 3 failed"), (20, "120/340 done"), (12, "120/340 done"),
    (11, "120/340 do…"), (1, "…"),
  ]

  @Test(arguments: widths) func fitsTheTerminal(_ width: Int, _ line: String) {
    #expect(Self.full.line(width: width) == line)
    let coloured = Self.full.line(width: width, style: Style(isColoured: true))
    #expect(coloured.replacing("\u{1B}[1;31m", with: "").replacing("\u{1B}[0m", with: "") == line)
  }

  private static let lines: [(ProgressText, String)] = [
    (ProgressText(label: "", total: 5), "0/5 done"),
    (ProgressText(label: "2 jobs", total: 5, done: 5), "2 jobs: 5/5 done"),
    (ProgressText(label: "j", total: 9, rate: 0.05), "j: 0/9 done, 3.0/min"),
    (ProgressText(label: "j", total: 9, rate: 123.4, secondsLeft: 0), "j: 0/9 done, 123/s, about 1s left"),
    (ProgressText(label: "j", total: 9, secondsLeft: 63), "j: 0/9 done, about 1m5s left"),
    (ProgressText(label: "j", total: 9, secondsLeft: 7250), "j: 0/9 done, about 2h1m left"),
    (ProgressText(label: "j", total: 9, running: 1, secondsLeft: 63, isStopping: true), "j: 0/9 done, 1 running, stopping"),
    (
      ProgressText(label: "j", total: 9, slowest: .init(name: "r1", seconds: 3, activity: "'\u{1B}[2J'")),
      "j: 0/9 done, slowest r1 3s at '\\x1b[2J'"
    ),
  ]

  @Test(arguments: lines) func saysWhatThereIsToSay(_ progress: ProgressText, _ line: String) {
    #expect(progress.line(width: 200) == line)
  }

  @Test func estimatesOnlyWhatItCanKnow() {
    var meter = ProgressMeter()
    #expect(meter.note(done: 0, of: 100, at: 0) == (nil, nil))
    #expect(meter.note(done: 10, of: 100, at: 1) == (nil, nil), "too early")
    #expect(meter.note(done: 20, of: 100, at: 4) == (5, 16))
    #expect(meter.note(done: 100, of: 100, at: 20) == (5, 0))
    var slow = ProgressMeter()
    _ = slow.note(done: 0, of: 10, at: 0)
    #expect(slow.note(done: 4, of: 10, at: 60) == (nil, nil), "too few")
    // The last half minute counts: the first devices were quick, the rest hang.
    var stalling = ProgressMeter()
    for second in 0...100 { _ = stalling.note(done: min(second, 50), of: 60, at: Double(second)) }
    #expect(stalling.note(done: 50, of: 60, at: 101) == (nil, nil))
    #expect(stalling.note(done: 53, of: 60, at: 102).secondsLeft == 70)
  }

  /// What a terminal shows after the bytes: line feed, carriage return, erasure to the right.
  fileprivate static func screen(_ bytes: [UInt8]) -> [String] {
    var lines: [[UInt8]] = [[]]
    var column = 0
    var index = 0
    while index < bytes.count {
      let last = lines.count - 1
      switch bytes[index] {
      case 0x0A:
        lines.append([])
        column = 0
      case 0x0D: column = 0
      case 0x1B:
        index += 2
        lines[last].removeSubrange(min(column, lines[last].count)...)
      case let byte:
        if column < lines[last].count { lines[last][column] = byte } else { lines[last].append(byte) }
        column += 1
      }
      index += 1
    }
    return lines.map { String(decoding: $0, as: UTF8.self) }
  }

  fileprivate final class Screen: Sendable {
    private let bytes = Mutex<[UInt8]>([])
    private let columns = Mutex(80)
    var width: Int {
      get { columns.withLock { $0 } }
      set { columns.withLock { $0 = newValue } }
    }
    var raw: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
    var lines: [String] { ProgressTests.screen(bytes.withLock { $0 }) }
    func put(_ text: String) { bytes.withLock { $0 += Array(text.utf8) } }
    var status: StatusLine {
      StatusLine(columns: { self.width }) { bytes in self.bytes.withLock { $0 += bytes } }
    }
  }

  @Test func outputGoesAboveTheStatus() {
    let screen = Screen()
    let status = screen.status
    #expect(status.width == 79)
    screen.width = 40
    #expect(status.width == 39)
    status.show("1/9 done, 8 running")
    #expect(screen.lines == ["1/9 done, 8 running"])
    status.show("2/9 done")
    #expect(screen.lines == ["2/9 done"])
    let drawn = screen.raw
    status.show("2/9 done")
    #expect(screen.raw == drawn, "nothing new is not drawn")
    status.above(isWholeLine: true) { screen.put("a result\n") }
    #expect(screen.lines == ["a result", "2/9 done"])
    status.above(isWholeLine: false) { screen.put("half") }
    #expect(screen.lines == ["a result", "half"])
    status.above(isWholeLine: true) { screen.put(" and whole\n") }
    status.show("3/9 done")
    #expect(screen.lines == ["a result", "half and whole", "3/9 done"])
    status.end()
    status.show("4/9 done")
    status.above(isWholeLine: true) { screen.put("the end\n") }
    #expect(screen.lines == ["a result", "half and whole", "the end", ""])
  }

  @Test func aStreamKnowsItsStatusLine() throws {
    let ends = try TestPipe()
    let screen = Screen()
    let status = screen.status
    let stream = TextOutput(descriptor: ends.writing, name: "standard error", flushesLines: true, environment: [:])
    stream.attach(status)
    status.show("1/9")
    stream.writeLine("remark")
    #expect(screen.raw == "\r1/9\u{1B}[K\r\u{1B}[K1/9\u{1B}[K")
    stream.attach(nil)
    stream.writeLine("end")
    close(ends.writing)
    #expect(ends.drain() == "remark\nend\n")
    close(ends.reading)
  }
}
