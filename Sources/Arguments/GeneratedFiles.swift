/// The files that are made from the table and committed: manual pages and completions.
package enum GeneratedFiles {
  /// The bytes by path below the package's root, complete: a file in `man/man1` or `completions` that is not here is stale.
  ///
  /// `date` is that of the release (`2026-01-31`); the same table and date make the same bytes.
  package static func render(_ table: CommandTable, date: String) -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for (name, text) in ManualRenderer(table: table, date: date).pages() { files["man/man1/" + name] = Array(text.utf8) }
    for shell in CompletionShell.allCases {
      files["completions/" + shell.fileName(for: table.program)] = Array(shell.script(for: table).utf8)
    }
    return files
  }
}
