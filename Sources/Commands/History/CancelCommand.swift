private import Arguments
private import JobModel
private import JobRunner
private import Storage
private import Terminal

/// `netjob cancel`: stops an execution.
package enum CancelCommand {
  private static let id = Operand<Int64>("ID", help: "the execution's number", conversion: .integer(in: 1...Int64.max))

  package static let cancel = Command(
    ["cancel"], section: Sections.results, summary: "stop an execution",
    discussion: """
      One that waits for its turn ends at once. Of one that runs, the process that runs it is asked to stop: it begins no further \
      device, and those that it has not begun are recorded as not-begun. One that changes devices can be stopped by those who may run such \
      jobs and by those who approve them.
      """,
    needs: [.oneOf([.runJob, .runToolJob, .approveToolJob])], parameters: [id],
    examples: [Example("netjob cancel 42", "stop an execution")], seeAlso: ["history show"]
  ) { context, arguments in
    // A process that is dead cannot be asked to stop: what it left is told first.
    try await Runner(
      store: context.store, catalogs: context.catalogs, zones: context.zones, caller: context.caller, stop: StopSignal(),
      makeConnector: context.makeConnector, report: { _ in }, complain: { context.warn($0) }
    ).sweep()
    let execution = try context.store.change(as: context.caller) { change in
      let execution = try ExecutionQueries.find(change.sql, arguments[id])
      try change.requestCancel(execution)
      return try ExecutionQueries.find(change.sql, execution.id)
    }
    context.show(ExecutionDocument.document(execution)) {
      context.note(
        execution.status.isActive
          ? "execution \(execution.id) of job '\(execution.job)' is asked to stop"
          : "execution \(execution.id) of job '\(execution.job)' is cancelled")
    }
    return .done
  }
}
