private import Glibc
package import JobRunner
private import Synchronization
private import Terminal

/// Shows how far a command's work on devices has got: a line at the bottom of a terminal, redrawn; plain lines now and then in
/// continuous integration; nothing in any other pipe, nor with --quiet or --json.
package final class ProgressDisplay: Sendable {
  /// Work that is over sooner needs no line.
  private static let patience: Duration = .milliseconds(400)
  private static let redrawInterval: Duration = .milliseconds(200)
  /// Between plain lines, unless a tenth of the devices came sooner.
  private static let plainInterval: Duration = .seconds(30)

  private let context: Context
  private let progress: RunProgress
  private let stop: StopSignal
  private let status: StatusLine?
  private let task: Task<Void, Never>

  /// Starts to show it.
  /// - Returns: nil where it is not to be shown.
  package static func start(_ context: Context, _ progress: RunProgress, stop: StopSignal) -> ProgressDisplay? {
    guard !context.isQuiet, !context.isJSON else { return nil }
    let terminal = context.environment["TERM"] ?? ""
    let value = context.environment["CI"] ?? ""
    // What a CI system keeps are lines, also where it gives a terminal.
    let isKept = !["", "0", "false"].contains(value)
    if context.errors.isTerminal, !isKept {
      guard !terminal.isEmpty, terminal != "dumb" else { return nil }
      return ProgressDisplay(context, progress, stop, StatusLine(descriptor: STDERR_FILENO))
    }
    return isKept ? ProgressDisplay(context, progress, stop, nil) : nil
  }

  private init(_ context: Context, _ progress: RunProgress, _ stop: StopSignal, _ status: StatusLine?) {
    self.context = context
    self.progress = progress
    self.stop = stop
    self.status = status
    if let status {
      context.errors.attach(status)
      if context.output.isTerminal { context.output.attach(status) }
      task = Task { await Self.draw(on: status, context, progress, stop) }
    } else {
      task = Task { await Self.print(context, progress, stop) }
    }
  }

  /// Takes the line away; to be called before the results are written, and again does no harm.
  package func end() async {
    task.cancel()
    await task.value
    status?.end()
    context.errors.attach(nil)
    context.output.attach(nil)
  }

  /// Takes the line away when the process ends at once.
  package func endAtOnce() { status?.endAtOnce() }

  private static func draw(on line: StatusLine, _ context: Context, _ progress: RunProgress, _ stop: StopSignal) async {
    let began = ContinuousClock.now
    var meter = ProgressMeter()
    try? await Task.sleep(for: patience)
    while !Task.isCancelled {
      if let text = text(progress, &meter, since: began, stop) {
        line.show(text.line(width: line.width, style: context.errors.style))
      }
      try? await Task.sleep(for: redrawInterval)
    }
  }

  private static func print(_ context: Context, _ progress: RunProgress, _ stop: StopSignal) async {
    let began = ContinuousClock.now
    var meter = ProgressMeter()
    var last = (time: began, done: 0)
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(1))
      guard !Task.isCancelled, let text = text(progress, &meter, since: began, stop) else { continue }
      let isTenth = text.done < text.total && text.done * 10 / text.total > last.done * 10 / text.total
      guard isTenth && .now - last.time >= .seconds(5) || .now - last.time >= plainInterval else { continue }
      last = (.now, text.done)
      context.errors.writeLine("netjob: " + text.line(width: .max))
    }
  }

  /// - Returns: nil while there is nothing to tell.
  private static func text(
    _ progress: RunProgress, _ meter: inout ProgressMeter, since began: ContinuousClock.Instant, _ stop: StopSignal
  ) -> ProgressText? {
    let now = ContinuousClock.now
    let snapshot = progress.snapshot
    guard snapshot.total > 0, !snapshot.jobs.isEmpty else { return nil }
    let course = meter.note(done: snapshot.done, of: snapshot.total, at: (now - began) / .seconds(1))
    let label =
      snapshot.jobs.count == 1 ? snapshot.jobs[0] : "\(snapshot.jobs.count) jobs"
    return ProgressText(
      label: label, total: snapshot.total, done: snapshot.done, failed: snapshot.failed, running: snapshot.running,
      rate: course.rate, secondsLeft: course.secondsLeft,
      slowest: snapshot.slowest.map {
        ProgressText.Slowest(name: $0.device, seconds: Int64((now - $0.began) / .seconds(1)), activity: $0.activity)
      }, isStopping: stop.current != nil)
  }
}
