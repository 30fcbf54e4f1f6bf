/// How shells complete a value. Words of a choice are completed without being said here.
package enum Completion: Equatable, Sendable {
  /// Nothing is offered.
  case none
  /// Names of files and folders.
  case file
  /// Names of folders.
  case directory
  /// These words; with `isList` several of them parted by commas.
  case words([String], isList: Bool)
  /// Words that only the program knows: its completer is run with this kind and what has been typed so far.
  case dynamic(String)
  /// The nouns, verbs and commands of the table itself.
  case command
}
