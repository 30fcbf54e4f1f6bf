private import Scheduling

/// Computes fires for the benchmark `next-fires`: `NextFires EXPR ZONE COUNT`, from 2026-01-01T00:00:00Z on.
///
/// It writes a line for each way: its name, the seconds it took, and the last fire. `series` asks once for all of them; `single`
/// parses the expression and asks for one, again for each.
@main
enum NextFires {
  static func main() throws {
    let words = CommandLine.arguments
    guard words.count == 4, let count = Int(words[3]), count > 0 else { throw Usage() }
    let zone = try ZoneDatabase().rules(for: words[2])
    let start = try Timestamp(parsing: "2026-01-01T00:00:00Z")

    try report("series") { try Schedule.parseCron(words[1]).next(after: start, count: count, in: zone).last }
    try report("single") {
      var last = start
      for _ in 0..<count {
        guard let next = try Schedule.parseCron(words[1]).next(after: last, count: 1, in: zone).first else { break }
        last = next
      }
      return last
    }
  }

  private static func report(_ way: String, _ body: () throws -> Timestamp?) rethrows {
    let began = ContinuousClock.now
    let last = try body()
    let parts = (ContinuousClock.now - began).components
    print(way, Double(parts.seconds) + Double(parts.attoseconds) * 1e-18, last?.rfc3339 ?? "never")
  }

  private struct Usage: Error {}
}
