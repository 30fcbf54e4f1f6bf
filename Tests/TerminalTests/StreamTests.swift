import Glibc
import Testing

@testable import Terminal

/// A pipe whose ends the test closes.
struct TestPipe {
  let reading: Int32
  let writing: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    reading = ends[0]
    writing = ends[1]
  }

  /// What can be read until the writing end is closed.
  func drain() -> String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while case let count = read(reading, &chunk, chunk.count), count > 0 { bytes += chunk[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }
}

@Suite struct StreamTests {
  @Test func writesToADescriptorWhenFlushed() throws {
    let ends = try TestPipe()
    let output = TextOutput(descriptor: ends.writing, name: "standard output", environment: [:])
    #expect(!output.isTerminal)
    output.write("a")
    output.writeLine("b")
    output.write(bytes: [0x63])
    try output.finish()
    close(ends.writing)
    #expect(ends.drain() == "ab\nc")
    close(ends.reading)
  }

  @Test func messagesGoOutLineByLine() throws {
    let ends = try TestPipe()
    let output = TextOutput(descriptor: ends.writing, name: "standard error", flushesLines: true, environment: [:])
    output.write("a\nb")
    var chunk = [UInt8](repeating: 0, count: 10)
    #expect(read(ends.reading, &chunk, 10) == 3)
    close(ends.writing)
    close(ends.reading)
  }

  @Test(arguments: [("132", 132), ("", 80), ("0", 80), ("-5", 80), ("x", 80), ("99999", 80)])
  func width(_ columns: String, _ width: Int) throws {
    let ends = try TestPipe()
    #expect(TextOutput(descriptor: ends.writing, name: "x", environment: ["COLUMNS": columns]).width == width)
    close(ends.writing)
    close(ends.reading)
  }

  @Test func widthOfATerminalIsAskedFor() throws {
    let terminal = try TestTerminal()
    var size = winsize(ws_row: 24, ws_col: 97, ws_xpixel: 0, ws_ypixel: 0)
    #expect(ioctl(terminal.slave, UInt(TIOCSWINSZ), &size) == 0)
    let output = TextOutput(descriptor: terminal.slave, name: "x", environment: ["TERM": "xterm"])
    #expect(output.isTerminal)
    #expect(output.width == 97)
    #expect(output.style.isColoured)
    terminal.close()
  }

  @Test func closedPipeIsKeptAsFailure() async {
    await #expect(processExitsWith: .success) {
      BrokenPipe.ignoreSignal()
      let ends = try TestPipe()
      close(ends.reading)
      let output = TextOutput(descriptor: ends.writing, name: "standard output", environment: [:])
      output.write(String(repeating: "x", count: 1 << 17))
      #expect(output.failure?.code == .brokenPipe)
      output.write("more")
      #expect(throws: TerminalError(.brokenPipe, "standard output was closed by its reader")) { try output.finish() }
    }
  }

  @Test func fullDeviceIsReported() throws {
    let descriptor = open("/dev/full", O_WRONLY)
    let output = TextOutput(descriptor: descriptor, name: "standard output", environment: [:])
    output.write("x")
    #expect(throws: TerminalError(.writeFailed, "cannot write standard output: no space left on device")) {
      try output.finish()
    }
    close(descriptor)
  }

  @Test func programEndsAsTheSignalWouldEndIt() async {
    await #expect(processExitsWith: .signal(SIGPIPE)) {
      BrokenPipe.ignoreSignal()
      BrokenPipe.endProcess()
    }
  }

  @Test func readsLinesAndTheRest() throws {
    let input = TextInput("one\n\nthree\nrest\nof it".utf8)
    #expect(try input.readLine(limit: 10) == Array("one".utf8))
    #expect(try input.readLine(limit: 10) == [])
    #expect(try input.readLine(limit: 5) == Array("three".utf8))
    #expect(try input.readAll(limit: 10) == Array("rest\nof it".utf8))
    #expect(try input.readLine(limit: 10) == nil)
    #expect(try input.readAll(limit: 10) == [])
  }

  @Test func readsFromADescriptor() throws {
    let ends = try TestPipe()
    let text = Array((String(repeating: "x", count: 3000) + "\nlast").utf8)
    #expect(writeAll(text, to: ends.writing) == 0)
    close(ends.writing)
    let input = TextInput(descriptor: ends.reading, name: "standard input")
    #expect(try input.readLine(limit: 3000)?.count == 3000)
    #expect(try input.readLine(limit: 3000) == Array("last".utf8))
    #expect(try input.readLine(limit: 3000) == nil)
    close(ends.reading)
  }

  @Test func boundsHold() throws {
    #expect(throws: TerminalError(.tooLong, "memory: a line is longer than 3 bytes")) {
      try TextInput("abcd\n".utf8).readLine(limit: 3)
    }
    #expect(throws: TerminalError(.tooLong, "memory: a line is longer than 3 bytes")) {
      try TextInput("abcd".utf8).readLine(limit: 3)
    }
    #expect(throws: TerminalError(.tooLong, "memory: the input is longer than 3 bytes")) {
      try TextInput("abcd".utf8).readAll(limit: 3)
    }
    #expect(try TextInput("abc".utf8).readAll(limit: 3) == Array("abc".utf8))
    let zero = open("/dev/zero", O_RDONLY)
    let endless = TextInput(descriptor: zero, name: "standard input")
    #expect(throws: TerminalError.self) { try endless.readLine(limit: 1000) }
    #expect(throws: TerminalError.self) { try endless.readAll(limit: 1000) }
    close(zero)
    let closed = TextInput(descriptor: -1, name: "standard input")
    #expect(throws: TerminalError(.readFailed, "cannot read standard input: bad file descriptor")) {
      try closed.readAll(limit: 10)
    }
  }

  @Test(arguments: [("s3cret\nx", "s3cret"), ("s3cret\r\n", "s3cret"), ("s3cret", "s3cret"), (" a b \n", " a b "), ("é\n", "é")])
  func secretLine(_ text: String, _ secret: String) throws {
    #expect(try TextInput(text.utf8).readSecretLine("password") == secret)
  }

  static let badSecrets: [([UInt8], TerminalError.Code)] = [
    ([], .endOfInput), ([0x0A], .invalidInput), ([0x0D, 0x0A], .invalidInput), ([0x61, 0, 0x0A], .invalidInput),
    ([0xFF, 0x0A], .invalidInput), (Array(repeating: 0x61, count: 5000), .tooLong),
  ]

  @Test(arguments: badSecrets) func refusesSecret(_ bytes: [UInt8], _ code: TerminalError.Code) throws {
    let error = try #require(throws: TerminalError.self) { try TextInput(bytes).readSecretLine("password") }
    #expect(error.code == code)
    #expect(!error.message.contains("aaa"))
  }
}
