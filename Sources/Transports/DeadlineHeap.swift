/// A binary min-heap of deadlines by identifier, from which any entry can be removed in O(log n).
struct DeadlineHeap {
  private struct Entry {
    var id: UInt64
    var deadline: ContinuousClock.Instant
  }

  private var entries: [Entry] = []
  private var positions: [UInt64: Int] = [:]

  var isEmpty: Bool { entries.isEmpty }
  /// The earliest deadline.
  var next: ContinuousClock.Instant? { entries.first?.deadline }

  /// Adds an entry; `id` must not be in the heap.
  mutating func insert(_ id: UInt64, _ deadline: ContinuousClock.Instant) {
    precondition(positions[id] == nil, "a deadline is inserted once")
    entries.append(Entry(id: id, deadline: deadline))
    positions[id] = entries.count - 1
    siftUp(entries.count - 1)
  }

  /// Removes the entry if there is one.
  mutating func remove(_ id: UInt64) {
    guard let position = positions.removeValue(forKey: id) else { return }
    let last = entries.removeLast()
    guard position < entries.count else { return }
    entries[position] = last
    positions[last.id] = position
    siftDown(position)
    siftUp(position)
  }

  /// Removes and returns the entries whose deadline is at or before `now`, earliest first.
  mutating func removeExpired(at now: ContinuousClock.Instant) -> [UInt64] {
    var expired: [UInt64] = []
    while let first = entries.first, first.deadline <= now {
      expired.append(first.id)
      remove(first.id)
    }
    return expired
  }

  private mutating func swap(_ a: Int, _ b: Int) {
    entries.swapAt(a, b)
    positions[entries[a].id] = a
    positions[entries[b].id] = b
  }

  private mutating func siftUp(_ start: Int) {
    var child = start
    while child > 0 {
      let parent = (child - 1) / 2
      guard entries[child].deadline < entries[parent].deadline else { return }
      swap(child, parent)
      child = parent
    }
  }

  private mutating func siftDown(_ start: Int) {
    var parent = start
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
        if entries[child].deadline < entries[least].deadline { least = child }
      }
      if least == parent { return }
      swap(parent, least)
      parent = least
    }
  }
}
