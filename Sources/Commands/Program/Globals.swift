package import Arguments

/// The options that every command takes, before its name and after it.
package enum Globals {
  package static let database = Option<String>(
    "db", valueName: "PATH", help: "use this database instead of the one that NETJOB_DB or the standard places name",
    completion: .file)
  package static let json = Flag("json", help: "write JSON to standard output")
  package static let noColor = Flag("no-color", help: "write no colours")
  package static let quiet = Flag("quiet", short: "q", help: "write no messages about what was done")
  package static let verbose = Flag("verbose", short: "v", help: "write more messages about what is done")

  package static let all: [any CommandParameter] = [database, json, noColor, quiet, verbose]
}
