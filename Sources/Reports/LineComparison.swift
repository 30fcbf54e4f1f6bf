/// A run of old lines that a run of new lines takes the place of; either may be empty, not both.
struct LineChange: Equatable {
  let old: Range<Int>
  let new: Range<Int>
}

/// Finds what to remove and add to get from one sequence of line numbers to another.
///
/// E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), the linear-space refinement: meet in the middle, split
/// there. Lines that the other side lacks are set aside first. A search that costs too much gives up and splits at the point
/// that came furthest, so that the time stays about linear for sequences that share little.
struct LineComparison {
  private let old: [Int]
  private let new: [Int]
  private var isRemoved: [Bool]
  private var isAdded: [Bool]

  /// `editLimit` is the number of edits after which one search gives up; by default it suits the lengths.
  init(_ old: [Int], _ new: [Int], editLimit: Int? = nil) {
    self.old = old
    self.new = new
    isRemoved = Array(repeating: false, count: old.count)
    isAdded = Array(repeating: false, count: new.count)
    compare(editLimit: editLimit)
    Self.slideDown(&isRemoved, lines: old, other: isAdded)
    Self.slideDown(&isAdded, lines: new, other: isRemoved)
  }

  /// The changes in order; unchanged lines lie between any two of them.
  var changes: [LineChange] {
    var changes: [LineChange] = []
    var oldIndex = 0
    var newIndex = 0
    while oldIndex < old.count || newIndex < new.count {
      let oldStart = oldIndex
      let newStart = newIndex
      while oldIndex < old.count, isRemoved[oldIndex] { oldIndex += 1 }
      while newIndex < new.count, isAdded[newIndex] { newIndex += 1 }
      if oldIndex > oldStart || newIndex > newStart {
        changes.append(LineChange(old: oldStart..<oldIndex, new: newStart..<newIndex))
      } else {
        oldIndex += 1
        newIndex += 1
      }
    }
    return changes
  }

  private mutating func compare(editLimit: Int?) {
    let highest = max(old.max() ?? -1, new.max() ?? -1)
    var inOld = Array(repeating: false, count: highest + 1)
    var inNew = inOld
    for line in old { inOld[line] = true }
    for line in new { inNew[line] = true }
    let oldIndices = old.indices.filter { inNew[old[$0]] }
    let newIndices = new.indices.filter { inOld[new[$0]] }
    for index in old.indices where !inNew[old[index]] { isRemoved[index] = true }
    for index in new.indices where !inOld[new[index]] { isAdded[index] = true }
    var search = SnakeSearch(old: oldIndices.map { old[$0] }, new: newIndices.map { new[$0] }, editLimit: editLimit)
    search.run()
    for (position, index) in oldIndices.enumerated() where search.isRemoved[position] { isRemoved[index] = true }
    for (position, index) in newIndices.enumerated() where search.isAdded[position] { isAdded[index] = true }
  }

  /// Moves each run of changed lines as far down as the lines allow, joining runs that it meets; a run that can lie beside a
  /// run of the other side stays there. An added block then starts with its own first line rather than with the separator that
  /// it shares with the block before.
  private static func slideDown(_ isChanged: inout [Bool], lines: [Int], other: [Bool]) {
    func isOther(_ index: Int) -> Bool { other.indices.contains(index) && other[index] }
    var index = 0
    // Where the other side's unchanged partner of the line at `index` is, once the runs before it are passed.
    var partner = 0
    while true {
      while index < lines.count, !isChanged[index] {
        while isOther(partner) { partner += 1 }
        index += 1
        partner += 1
      }
      guard index < lines.count else { return }
      var start = index
      while index < lines.count, isChanged[index] { index += 1 }
      while isOther(partner) { partner += 1 }
      var besideOther: Int?
      var length: Int
      repeat {
        length = index - start
        // Up, to join the runs before.
        while start > 0, lines[start - 1] == lines[index - 1] {
          start -= 1
          index -= 1
          isChanged[start] = true
          isChanged[index] = false
          while start > 0, isChanged[start - 1] { start -= 1 }
          repeat { partner -= 1 } while isOther(partner)
        }
        besideOther = isOther(partner - 1) ? index : nil
        // Down, to join the runs after.
        while index < lines.count, lines[start] == lines[index] {
          isChanged[start] = false
          isChanged[index] = true
          start += 1
          index += 1
          while index < lines.count, isChanged[index] { index += 1 }
          partner += 1
          while isOther(partner) {
            besideOther = index
            partner += 1
          }
        }
      } while index - start != length
      // Back up to where it lies beside a run of the other side.
      while let target = besideOther, target < index {
        start -= 1
        index -= 1
        isChanged[start] = true
        isChanged[index] = false
        repeat { partner -= 1 } while isOther(partner)
      }
    }
  }
}

/// The search proper, on sequences whose every line occurs on both sides.
private struct SnakeSearch {
  private struct Box {
    var old: Range<Int>
    var new: Range<Int>
  }

  private let old: [Int]
  private let new: [Int]
  private(set) var isRemoved: [Bool]
  private(set) var isAdded: [Bool]
  /// The furthest old position on each diagonal (old minus new position), from the top and from the bottom.
  private var forward: [Int]
  private var backward: [Int]
  /// What a diagonal is moved by to index the two.
  private let shift: Int
  /// The number of edits after which a search gives up.
  private let editLimit: Int

