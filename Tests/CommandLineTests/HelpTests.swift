import Arguments
import Commands
import Testing

/// Help needs nothing: no home folder, no PATH, no database.
@Suite struct HelpTests {
  @Test func tableIsSound() {
    #expect(AllCommands.table().selfCheck() == [])
  }

  @Test(arguments: AllCommands.list.map(\.spec.path) + [[]])
  func helpInAnEmptyEnvironment(path: [String]) throws {
    let result = try BuiltProgram.run(BuiltProgram.path, path + ["-h"], environment: [:])
    #expect(result.status == 0)
    #expect(result.text.hasPrefix("Usage: netjob" + path.map { " " + $0 }.joined()))
  }

  @Test(arguments: AllCommands.table().groups.map(\.name))
  func helpOnANoun(name: String) throws {
    let result = try BuiltProgram.run(BuiltProgram.path, [name, "--help"], environment: [:])
    #expect(result.status == 0)
    #expect(result.text.hasPrefix("Usage: netjob \(name) VERB"))
  }
}
