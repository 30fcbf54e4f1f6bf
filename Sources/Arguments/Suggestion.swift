/// Guesses what a mistyped word was meant to be.
enum Suggestion {
  /// `did you mean 'x'?`, or nil when nothing is near.
  static func hint(for word: String, among candidates: [String]) -> String? {
    let near = nearest(to: word, among: candidates)
    guard !near.isEmpty else { return nil }
    return "did you mean \(near.map { "'\($0)'" }.joined(separator: " or "))?"
  }

  /// Up to three candidates: those that the word abbreviates, else those within a few typing errors, nearest first.
  static func nearest(to word: String, among candidates: [String]) -> [String] {
    guard !word.isEmpty, word.utf8.count <= 64 else { return [] }
    let abbreviated = candidates.filter { $0 != word && $0.hasPrefix(word) }
    if !abbreviated.isEmpty { return Array(abbreviated.prefix(3)) }
    let limit = max(1, min(3, word.count / 3))
    var found: [(distance: Int, order: Int, candidate: String)] = []
    for (order, candidate) in candidates.enumerated() {
      let distance = distance(word, candidate)
      if distance <= limit { found.append((distance, order, candidate)) }
    }
    guard let best = found.map(\.distance).min() else { return [] }
    return found.filter { $0.distance == best }.prefix(3).map(\.candidate)
  }

  /// Damerau-Levenshtein distance, restricted form: insertions, deletions, substitutions and swaps of neighbours.
  static func distance(_ first: String, _ second: String) -> Int {
    let a = Array(first.unicodeScalars)
    let b = Array(second.unicodeScalars)
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in 1...a.count {
      var row = [i]
      row.reserveCapacity(b.count + 1)
      for j in 1...b.count {
        let cost = a[i - 1] == b[j - 1] ? 0 : 1
        var best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost)
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, beforeLast[j - 2] + 1) }
        row.append(best)
      }
      beforeLast = last
      last = row
    }
    return last[b.count]
  }
}
