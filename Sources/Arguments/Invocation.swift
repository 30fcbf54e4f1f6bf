/// What a command line asks for.
package enum Invocation: Sendable {
  /// Run a command.
  case command(CommandSpec, ParsedArguments)
  /// Show help and exit 0; nothing else on the line was checked.
  case help(HelpTopic)
  /// Show the version and exit 0.
  case version
}

/// What help is about.
package enum HelpTopic: Sendable {
  case overview
  case group(CommandGroup)
  case command(CommandSpec)
}
