/// How the program ends; part of the command line's contract.
package enum ExitStatus: Int32, Sendable {
  case done = 0
  /// It ran and failed: a device, a mail, a check.
  case failed = 1
  /// The command line or an input file is wrong; nothing was changed.
  case usage = 2
  case notFound = 3
  case notPermitted = 4
  case notApproved = 5
  case conflict = 6
  /// A bug in netjob.
  case bug = 70
  case interrupted = 130
  case brokenPipe = 141
  case terminated = 143
}
