import Terminal
import Testing

@Suite struct TimeTextTests {
  static let day: Int64 = 86_400_000
  static let relatives: [(Int64, String)] = [
    (0, "now"), (999, "now"), (-999, "now"), (1000, "in 1 s"), (-1000, "1 s ago"), (-59_999, "59 s ago"),
    (-60_000, "1 min ago"), (180_000, "in 3 min"), (3_599_999, "in 59 min"), (3_600_000, "in 1 h"), (-2 * 3_600_000, "2 h ago"),
    (2 * day - 1, "in 47 h"), (2 * day, "in 2 d"), (-59 * day, "59 d ago"), (60 * day, "in 2 mo"), (-729 * day, "24 mo ago"),
    (730 * day, "in 2 y"),
  ]

  @Test(arguments: relatives) func relative(_ difference: Int64, _ text: String) {
    #expect(RelativeTime.text(of: 1_800_000_000_000 + difference, now: 1_800_000_000_000) == text)
  }

  @Test func extremesDoNotOverflow() {
    #expect(RelativeTime.text(of: .min, now: .max).hasSuffix(" y ago"))
    #expect(RelativeTime.text(of: .max, now: .min).hasPrefix("in "))
    #expect(RelativeTime.text(of: .min, now: 0).hasSuffix(" y ago"))
  }

  @Test(arguments: [
    ("90s", 90), ("10m", 600), ("1h30m", 5400), ("2d", 172_800), ("1w", 604_800), ("45", 45), ("0", 0), ("0s", 0), ("007", 7),
    ("1w1d1h1m1s", 694_861), ("1h30s", 3630), ("36500d", 3_153_600_000), ("100s", 100),
  ])
  func parses(_ text: String, _ seconds: Int64) throws {
    #expect(try DurationText.seconds(text) == seconds)
  }

  static let refusals: [(String, String)] = [
    ("", "it needs a form such as 90s, 10m, 1h30m or 2d"), ("m", "it needs a form such as 90s, 10m, 1h30m or 2d"),
    ("-5s", "it needs a form such as 90s, 10m, 1h30m or 2d"), ("5x", "the units are w, d, h, m and s"),
    ("5M", "the units are w, d, h, m and s"), ("1.5h", "the units are w, d, h, m and s"),
    ("5 s", "the units are w, d, h, m and s"),
    ("30m1h", "its units do not go from large to small"), ("1h1h", "its units do not go from large to small"),
    ("1h30", "its last number has no unit"), ("36501d", "it is longer than 100 years"),
    ("36500d1s", "it is longer than 100 years"), ("99999999999999999999", "it is longer than 100 years"),
    ("9223372036854775807w", "it is longer than 100 years"), ("٣s", "it needs a form such as 90s, 10m, 1h30m or 2d"),
  ]

  @Test(arguments: refusals) func refuses(_ text: String, _ reason: String) {
    #expect(throws: TerminalError(.invalidDuration, "'\(text)' is not a duration: \(reason)")) {
      try DurationText.seconds(text)
    }
  }

  @Test(arguments: [
    (0, "0s"), (-5, "0s"), (59, "59s"), (60, "1m"), (5400, "1h30m"), (86_400, "1d"), (694_861, "8d1h1m1s"),
    (Int64.max, "106751991167300d15h30m7s"),
  ])
  func formats(_ seconds: Int64, _ text: String) throws {
    #expect(DurationText.text(seconds: seconds) == text)
    if (0...DurationText.maximumSeconds).contains(seconds) { #expect(try DurationText.seconds(text) == seconds) }
  }
}
