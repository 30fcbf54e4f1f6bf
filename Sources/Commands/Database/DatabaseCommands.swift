package import Arguments

/// `netjob db`: the database itself.
package enum DatabaseCommands {
  package static let group = CommandGroup(
    "db", section: Sections.administration, summary: "check, copy and upgrade the database")

  package static let list: [Command] = [migrate]
}
