internal import Terminal

extension Context {
  /// Writes text from a device, control characters escaped, through the pager on a terminal.
  func pageEscaped(_ text: String) throws {
    let escaped = escapeControls(text, .block)
    try page(escaped.isEmpty || escaped.hasSuffix("\n") ? escaped : escaped + "\n")
  }

  /// Writes differences in the form of `diff -u`, coloured where the terminal is.
  func pageDifference(_ text: String) throws {
    let style = output.style
    let lines = escapeControls(text, .block).split(separator: "\n", omittingEmptySubsequences: true)
    var coloured = ""
    for line in lines {
      let role: Style.Role =
        switch line.first {
        case "+": line.hasPrefix("+++ ") ? .heading : .good
        case "-": line.hasPrefix("--- ") ? .heading : .bad
        case "@": .muted
        default: .plain
        }
      coloured += style.apply(role, String(line)) + "\n"
    }
    try page(coloured)
  }
}
