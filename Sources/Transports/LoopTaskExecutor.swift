/// The face of an event loop towards tasks that belong to no actor. The loop itself, as the executor of actors, has to enqueue
/// their jobs as such.
final class LoopTaskExecutor: TaskExecutor {
  private let core: EventLoopCore

  init(_ core: EventLoopCore) { self.core = core }

  func enqueue(_ job: consuming ExecutorJob) {
    core.enqueue(UnownedJob(job), executor: .task(asUnownedTaskExecutor()))
  }
}
