/// The parts of a usage line, for the renderers to set in their type.
struct Synopsis {
  enum Piece: Equatable {
    /// Typed as it stands.
    case literal(String)
    /// Stands for a value.
    case value(String)
    /// Brackets, bars, dots and the spaces inside an element.
    case mark(String)
  }

  /// Elements that are not broken across lines, each made of pieces that are set without space.
  let elements: [[Piece]]

  /// `netjob job create NAME --type TYPE [--network N]`: operands first, then what is needed, then what is not.
  init(of command: CommandSpec, in table: CommandTable) {
    var grouped: Set<ObjectIdentifier> = []
    var choices: [(parameters: [[Parameter]], isNeeded: Bool)] = []
    for constraint in command.constraints {
      let isNeeded: Bool
      switch constraint {
      case .exactlyOneOf: isNeeded = true
      case .atMostOneOf: isNeeded = false
      default: continue
      }
      guard constraint.parameters.allSatisfy({ !grouped.contains($0.id) }) else { continue }
      let alternatives = constraint.parameters.map { [$0] + Self.companions(of: $0, in: command) }
      choices.append((alternatives, isNeeded))
      grouped.formUnion(alternatives.joined().map(\.id))
    }
    let free = (command.operands + command.options).filter { !grouped.contains($0.id) }
    var elements = ([table.program] + command.path).map { [Piece.literal($0)] }
    elements += free.filter { $0.role == .operand && $0.isRequired }.map(Self.element)
    elements += free.filter { $0.role != .operand && $0.isRequired }.map(Self.element)
    elements += choices.filter(\.isNeeded).flatMap { Self.choice($0.parameters, "(", ")") }
    elements += choices.filter { !$0.isNeeded }.flatMap { Self.choice($0.parameters, "[", "]") }
    elements += free.filter { $0.role == .operand && !$0.isRequired }.map(Self.element)
    elements += free.filter { $0.role != .operand && !$0.isRequired }.map(Self.element)
    self.elements = elements
  }

  init(elements: [[Piece]]) {
    self.elements = elements
  }

  /// The operands that an operand needs beside it, which are shown with it: `JOB NAME`.
  private static func companions(of parameter: Parameter, in command: CommandSpec) -> [Parameter] {
    guard parameter.role == .operand else { return [] }
    for case .requires(let first, let others) in command.constraints where first.parameter.id == parameter.id {
      return others.map(\.parameter).filter { $0.role == .operand }
    }
    return []
  }

  static func element(_ parameter: Parameter) -> [Piece] {
    let core = core(parameter)
    switch (parameter.occurrence, parameter.role) {
    case (.required, _): return core
    case (.optional, _): return [.mark("[")] + core + [.mark("]")]
    case (.repeated(0), .operand): return [.mark("[")] + core + [.mark("...]")]
    case (.repeated, .operand): return core + [.mark("...")]
    case (.repeated(0), _): return [.mark("[")] + core + [.mark("]...")]
    case (.repeated, _): return [.mark("(")] + core + [.mark(")...")]
    }
  }

  static func core(_ parameter: Parameter) -> [Piece] {
    switch parameter.role {
    case .flag: [.literal("--" + parameter.name)]
    case .option: [.literal("--" + parameter.name), .mark(" "), .value(parameter.valueName)]
    case .operand: [.value(parameter.name)]
    }
  }

  private static func choice(_ alternatives: [[Parameter]], _ open: String, _ close: String) -> [[Piece]] {
    var elements: [[Piece]] = []
    for (position, parameters) in alternatives.enumerated() {
      var pieces: [Piece] = position == 0 ? [.mark(open)] : [.mark("| ")]
      for (place, parameter) in parameters.enumerated() {
        if place > 0 { pieces.append(.mark(" ")) }
        pieces += core(parameter)
        if parameter.isRepeated { pieces.append(.mark("...")) }
      }
      if position == alternatives.count - 1 { pieces.append(.mark(close)) }
      elements.append(pieces)
    }
    return elements
  }

  /// The elements as plain text.
  var texts: [String] {
    elements.map { pieces in
      pieces.map { piece in
        switch piece {
        case .literal(let text), .value(let text), .mark(let text): text
        }
      }.joined()
    }
  }
}

extension Parameter {
  /// The help with what is accepted and assumed: `(one of a, b; default: a)`.
  var fullHelp: String {
    var notes: [String] = []
    if !choices.isEmpty { notes.append("one of \(choices.joined(separator: ", "))") }
    if isRepeated, role == .option { notes.append("can be repeated") }
    if let defaultText { notes.append("default: \(defaultText)") }
    return notes.isEmpty ? help : "\(help) (\(notes.joined(separator: "; ")))"
  }
}
