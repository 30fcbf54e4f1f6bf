/// Days of the week or months by their three-letter names, as `--weekly`, `--monthly` and `window` take them.
package protocol NameSet: Hashable, Sendable {
  /// One bit per value, at the value cron gives it.
  var bits: UInt16 { get }
  init(bits: UInt16)
  /// Lower-case names and values in the order in which they are listed.
  static var entries: [(name: String, value: Int)] { get }
  /// What one entry is called in a message.
  static var noun: String { get }
}

/// A set of days of the week.
package struct WeekdaySet: NameSet {
  /// Bit 0 is Sunday.
  package let bits: UInt16
  package init(bits: UInt16) { self.bits = bits & 0x7f }
  package static let noun = "day"
  package static let entries = [
    ("mon", 1), ("tue", 2), ("wed", 3), ("thu", 4), ("fri", 5), ("sat", 6), ("sun", 0),
  ].map { (name: $0.0, value: $0.1) }
}

/// A set of months.
package struct MonthSet: NameSet {
  /// Bit 1 is January.
  package let bits: UInt16
  package init(bits: UInt16) { self.bits = bits & 0x1ffe }
  package static let noun = "month"
  package static let entries = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
  ].enumerated().map { (name: $0.element, value: $0.offset + 1) }
}

extension NameSet {
  package static var all: Self { Self(bits: entries.reduce(0) { $0 | 1 << UInt16($1.value) }) }

  package func contains(_ value: Int) -> Bool { value >= 0 && value < 16 && bits & (1 << UInt16(value)) != 0 }

  /// Parses `mon,wed-fri` or, where `allowingAll`, `all`; any case, ranges must not run backwards.
  init(parsing word: Word, allowingAll: Bool, code: ScheduleError.Code) throws(ScheduleError) {
    if allowingAll, word.text == "all" {
      self = .all
      return
    }
    var bits: UInt16 = 0
    for item in word.split(at: ",") {
      let ends = item.split(at: "-")
      guard ends.count <= 2, let first = Self.index(of: ends[0].text), let last = Self.index(of: ends[ends.count - 1].text)
      else {
        let names = Self.entries.map(\.name)
        let what = item.text.isEmpty ? "empty \(Self.noun) in \(quoted(word.text))" : "\(Self.noun) \(quoted(item.text))"
        throw ScheduleError(
          code, "\(what): must be a name from \(names.joined(separator: " "))\(allowingAll ? ", or all alone" : "")",
          hint: "separate names with commas; a range is written \(names[0])-\(names[4])", column: item.column)
      }
      guard first <= last else {
        throw ScheduleError(
          code, "\(Self.noun) \(quoted(item.text)): a range must not run backwards", hint: "list its parts: a-b,c-d",
          column: item.column)
      }
      for index in first...last { bits |= 1 << UInt16(Self.entries[index].value) }
    }
    self.init(bits: bits)
  }

  private static func index(of name: String) -> Int? {
    let lower = name.lowercased()
    return entries.firstIndex { $0.name == lower }
  }

  /// `mon,wed-fri`, which parses back to an equal set; `all` for the full set where `allowingAll`.
  func text(allowingAll: Bool) -> String {
    if allowingAll, self == .all { return "all" }
    var items: [String] = []
    var index = 0
    let entries = Self.entries
    while index < entries.count {
      guard contains(entries[index].value) else {
        index += 1
        continue
      }
      var end = index
      while end + 1 < entries.count, contains(entries[end + 1].value) { end += 1 }
      if end - index >= 2 {
        items.append("\(entries[index].name)-\(entries[end].name)")
      } else {
        items += entries[index...end].map(\.name)
      }
      index = end + 1
    }
    return items.joined(separator: ",")
  }
}
