/// The rows of a table in the order of their numbers, a page in memory at a time.
struct NumberedPages<Item> {
  /// A page: the first rows in order whose numbers are not below the given one; none at the end.
  private let load: (Int64) throws -> [(number: Int64, item: Item)]
  /// The last one is the next.
  private var page: [(number: Int64, item: Item)] = []
  // From below the first number, so that no inserted row hides there.
  private var first: Int64? = .min

  init(load: @escaping (Int64) throws -> [(number: Int64, item: Item)]) { self.load = load }

  /// The next row, unless its number is `limit` or more.
  mutating func next(below limit: Int64?) throws -> Item? {
    if page.isEmpty, let first {
      page = try load(first).reversed()
      self.first = page.first.flatMap { $0.number == .max ? nil : $0.number + 1 }
    }
    guard let next = page.last, limit.map({ next.number < $0 }) ?? true else { return nil }
    return page.removeLast().item
  }
}
