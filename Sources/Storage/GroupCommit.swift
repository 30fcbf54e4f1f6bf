internal import JobModel
private import Synchronization

/// Changes that are made together: one transaction, and one wait for the disk, for what many devices have to record.
///
/// They are made in the order in which they were added. One that fails takes none of the others with it.
final class GroupCommit: Sendable {
  struct Entry: Sendable {
    let caller: Caller
    let perform: @Sendable (Change) throws -> Void
    /// Called once, when the entry is safe on disk, or with what went wrong.
    let finish: @Sendable ((any Error)?) -> Void
  }

  private struct State {
    var waiting: [Entry] = []
    var isWriting = false
    var isTimed = false
    /// Whoever waits, waits no longer for company.
    var isUrgent = false
  }

  /// How long a change waits for others to join it; this much is lost by a power cut that would be there without it.
  static let patience = Duration.milliseconds(20)
  /// With so many there is enough company, and no more are taken than twice this.
  private static let fullCount = 32

  private let state = Mutex(State())
  private let write: @Sendable ([Entry]) async throws -> Void

  /// - Parameter write: performs all entries in one transaction; called for one group at a time.
  init(write: @escaping @Sendable ([Entry]) async throws -> Void) { self.write = write }

  func add(_ entry: Entry, isUrgent: Bool) {
    state.withLock { state in
      state.waiting.append(entry)
      if isUrgent { state.isUrgent = true }
    }
    proceed()
  }

  /// Makes those that wait without waiting for more.
  func flush() {
    state.withLock { if !$0.waiting.isEmpty { $0.isUrgent = true } }
    proceed()
  }

  private enum Step: Sendable {
    case write([Entry])
    case wait
    case nothing
  }

  private func proceed() {
    switch state.withLock({ Self.nextStep(&$0) }) {
    case .nothing: break
    case .write(let entries): Task { await perform(entries) }
    case .wait:
      Task {
        try? await Task.sleep(for: Self.patience)
        state.withLock { state in
          state.isTimed = false
          state.isUrgent = true
        }
        proceed()
      }
    }
  }

  private static func nextStep(_ state: inout State) -> Step {
    if state.isWriting { return .nothing }
    if state.waiting.isEmpty {
      state.isUrgent = false
      return .nothing
    }
    guard state.isUrgent || state.waiting.count >= fullCount else {
      if state.isTimed { return .nothing }
      state.isTimed = true
      return .wait
    }
    let entries = Array(state.waiting.prefix(2 * fullCount))
    state.waiting.removeFirst(entries.count)
    if state.waiting.isEmpty { state.isUrgent = false }
    state.isWriting = true
    return .write(entries)
  }

  private func perform(_ entries: [Entry]) async {
    do {
      try await write(entries)
      for entry in entries { entry.finish(nil) }
    } catch {
      await retry(entries, after: error)
    }
    state.withLock { $0.isWriting = false }
    proceed()
  }

  /// Finds out whose failure it was; when the database cannot be written at all, it is everybody's.
  private func retry(_ entries: [Entry], after failure: any Error) async {
    let isEverybodys = (failure as? StorageError).map { [.locked, .diskFull, .readOnly].contains($0.code) } ?? false
    if entries.count == 1 || isEverybodys {
      for entry in entries { entry.finish(failure) }
      return
    }
    for entry in entries {
      do {
        try await write([entry])
        entry.finish(nil)
      } catch {
        entry.finish(error)
      }
    }
  }
}
