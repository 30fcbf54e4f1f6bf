internal import Arguments
private import Terminal

/// The commands about the program itself.
package enum MetaCommands {
  package static let version = Command(
    ["version"], section: Sections.start, summary: "show the version", needs: [],
    examples: [Example("netjob version --json", "the version for a script")]
  ) { context, _ in
    context.show(["version": .string(AllCommands.version)]) { context.output.writeLine("netjob \(AllCommands.version)") }
    return .done
  }
}
