extension ReportTable {
  /// A part of the bars of a chart: what it is called, its colour, and the words of the column that it counts.
  package struct Part: Sendable {
    fileprivate let series: Chart.Series
    fileprivate let words: Set<String>?

    /// Counts the rows whose word is one of `words`, or with nil those that no other part counts.
    package init(_ name: String, _ tone: Tone, _ words: Set<String>?) {
      series = Chart.Series(name, tone)
      self.words = words
    }
  }

  /// How many rows there are of each value of a column, the most frequent first and the rest together, in parts by the words
  /// of another column.
  package func bars(_ title: String, of key: String, by other: String? = nil, _ parts: [Part], most: Int = 12) -> Chart {
    guard let column = index(of: key) else { return Chart(title: title, form: .bars, series: parts.map(\.series), groups: []) }
    var counts: [String: [Int]] = [:]
    for row in rows {
      let name = row[column].shown.isEmpty ? "none" : row[column].shown
      if let part = part(of: row, other, parts) { counts[name, default: Self.none(parts)][part] += 1 }
    }
    var groups = counts.map { Chart.Group($0.key, $0.value) }.sorted { ($1.total, $0.name) < ($0.total, $1.name) }
    if groups.count > most {
      let rest = groups[(most - 1)...]
      let sums = parts.indices.map { part in rest.reduce(0) { $0 + $1.counts[part] } }
      groups = groups.prefix(most - 1) + [Chart.Group("\(rest.count) others", sums)]
    }
    return Chart(title: title, form: .bars, series: parts.map(\.series), groups: groups)
  }

  /// How many rows fall on each day, in UTC, from the first to the last, in parts by the words of another column; by the week
  /// where there are more than 62 days.
  /// - Parameters:
  ///   - key: a column of times.
  ///   - days: the days in order, `2026-11-26`, those without rows too.
  package func timeline(_ title: String, of key: String, by other: String? = nil, _ parts: [Part], days: [String]) -> Chart {
    let step = days.count > 62 ? 7 : 1
    let places = Dictionary(days.enumerated().map { ($0.element, $0.offset / step) }, uniquingKeysWith: { first, _ in first })
    var groups = stride(from: 0, to: days.count, by: step).map { Chart.Group(String(days[$0].dropFirst(5)), Self.none(parts)) }
    if let column = index(of: key) {
      for row in rows {
        guard let place = places[String(row[column].shown.prefix(10))], let part = part(of: row, other, parts) else { continue }
        groups[place].counts[part] += 1
      }
    }
    return Chart(
      title: title + (step == 1 ? ", each day (UTC)" : ", each week from the day named (UTC)"), form: .columns,
      series: parts.map(\.series), groups: groups)
  }

  private func index(of key: String) -> Int? { columns.firstIndex { $0.key == key } }

  private func part(of row: [Value], _ key: String?, _ parts: [Part]) -> Int? {
    guard let key, let column = index(of: key) else { return parts.indices.first }
    let word = row[column].shown
    return parts.firstIndex { $0.words?.contains(word) ?? false } ?? parts.firstIndex { $0.words == nil }
  }

  private static func none(_ parts: [Part]) -> [Int] { parts.map { _ in 0 } }
}
