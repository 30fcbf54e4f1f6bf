package import Scheduling

/// When a delivery that failed is tried again: after 1, 2, 4 ... minutes, at most 4 hours apart, for three days.
package enum RetrySchedule {
  package static let lifetimeSeconds: Int64 = 3 * 86_400
  private static let firstSeconds: Int64 = 60
  private static let longestSeconds: Int64 = 4 * 3600

  /// The wait after that many failed attempts.
  package static func delaySeconds(afterAttempts attempts: Int) -> Int64 {
    // Eight doublings reach the longest wait.
    min(firstSeconds << Int64(max(0, min(attempts - 1, 8))), longestSeconds)
  }

  /// The next attempt; nil when it is given up.
  package static func next(afterAttempts attempts: Int, now: Timestamp, giveUp: Timestamp) -> Timestamp? {
    if now >= giveUp { return nil }
    return min(now.adding(seconds: delaySeconds(afterAttempts: attempts)), giveUp)
  }
}
