private import Synchronization

/// Tells whether a line has a match of one of several patterns: one look at a table for each byte of it.
///
/// The machine that finds matches and their groups follows many threads from byte to byte. Here the sets of threads are states of
/// a deterministic automaton, made when they are first met and kept (R. Cox, "Regular Expression Matching Can Be Simple And
/// Fast", 2007). Device output is hostile: when too many states come together, all are forgotten, and the work stays
/// proportional to the line.
final class PatternAutomaton: Sendable {
  /// One that is made when it is first asked: many patterns are never looked for.
  final class Lazy: Sendable {
    private let made = Mutex<PatternAutomaton?>(nil)

    func matches(_ line: UnsafeBufferPointer<UInt8>, of programs: @autoclosure () -> [PatternProgram]) -> Bool {
      let automaton = made.withLock { made in
        let automaton = made ?? PatternAutomaton(programs())
        made = automaton
        return automaton
      }
      return automaton.matches(line)
    }
  }

  /// What the bytes so far have led to.
  private struct State: Hashable {
    /// Instructions that are to be followed from here, in order.
    var places: [Int]
    /// No byte came yet.
    var isAtStart: Bool
    var followsWord: Bool
  }

  private struct Cache {
    var numbers: [State: Int] = [:]
    var states: [State] = []
    /// For each state and class of bytes the number of the next state, or one of the following.
    var next: [Int32] = []
    /// For each state whether a line that ends there has a match; nil where nobody asked.
    var endings: [Bool?] = []
  }

  private static let unknown: Int32 = -1
  /// There is a match, whatever follows.
  private static let matched: Int32 = -2
  /// There is none, whatever follows.
  private static let failed: Int32 = -3
  private static let stateLimit = 1000

  private let instructions: [PatternProgram.Instruction]
  /// Where patterns begin that a match of may begin anywhere.
  private let floating: [Int]
  /// Where those begin of which a match begins at the line's start.
  private let anchored: [Int]
  /// Bytes of one class are in the same sets of all patterns.
  private let classes: [UInt8]
  private let classCount: Int
  private let hasBoundaries: Bool
  /// A byte of each class.
  private let samples: [UInt8]
  private let cache = Mutex(Cache())

  init(_ programs: [PatternProgram]) {
    var instructions: [PatternProgram.Instruction] = []
    var floating: [Int] = []
    var anchored: [Int] = []
    var sets: [PatternProgram.ByteSet] = []
    var hasBoundaries = false
    for program in programs {
      let base = instructions.count
      if program.isAnchored { anchored.append(base) } else { floating.append(base) }
      for instruction in program.instructions {
        switch instruction {
        case .split(let first, let second): instructions.append(.split(first + base, second + base))
        case .jump(let target): instructions.append(.jump(target + base))
        case .byte(let set):
          sets.append(set)
          instructions.append(instruction)
        case .wordBoundary:
          hasBoundaries = true
          instructions.append(instruction)
        default: instructions.append(instruction)
        }
      }
    }
    self.instructions = instructions
    self.floating = floating
    self.anchored = anchored
    self.hasBoundaries = hasBoundaries
    let (classes, count) = Self.classes(of: sets + (hasBoundaries ? [PatternCompiler.wordBytes] : []))
    self.classes = classes
    classCount = count
    var samples = [UInt8](repeating: 0, count: count)
    for byte in 0...255 { samples[Int(classes[byte])] = UInt8(byte) }
    self.samples = samples
  }

  /// Splits the bytes so that each set holds all of a class or none of it.
  private static func classes(of sets: [PatternProgram.ByteSet]) -> (classes: [UInt8], count: Int) {
    var classes = [UInt8](repeating: 0, count: 256)
    var count = 1
    for set in Set(sets) {
      var split: [UInt8: UInt8] = [:]
      var sizes = [Int](repeating: 0, count: count)
      for byte in 0...255 { sizes[Int(classes[byte])] += 1 }
      var inside = [Int](repeating: 0, count: count)
      for byte in 0...255 where set.contains(UInt8(byte)) { inside[Int(classes[byte])] += 1 }
      for byte in 0...255 where set.contains(UInt8(byte)) {
        let old = classes[byte]
        if inside[Int(old)] == sizes[Int(old)] { continue }
        if split[old] == nil {
          split[old] = UInt8(count)
          count += 1
        }
        classes[byte] = split[old] ?? old
      }
    }
    return (classes, count)
  }

  /// Whether one of the patterns has a match in `line`, bytes without a line feed.
  func matches(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    cache.withLock { cache in
      if cache.states.isEmpty { _ = number(of: State(places: [], isAtStart: true, followsWord: false), &cache) }
      var state = 0
      for byte in line {
        let kind = Int(classes[Int(byte)])
        var next = cache.next[state * classCount + kind]
        if next == Self.unknown { next = step(from: &state, over: kind, &cache) }
        if next == Self.matched { return true }
        if next == Self.failed { return false }
        state = Int(next)
      }
      if let ending = cache.endings[state] { return ending }
      let ending = followed(cache.states[state], next: nil) == nil
      cache.endings[state] = ending
      return ending
    }
  }

  private func number(of state: State, _ cache: inout Cache) -> Int {
    if let number = cache.numbers[state] { return number }
    let number = cache.states.count
    cache.numbers[state] = number
    cache.states.append(state)
    cache.next += repeatElement(Self.unknown, count: classCount)
    cache.endings.append(nil)
    return number
  }

  /// Finds where a class of bytes leads to, and notes it.
  /// - Parameter number: the state's; another one when all were forgotten.
  private func step(from number: inout Int, over kind: Int, _ cache: inout Cache) -> Int32 {
    let state = cache.states[number]
    if cache.states.count >= Self.stateLimit {
      cache = Cache()
      _ = self.number(of: State(places: [], isAtStart: true, followsWord: false), &cache)
      number = self.number(of: state, &cache)
    }
    let sample = samples[kind]
    let next: Int32
    if let places = followed(state, next: sample) {
      let moved = places.compactMap { place -> Int? in
        guard case .byte(let set) = instructions[place], set.contains(sample) else { return nil }
        return place + 1
      }
      if moved.isEmpty, floating.isEmpty {
        next = Self.failed
      } else {
        let isWord = hasBoundaries && PatternCompiler.wordBytes.contains(sample)
        next = Int32(self.number(of: State(places: moved, isAtStart: false, followsWord: isWord), &cache))
      }
    } else {
      next = Self.matched
    }
    cache.next[number * classCount + kind] = next
    return next
  }

  /// The instructions that take a byte and are reached from a state without one, in order; nil where a match is.
  /// - Parameter next: the byte that follows; nil at the line's end.
  private func followed(_ state: State, next: UInt8?) -> [Int]? {
    let isBoundary = state.followsWord != (next.map(PatternCompiler.wordBytes.contains) ?? false)
    var seen = [Bool](repeating: false, count: instructions.count)
    var open = state.places + floating + (state.isAtStart ? anchored : [])
    var places: [Int] = []
    while let place = open.popLast() {
      if seen[place] { continue }
      seen[place] = true
      switch instructions[place] {
      case .match: return nil
      case .byte: places.append(place)
      case .jump(let target): open.append(target)
      case .split(let first, let second): open += [first, second]
      case .save: open.append(place + 1)
      case .lineStart: if state.isAtStart { open.append(place + 1) }
      case .lineEnd: if next == nil { open.append(place + 1) }
      case .wordBoundary: if isBoundary { open.append(place + 1) }
      }
    }
    return places.sorted()
  }
}
