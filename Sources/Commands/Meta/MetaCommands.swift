private import Arguments
private import Terminal

/// The commands about the program itself.
package enum MetaCommands {
  private static let shell = Operand<CompletionShell>("SHELL", help: "the shell to write the script for")
  private static let words = RepeatedOperand<String>("WORDS", help: "a noun, or a noun and its verb", completion: .command)

  package static let help = Command(
    ["help"], section: Sections.start, summary: "explain a command in full", needs: [], parameters: [words],
    examples: [
      Example("netjob help", "list the commands and what exit codes mean"),
      Example("netjob help device add", "explain 'device add', with the permission that it needs"),
    ]
  ) { context, arguments in
    let table = AllCommands.table()
    let topic = try table.helpTopic(for: arguments[words])
    let text = HelpRenderer.render(topic, of: table, width: context.output.width, detail: .full)
    if context.isJSON {
      context.output.writeLine((["help": .string(text)] as JSONValue).pretty)
    } else {
      try context.page(text)
    }
    return .done
  }

  package static let version = Command(
    ["version"], section: Sections.start, summary: "show the version", needs: [],
    examples: [Example("netjob version --json", "the version for a script")]
  ) { context, _ in
    context.show(["version": .string(AllCommands.version)]) { context.output.writeLine("netjob \(AllCommands.version)") }
    return .done
  }

  package static let completion = Command(
    ["completion"], section: Sections.start, summary: "write the completion script of a shell",
    discussion: "The packages of netjob install these scripts; this command is for those who have none.", needs: [],
    parameters: [shell],
    examples: [
      Example("netjob completion bash > ~/.local/share/bash-completion/completions/netjob", "complete in bash from now on"),
      Example("netjob completion fish > ~/.config/fish/completions/netjob.fish", "complete in fish from now on"),
    ]
  ) { context, arguments in
    let script = arguments[shell].script(for: AllCommands.table())
    context.show(["shell": .string(arguments[shell].rawValue), "script": .string(script)]) { context.output.write(script) }
    return .done
  }
}
