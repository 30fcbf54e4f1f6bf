extension SearchExpression {
  /// Reads one word: `KEY:VALUE` or a bare word.
  struct TermParser {
    let source: Source
    let knownFields: Set<String>

    private static let builtInKeys = [
      "name", "hostname", "address", "network", "platform", "vendor", "model", "version", "serial", "tag", "site", "status",
      "changed",
    ]

    func term(_ marks: [Mark], at offset: Int) throws(SearchError) -> Term {
      guard !marks.isEmpty else { throw source.error(.empty, at: offset, "the quotes are empty") }
      guard let colon = marks.firstIndex(where: { $0.isOperator(":") }) else { return try bareWord(marks, at: offset) }
      let key = SearchExpression.text(marks[..<colon])
      let value = marks[(colon + 1)...]
      guard !key.isEmpty else {
        throw source.error(.syntax, at: offset, "':' needs a key before it", hint: "put a word with a colon in quotes")
      }
      guard isKnown(key) else { throw unknownKey(key, word: marks, at: offset) }
      guard let first = value.first else {
        throw source.error(
          .badValue, at: marks[colon].offset, "key \(SearchExpression.quotedForMessage(key)) needs a value right after the colon")
      }
      switch key {
      case "address": return .address(try address(value, at: first.offset))
      case "changed": return try changed(value, at: first.offset)
      case "version":
        if let (comparison, rest) = comparison(value) { return try version(comparison, rest, at: first.offset) }
      default:
        if comparison(value) != nil {
          throw source.error(
            .badValue, at: first.offset,
            "key \(SearchExpression.quotedForMessage(key)) takes no comparison, only 'version' and 'changed' do",
            hint: "put a value that starts with <, > or = in quotes")
        }
      }
      let pattern = Pattern(value, matchesPart: false)
      return TextKey(rawValue: key).map { .text($0, pattern) } ?? .field(key, pattern)
    }

    private func bareWord(_ marks: [Mark], at offset: Int) throws(SearchError) -> Term {
      let pattern = Pattern(marks, matchesPart: true)
      guard !pattern.isOnlyStars else {
        throw source.error(.empty, at: offset, "'*' alone would match every device", hint: "to mean that, say --all-devices")
      }
      if comparison(marks[...]) != nil {
        throw source.error(.syntax, at: offset, "a comparison needs a key before it, as in version:>=15.2 or changed:<7d")
      }
      return .anywhere(pattern)
    }

    private func comparison(_ value: ArraySlice<Mark>) -> (Comparison, ArraySlice<Mark>)? {
      for comparison in Comparison.allCases {
        let sign = comparison.rawValue.unicodeScalars
        if value.count >= sign.count, zip(value, sign).allSatisfy({ $0.isOperator($1) }) {
          return (comparison, value.dropFirst(sign.count))
        }
      }
      return nil
    }

    // MARK: Values

    private func address(_ value: ArraySlice<Mark>, at offset: Int) throws(SearchError) -> AddressSet {
      if value.contains(where: { $0.isOperator("*") }) { return .pattern(Pattern(value, matchesPart: false)) }
      let text = SearchExpression.text(value)
      if let address = NetworkAddress(text) { return .single(address) }
      if let slash = text.firstIndex(of: "/"), let address = NetworkAddress(String(text[..<slash])) {
        return .prefix(try prefix(text, address, at: offset))
      }
      let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
      if ends.count == 2, let first = NetworkAddress(String(ends[0])), let last = NetworkAddress(String(ends[1])) {
        guard first.family == last.family, first <= last else {
          throw source.error(
            .badValue, at: offset, "range \(SearchExpression.quotedForMessage(text)) must go up within one address family")
        }
        return .range(first...last)
      }
      throw source.error(
        .badValue, at: offset,
        "\(SearchExpression.quotedForMessage(text)) is no address, CIDR block (10.1.0.0/16) or range (10.0.0.1-10.0.0.9)",
        hint: "for devices addressed by name use hostname:NAME or a *, as in address:*.example.net")
    }

    private func prefix(_ text: String, _ address: NetworkAddress, at offset: Int) throws(SearchError) -> NetworkPrefix {
      guard let prefix = NetworkPrefix(text) else {
        throw source.error(
          .badValue, at: offset,
          "\(SearchExpression.quotedForMessage(text)) needs a prefix length of 0-\(address.family.bitCount) after the /")
      }
      // A mistyped length or address would otherwise reach more devices than meant.
      guard prefix.address == address else {
        throw source.error(
          .badValue, at: offset, "\(SearchExpression.quotedForMessage(text)) has host bits set",
          hint: "the block is \(prefix), the address alone \(address)")
      }
      return prefix
    }

    private func version(_ comparison: Comparison, _ value: ArraySlice<Mark>, at offset: Int) throws(SearchError) -> Term {
      let version = Version(SearchExpression.text(value))
      guard version.hasNumber, let first = value.first?.scalar.properties, first.isAlphabetic || first.numericType != nil,
        !value.contains(where: { $0.isOperator("*") })
      else {
        throw source.error(
          .badValue, at: offset,
          "\(SearchExpression.quotedForMessage(version.text)) is no version to compare with, as in version:>=15.2",
          hint: "a * goes without a comparison, as in version:15.2*")
      }
      return .version(comparison, version)
    }

    private func changed(_ value: ArraySlice<Mark>, at offset: Int) throws(SearchError) -> Term {
      guard let (comparison, rest) = comparison(value), comparison != .equal, let age = age(SearchExpression.text(rest)) else {
        throw source.error(
          .badValue, at: offset,
          "\(SearchExpression.quotedForMessage(SearchExpression.text(value))) is no age: <, <=, > or >= and a number with s, m, h, d or w",
          hint: "changed:<7d is within the last seven days, changed:>24h longer ago than a day")
      }
      return .changed(comparison, age)
    }

    private func age(_ text: String) -> Int64? {
      guard let last = text.last, let unit = AgeUnit(rawValue: last) else { return nil }
      let digits = text.dropLast()
      guard (1...9).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
      // Nine digits of weeks are far from overflowing.
      return Int64(digits).map { $0 * unit.milliseconds }
    }

    // MARK: Keys

    private func isKnown(_ key: String) -> Bool {
      Self.builtInKeys.contains(key) || knownFields.contains(key)
    }

    private func unknownKey(_ key: String, word: [Mark], at offset: Int) -> SearchError {
      let text = SearchExpression.text(word)
      var fields = knownFields.subtracting(Self.builtInKeys).sorted()
      let candidates = Self.builtInKeys + fields
      let hint: String?
      if NetworkAddress(text) != nil || NetworkPrefix(text) != nil {
        hint = "for an IPv6 address write address:\(text)"
      } else {
        hint = Self.nearest(to: key, in: candidates).map { "did you mean '\($0)'?" }
      }
      if fields.count > 20 { fields = fields.prefix(20) + ["..."] }
      return source.error(
        .unknownKey, at: offset,
        "unknown key \(SearchExpression.quotedForMessage(key)), allowed are "
          + (Self.builtInKeys + fields).joined(separator: ", "), hint: hint)
    }

    /// The candidate with the fewest edits, at most a third of its length.
    private static func nearest(to key: String, in candidates: [String]) -> String? {
      let key = Array(key.lowercased())
      guard key.count <= 40 else { return nil }
      var best: (name: String, edits: Int)?
      for candidate in candidates where candidate.count <= 40 {
        let edits = distance(key, Array(candidate.lowercased()))
        if edits <= max(1, candidate.count / 3), edits < best?.edits ?? .max { best = (candidate, edits) }
      }
      return best?.name
    }

    /// Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
      var beforeLast: [Int] = []
      var last = Array(0...right.count)
      for row in left.indices {
        var line = [row + 1]
        for column in right.indices {
          var edits = min(line[column] + 1, last[column + 1] + 1, last[column] + (left[row] == right[column] ? 0 : 1))
          if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
            edits = min(edits, beforeLast[column - 1] + 1)
          }
          line.append(edits)
        }
        beforeLast = last
        last = line
      }
      return last[right.count]
    }
  }
}
