import Commands
import Terminal
import Testing

/// The CSV of `--values`, as far as its form goes (RFC 4180).
@Suite struct JobDeviceValuesTests {
  private static let line =
    "job create v --type tool --tool command-runner --device r1 --device r2 --values - --json"

  @Test(arguments: [
    ("", "line 1: the file is empty"), ("name,commands\nr1,x\n", "line 1: the first column is 'name'"),
    ("device\nr1\n", "line 1: there is no column"), ("device,commands\n", "line 1: no device follows"),
    ("device,commands,commands\nr1,x,y\n", "line 1: the column 'commands' is there twice"),
    ("device,\nr1,x\n", "line 1: a column has no name"), ("device,commands\nr1\n", "line 2: 1 fields where the first line has 2"),
    ("device,commands\nr1,x,y\n", "line 2: 3 fields"),
    ("device,commands\n,x\n", "line 2: the device is missing"), ("device,commands\nr1,\"x\n", "line 2: a quote is not closed"),
    ("device,commands\nr1,x\"y\n", "line 2: a quote within a field"),
    ("device,commands\nr1,\"x\"y\n", "line 2: a comma must follow"),
    ("device,commands\nr1,\"x\ny\"\nr1,z\n", "line 4: device 'r1' is there twice, first in line 2"),
  ])
  func refusals(input: String, message: String) async throws {
    let bench = try await CommandBench()
    let outcome = await bench.run(Self.line, as: "alice", input: input)
    #expect(outcome.status == .usage)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }

  @Test func quotedFieldsHoldCommasQuotesAndLines() async throws {
    let bench = try await CommandBench()
    let input = "\u{FEFF}device,commands\r\nr1,\"show version\r\nshow \"\"x\"\", y\"\r\nr2,show clock\r\n"
    #expect(await bench.run(Self.line, as: "alice", input: input).status == .done)
    #expect(
      try (await bench.run("job preview v --json")).json == [
        ["device": "r1", "commands": ["show version", "show \"x\", y"]], ["device": "r2", "commands": ["show clock"]],
      ])
  }
}
