/// A shell that has a completion script.
package enum CompletionShell: String, CaseIterable, ArgumentValue {
  case bash
  case zsh
  case fish

  /// The script that completes the table's program.
  package func script(for table: CommandTable) -> String {
    let model = CompletionModel(table)
    return switch self {
    case .bash: BashCompletion.render(model)
    case .zsh: ZshCompletion.render(model)
    case .fish: FishCompletion.render(model)
    }
  }

  /// The name that the shell's own folder of completions expects.
  package func fileName(for program: String) -> String {
    switch self {
    case .bash: program + ".bash"
    case .zsh: "_" + program
    case .fish: program + ".fish"
    }
  }
}
