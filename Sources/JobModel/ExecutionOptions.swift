/// How a job's executions behave.
package struct ExecutionOptions: Codable, Equatable, Sendable {
  package enum Overlap: String, Codable, Sendable, CaseIterable { case skip, queue }
  package enum Missed: String, Codable, Sendable, CaseIterable {
    case runOnce = "run-once"
    case skip
  }

  /// Devices at once; nil leaves it to the session budget.
  package var concurrency: Int?
  /// Sizes of the first batches, the last one repeating; empty is one batch of all.
  package var batch: [Share] = []
  /// Failures that may happen before no further batch is begun; nil is any number.
  package var maxFailures: Share?
  /// Time for one device, in seconds.
  package var timeout: Int64?
  /// How often a device that could not be reached is tried again.
  package var retries: Int = 0
  package var overlap: Overlap = .skip
  /// What happens to a fire that is later than the grace; nil is `run-once` for reading jobs, `skip` for changing ones.
  package var missed: Missed?
  /// How late a fire may be, in seconds; nil is 1 hour for reading jobs, 5 minutes for changing ones.
  package var grace: Int64?
  /// After a change, the running configuration is stored as a revision too.
  package var backupAfter: Bool = false
  /// After a change that was verified, the running configuration is saved on the device.
  package var save: Bool = false

  package init() {}

  /// The missed-fire policy that applies to a job that does or does not change devices.
  package func missedPolicy(changesDevices: Bool) -> Missed { missed ?? (changesDevices ? .skip : .runOnce) }

  /// The grace that applies, in seconds.
  package func graceSeconds(changesDevices: Bool) -> Int64 { grace ?? (changesDevices ? 300 : 3600) }
}

/// A number of devices, or a percentage of them.
package enum Share: Codable, Equatable, Sendable, CustomStringConvertible {
  case count(Int)
  case percent(Int)

  /// Parses `5` or `20%`.
  /// - Parameter minimum: the least value allowed, 0 or 1.
  /// - Throws: `.invalid`, naming `what`.
  package init(parsing text: String, minimum: Int, as what: String) throws(ModelError) {
    let isPercent = text.hasSuffix("%")
    let digits = isPercent ? text.dropLast() : Substring(text)
    let limit = isPercent ? 100 : 1_000_000
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }), let value = Int(digits),
      (minimum...limit).contains(value)
    else {
      throw ModelError(
        .invalid, "\(what) '\(TextRule.quoted(text))' is not allowed: a number from \(minimum) to 1000000, or \(minimum)% to 100%"
      )
    }
    self = isPercent ? .percent(value) : .count(value)
  }

  package init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    try self.init(parsing: text, minimum: 0, as: "share")
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  package var description: String {
    switch self {
    case .count(let value): "\(value)"
    case .percent(let value): "\(value)%"
    }
  }

  /// The number of devices meant among `total`; a percentage rounds up, so that `1%` of few is one.
  package func resolved(of total: Int) -> Int {
    switch self {
    case .count(let value): value
    case .percent(let value): (total * value + 99) / 100
    }
  }
}