  init(old: [Int], new: [Int], editLimit: Int?) {
    self.old = old
    self.new = new
    isRemoved = Array(repeating: false, count: old.count)
    isAdded = Array(repeating: false, count: new.count)
    let count = old.count + new.count + 3
    forward = Array(repeating: 0, count: count)
    backward = forward
    shift = new.count + 1
    // The whole costs about limit * count steps.
    self.editLimit = editLimit ?? max(64, 20_000_000 / count)
  }

  mutating func run() {
    // A stack of our own: splits may be very uneven, and recursion as deep.
    var boxes = [Box(old: 0..<old.count, new: 0..<new.count)]
    while let next = boxes.popLast() {
      let box = trimmed(next)
      if box.old.isEmpty {
        for index in box.new { isAdded[index] = true }
      } else if box.new.isEmpty {
        for index in box.old { isRemoved[index] = true }
      } else {
        let (oldSplit, newSplit) = split(box)
        boxes.append(Box(old: oldSplit..<box.old.upperBound, new: newSplit..<box.new.upperBound))
        boxes.append(Box(old: box.old.lowerBound..<oldSplit, new: box.new.lowerBound..<newSplit))
      }
    }
  }

  private func trimmed(_ box: Box) -> Box {
    var oldStart = box.old.lowerBound
    var newStart = box.new.lowerBound
    var oldEnd = box.old.upperBound
    var newEnd = box.new.upperBound
    while oldStart < oldEnd, newStart < newEnd, old[oldStart] == new[newStart] {
      oldStart += 1
      newStart += 1
    }
    while oldStart < oldEnd, newStart < newEnd, old[oldEnd - 1] == new[newEnd - 1] {
      oldEnd -= 1
      newEnd -= 1
    }
    return Box(old: oldStart..<oldEnd, new: newStart..<newEnd)
  }

  /// A point on a shortest path through the box, or a good guess; never a corner that would leave the box as it is.
  ///
  /// The box is trimmed and not empty on either side, so that at least two edits lie in it.
  private mutating func split(_ box: Box) -> (old: Int, new: Int) {
    let (oldStart, oldEnd) = (box.old.lowerBound, box.old.upperBound)
    let (newStart, newEnd) = (box.new.lowerBound, box.new.upperBound)
    let lowest = oldStart - newEnd
    let highest = oldEnd - newStart
    let top = oldStart - newStart
    let bottom = oldEnd - newEnd
    let isOdd = (top - bottom) & 1 != 0
    var (topLow, topHigh, bottomLow, bottomHigh) = (top, top, bottom, bottom)
    forward[top + shift] = oldStart
    backward[bottom + shift] = oldEnd
    var edits = 1
    while true {
      // One edit further from the top; diagonals beyond the box are left out.
      if topLow > lowest { topLow -= 1; forward[topLow - 1 + shift] = -1 } else { topLow += 1 }
      if topHigh < highest { topHigh += 1; forward[topHigh + 1 + shift] = -1 } else { topHigh -= 1 }
      for diagonal in stride(from: topHigh, through: topLow, by: -2) {
        let down = forward[diagonal + 1 + shift]
        let right = forward[diagonal - 1 + shift]
        var position = right < down ? down : right + 1
        while position < oldEnd, position - diagonal < newEnd, old[position] == new[position - diagonal] { position += 1 }
        forward[diagonal + shift] = position
        if isOdd, bottomLow <= diagonal, diagonal <= bottomHigh, backward[diagonal + shift] <= position {
          return (position, position - diagonal)
        }
      }
      // One edit further from the bottom.
      if bottomLow > lowest { bottomLow -= 1; backward[bottomLow - 1 + shift] = .max } else { bottomLow += 1 }
      if bottomHigh < highest { bottomHigh += 1; backward[bottomHigh + 1 + shift] = .max } else { bottomHigh -= 1 }
      for diagonal in stride(from: bottomHigh, through: bottomLow, by: -2) {
        let up = backward[diagonal - 1 + shift]
        let left = backward[diagonal + 1 + shift]
        var position = up < left ? up : left - 1
        while position > oldStart, position - diagonal > newStart, old[position - 1] == new[position - diagonal - 1] {
          position -= 1
        }
        backward[diagonal + shift] = position
        if !isOdd, topLow <= diagonal, diagonal <= topHigh, position <= forward[diagonal + shift] {
          return (position, position - diagonal)
        }
      }
      if edits >= editLimit {
        return furthest(box, topDiagonals: (topLow, topHigh), bottomDiagonals: (bottomLow, bottomHigh))
      }
      edits += 1
    }
  }

  /// The point that the two searches brought furthest from their corners.
  private func furthest(_ box: Box, topDiagonals: (Int, Int), bottomDiagonals: (Int, Int)) -> (old: Int, new: Int) {
    var best = (old: box.old.lowerBound, new: box.new.lowerBound)
    var bestGain = 0
    for diagonal in stride(from: topDiagonals.1, through: topDiagonals.0, by: -2) {
      // A path may have stepped beyond the box's edge.
      let position = min(forward[diagonal + shift], box.old.upperBound, box.new.upperBound + diagonal)
      let gain = 2 * position - diagonal - box.old.lowerBound - box.new.lowerBound
      if gain > bestGain { (best, bestGain) = ((position, position - diagonal), gain) }
    }
    for diagonal in stride(from: bottomDiagonals.1, through: bottomDiagonals.0, by: -2) {
      let position = max(backward[diagonal + shift], box.old.lowerBound, box.new.lowerBound + diagonal)
      let gain = box.old.upperBound + box.new.upperBound - (2 * position - diagonal)
      if gain > bestGain { (best, bestGain) = ((position, position - diagonal), gain) }
    }
    return best
  }
}
