/// How far work on many devices has got, as one line.
package struct ProgressText: Equatable, Sendable {
  /// The one that takes longest of those under way.
  package struct Slowest: Equatable, Sendable {
    package var name: String
    package var seconds: Int64
    /// What it is about; may be empty.
    package var activity: String

    package init(name: String, seconds: Int64, activity: String = "") {
      self.name = name
      self.seconds = seconds
      self.activity = activity
    }
  }

  /// What the work is called.
  package var label: String
  package var total: Int
  package var done: Int
  package var failed: Int
  package var running: Int
  /// Done per second; nil while nothing can be said.
  package var rate: Double?
  /// Seconds; nil while nothing can be said.
  package var secondsLeft: Int64?
  package var slowest: Slowest?
  /// It was told to end and finishes what cannot be left.
  package var isStopping: Bool

  package init(
    label: String, total: Int, done: Int = 0, failed: Int = 0, running: Int = 0, rate: Double? = nil, secondsLeft: Int64? = nil,
    slowest: Slowest? = nil, isStopping: Bool = false
  ) {
    self.label = label
    self.total = total
    self.done = done
    self.failed = failed
    self.running = running
    self.rate = rate
    self.secondsLeft = secondsLeft
    self.slowest = slowest
    self.isStopping = isStopping
  }

  /// What can be left out, the least needed first.
  private enum Part: Int, CaseIterable { case activity, rate, slowest, left, label, running, failed }

  /// The line for a terminal: never wider than `width` columns, what matters least left out first.
  package func line(width: Int, style: Style = .plain) -> String {
    for count in 0...Part.allCases.count {
      let omitted = Set(Part.allCases.prefix(count))
      if DisplayWidth.of(text(without: omitted, .plain)) <= width { return text(without: omitted, style) }
    }
    return DisplayWidth.truncate(text(without: Set(Part.allCases), .plain), to: width)
  }

  private func text(without omitted: Set<Part>, _ style: Style) -> String {
    var parts = ["\(done)/\(total) done"]
    if failed > 0, !omitted.contains(.failed) { parts.append(style.apply(.bad, "\(failed) failed")) }
    if running > 0, !omitted.contains(.running) { parts.append("\(running) running") }
    if let rate, !omitted.contains(.rate) { parts.append(Self.text(rate: rate)) }
    if isStopping {
      if !omitted.contains(.left) { parts.append(style.apply(.warning, "stopping")) }
    } else if let secondsLeft, !omitted.contains(.left) {
      parts.append("about \(DurationText.text(seconds: Self.rounded(secondsLeft))) left")
    }
    if let slowest, !omitted.contains(.slowest) {
      var words = "slowest \(slowest.name) \(DurationText.text(seconds: slowest.seconds))"
      if !slowest.activity.isEmpty, !omitted.contains(.activity) { words += " at \(slowest.activity)" }
      parts.append(escapeControls(words))
    }
    let line = parts.joined(separator: ", ")
    return omitted.contains(.label) || label.isEmpty ? line : escapeControls(label) + ": " + line
  }

  /// Tenths where they matter; a slow rate by the minute.
  private static func text(rate: Double) -> String {
    let perMinute = rate < 0.95
    let tenths = Int((min(rate, 1_000_000) * (perMinute ? 600 : 10)).rounded())
    let number = tenths >= 1000 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    return number + (perMinute ? "/min" : "/s")
  }

  /// An estimate does not know the second: steps of 5 s from a minute on, of a minute from an hour on.
  private static func rounded(_ seconds: Int64) -> Int64 {
    let step: Int64 = seconds < 60 ? 1 : seconds < 3600 ? 5 : 60
    return max(1, (seconds + step / 2) / step * step)
  }
}

/// What the course of the work so far says about the rest: the rate of the last half minute.
package struct ProgressMeter: Sendable {
  private static let window: Double = 30
  /// Before that a rate is chance.
  private static let patience: Double = 3
  private static let leastCount = 5

  private var samples: [(time: Double, done: Int)] = []

  package init() {}

  /// Takes note of how many are done at a time, in seconds of any clock that does not go back.
  /// - Returns: per second, and how many seconds the rest will take; nil where nothing can be said yet.
  package mutating func note(done: Int, of total: Int, at time: Double) -> (rate: Double?, secondsLeft: Int64?) {
    if samples.last?.done != done || samples.last.map({ time - $0.time >= 1 }) ?? true { samples.append((time, done)) }
    while samples.count > 2, samples[1].time <= time - Self.window { samples.removeFirst() }
    guard let first = samples.first, time - first.time >= Self.patience, done >= Self.leastCount, done > first.done else {
      return (nil, nil)
    }
    let rate = Double(done - first.done) / (time - first.time)
    let left = Double(max(0, total - done)) / rate
    return (rate, left < 100 * 3600 ? Int64(left.rounded(.up)) : nil)
  }
}
