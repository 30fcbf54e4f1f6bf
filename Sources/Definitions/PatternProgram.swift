/// The instructions of a compiled `Pattern` and the machine that runs them.
///
/// A class, so that handing a pattern on costs one reference.
final class PatternProgram: Sendable {
  enum Instruction: Sendable {
    /// Takes one byte of the set.
    case byte(ByteSet)
    /// Goes on at both places, the first preferred.
    case split(Int, Int)
    case jump(Int)
    /// Notes the position in a slot: 2n begins, 2n + 1 ends group n.
    case save(Int)
    case lineStart
    case lineEnd
    case wordBoundary
    case match
  }

  /// A set of bytes, one bit each.
  struct ByteSet: Sendable, Hashable {
    var bits: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    static func == (one: ByteSet, other: ByteSet) -> Bool { one.bits == other.bits }

    func hash(into hasher: inout Hasher) { for word in [bits.0, bits.1, bits.2, bits.3] { hasher.combine(word) } }

    func contains(_ byte: UInt8) -> Bool {
      let bit = UInt64(1) << UInt64(byte & 63)
      switch byte >> 6 {
      case 0: return bits.0 & bit != 0
      case 1: return bits.1 & bit != 0
      case 2: return bits.2 & bit != 0
      default: return bits.3 & bit != 0
      }
    }

    mutating func insert(_ byte: UInt8) {
      let bit = UInt64(1) << UInt64(byte & 63)
      switch byte >> 6 {
      case 0: bits.0 |= bit
      case 1: bits.1 |= bit
      case 2: bits.2 |= bit
      default: bits.3 |= bit
      }
    }

    mutating func insert(_ range: ClosedRange<UInt8>) { for byte in range { insert(byte) } }

    mutating func formUnion(_ other: ByteSet) {
      bits = (bits.0 | other.bits.0, bits.1 | other.bits.1, bits.2 | other.bits.2, bits.3 | other.bits.3)
    }

    /// The one byte of a set that has no other.
    var only: UInt8? {
      let words = [bits.0, bits.1, bits.2, bits.3]
      guard words.reduce(0, { $0 + $1.nonzeroBitCount }) == 1 else { return nil }
      return words.indices.lazy.filter { words[$0] != 0 }.map { UInt8($0 * 64 + words[$0].trailingZeroBitCount) }.first
    }

    var inverted: ByteSet { ByteSet(bits: (~bits.0, ~bits.1, ~bits.2, ~bits.3)) }
  }

  let instructions: [Instruction]
  let groupCount: Int
  let groupNames: [String: Int]
  /// Every match begins at the line's start.
  let isAnchored: Bool
  /// The bytes that a match can begin with; `nil` where it can be empty.
  let firstBytes: ByteSet?
  /// What every match begins with, where it is anchored.
  let prefix: [UInt8]
  private let automaton = PatternAutomaton.Lazy()

  init(
    instructions: [Instruction], groupCount: Int, groupNames: [String: Int], isAnchored: Bool, firstBytes: ByteSet?,
    prefix: [UInt8]
  ) {
    self.instructions = instructions
    self.groupCount = groupCount
    self.groupNames = groupNames
    self.isAnchored = isAnchored
    self.firstBytes = firstBytes
    self.prefix = prefix
  }

  func firstMatch(in line: [UInt8], from start: Int) -> Pattern.Match? {
    line.withUnsafeBufferPointer { firstMatch(in: $0, from: start) }
  }

  func firstMatch(in line: UnsafeBufferPointer<UInt8>, from start: Int = 0) -> Pattern.Match? {
    if isAnchored && !canBegin(line) { return nil }
    var machine = Machine(self, line)
    return machine.run(from: start)
  }

  /// Whether there is a match.
  func matches(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    if isAnchored && !canBegin(line) { return false }
    return automaton.matches(line, of: [self])
  }

  /// Most lines differ from most patterns in their first bytes.
  private func canBegin(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    if let firstBytes {
      guard let first = line.first, firstBytes.contains(first) else { return false }
    }
    return line.count >= prefix.count && prefix.indices.allSatisfy { line[$0] == prefix[$0] }
  }

