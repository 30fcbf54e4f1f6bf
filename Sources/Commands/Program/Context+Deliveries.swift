package import Delivery
private import Glibc
private import Storage
private import Terminal

extension Context {
  /// What works off the outbox for this caller.
  package var drain: OutboxDrain { OutboxDrain(store: store, caller: caller, host: Self.hostName) }

  /// What sends tests.
  package var trial: NotificationTrial { NotificationTrial(store: store, caller: caller, host: Self.hostName) }

  private static var hostName: String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Sends what this command has put into the outbox, for two seconds at most; the rest is left to the next run-due. What goes
  /// wrong here is no failure of the command: it stands in the outbox, and is told to people only.
  package func deliver() async {
    guard hasStore, store.outbox.take() else { return }
    // Nobody waits for the mail server to see what a command did.
    output.flush()
    errors.flush()
    do {
      tell(try await drain.run(.command))
    } catch {
      if isVerbose { note("notifications wait in the outbox: \(ErrorReport(error).message)") }
    }
  }

  /// Runs the work of executions, and sends meanwhile what it puts into the outbox, and afterwards.
  /// - Parameters:
  ///   - budget: how long it may take when the work is done.
  ///   - isStopped: somebody wants to leave.
  package func delivering<Value>(
    _ budget: OutboxDrain.Budget, isStopped: @escaping @Sendable () -> Bool, _ work: () async throws -> Value
  ) async throws -> Value {
    let sender = Task { [drain, store] in
      while !Task.isCancelled {
        try? await Task.sleep(for: .milliseconds(500))
        // What fails here is tried again, by the clock of the outbox.
        if !Task.isCancelled, store.outbox.take() { _ = try? await drain.run(budget, isStopped: isStopped) }
      }
    }
    let result: Result<Value, any Error>
    do { result = .success(try await work()) } catch { result = .failure(error) }
    output.flush()
    let end = ContinuousClock.now
    sender.cancel()
    await sender.value
    // run-due sends what others have left, too.
    if store.outbox.take() || budget == .background {
      do {
        tell(try await drain.run(budget, spent: ContinuousClock.now - end, isStopped: isStopped))
      } catch {
        if isVerbose { note("notifications wait in the outbox: \(ErrorReport(error).message)") }
      }
    }
    return try result.get()
  }

  /// In cron's mail this would come every minute, while nothing can be done but what the outbox does by itself.
  private func tell(_ outcome: OutboxDrain.Outcome) {
    guard outcome.failed > 0, errors.isTerminal || isVerbose else { return }
    let what = outcome.failed == 1 ? "1 notification was not sent yet" : "\(outcome.failed) notifications were not sent yet"
    note("\(what): \(outcome.reason ?? "no reason")")
    hint("netjob notification list shows what waits")
  }
}
