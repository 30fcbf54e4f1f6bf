internal import Storage
internal import Terminal

extension Context {
  /// Names the jobs that a list had to leave out.
  /// - Returns: how the command ends: `.failed` where there are any.
  func tell(of damaged: [DamagedJob]) -> ExitStatus {
    for job in damaged { errors.writeLine("netjob: error: " + escapeControls(job.error.message)) }
    if let hint = damaged.first?.error.hint { self.hint(hint) }
    return damaged.isEmpty ? .done : .failed
  }
}