  /// The threads of one run. Each list is in order of preference and holds an instruction at most once, which bounds the work.
  private struct Machine {
    struct Threads {
      var places: [Int] = []
      var slots: [Int] = []

      mutating func removeAll() {
        places.removeAll(keepingCapacity: true)
        slots.removeAll(keepingCapacity: true)
      }
    }

    let program: PatternProgram
    let line: UnsafeBufferPointer<UInt8>
    let slotCount: Int
    var current = Threads()
    var next = Threads()
    /// The step in which an instruction was last added.
    var added: [Int]
    var step = 0
    var scratch: [Int]

    init(_ program: PatternProgram, _ line: UnsafeBufferPointer<UInt8>) {
      self.program = program
      self.line = line
      slotCount = 2 * (program.groupCount + 1)
      added = []
      scratch = []
    }

    mutating func run(from start: Int) -> Pattern.Match? {
      var position = start
      var best: [Int]?
      while true {
        if current.places.isEmpty {
          if best != nil || (program.isAnchored && position > 0) { break }
          if let firstBytes = program.firstBytes {
            while position < line.count, !firstBytes.contains(line[position]) {
              if program.isAnchored { return nil }
              position += 1
            }
            if position >= line.count { return nil }
            // What was tried at an earlier position may succeed here.
            step += 1
          }
          if added.isEmpty {
            added = Array(repeating: -1, count: program.instructions.count)
            scratch = Array(repeating: -1, count: slotCount)
          }
        }
        if best == nil, !program.isAnchored || position == 0 {
          // A thread that begins here ranks below those that began earlier; `current` was filled in step `step`.
          for index in scratch.indices { scratch[index] = -1 }
          add(0, at: position, toNext: false)
        }
        if current.places.isEmpty {
          if position >= line.count { break }
          position += 1
          step += 1
          continue
        }
        step += 1
        advance(at: position, &best)
        swap(&current, &next)
        next.removeAll()
        if position >= line.count { break }
        position += 1
      }
      guard let best else { return nil }
      return Pattern.Match(
        ranges: (0...program.groupCount).map { group in
          let (begin, end) = (best[2 * group], best[2 * group + 1])
          return begin >= 0 && end >= begin ? begin..<end : nil
        })
    }

    /// Moves every thread over the byte at `position`; threads behind one that matched are worth less than it.
    private mutating func advance(at position: Int, _ best: inout [Int]?) {
      for (index, place) in current.places.enumerated() {
        let slots = index * slotCount..<(index + 1) * slotCount
        switch program.instructions[place] {
        case .match:
          best = Array(current.slots[slots])
          return
        case .byte(let set):
          guard position < line.count, set.contains(line[position]) else { continue }
          scratch.replaceSubrange(scratch.indices, with: current.slots[slots])
          add(place + 1, at: position + 1, toNext: true)
        default: continue
        }
      }
    }

    /// Follows what needs no byte from `place` and notes where bytes are needed next.
    private mutating func add(_ place: Int, at position: Int, toNext: Bool) {
      if added[place] == step { return }
      added[place] = step
      switch program.instructions[place] {
      case .jump(let target): add(target, at: position, toNext: toNext)
      case .split(let first, let second):
        add(first, at: position, toNext: toNext)
        add(second, at: position, toNext: toNext)
      case .save(let slot):
        let before = scratch[slot]
        scratch[slot] = position
        add(place + 1, at: position, toNext: toNext)
        scratch[slot] = before
      case .lineStart: if position == 0 { add(place + 1, at: position, toNext: toNext) }
      case .lineEnd: if position == line.count { add(place + 1, at: position, toNext: toNext) }
      case .wordBoundary:
        if isWord(position - 1) != isWord(position) { add(place + 1, at: position, toNext: toNext) }
      case .byte, .match:
        if toNext {
          next.places.append(place)
          next.slots += scratch
        } else {
          current.places.append(place)
          current.slots += scratch
        }
      }
    }

    private func isWord(_ position: Int) -> Bool {
      position >= 0 && position < line.count && PatternCompiler.wordBytes.contains(line[position])
    }
  }
}
