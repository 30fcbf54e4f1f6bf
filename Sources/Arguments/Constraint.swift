/// A rule about which parameters of a command go together. Defaults do not count as given.
package enum Constraint: Sendable {
  /// One of them, and no second one.
  case exactlyOneOf([any CommandParameter])
  /// None or one of them.
  case atMostOneOf([any CommandParameter])
  /// One of them or more.
  case atLeastOneOf([any CommandParameter])
  /// The first is only allowed together with all the others.
  case requires(any CommandParameter, [any CommandParameter])
  /// The first is only allowed together with one of the others.
  case requiresOneOf(any CommandParameter, [any CommandParameter])
  /// The first is not allowed together with any of the others.
  case excludes(any CommandParameter, [any CommandParameter])

  var parameters: [Parameter] {
    switch self {
    case .exactlyOneOf(let handles), .atMostOneOf(let handles), .atLeastOneOf(let handles): handles.map(\.parameter)
    case .requires(let first, let others), .requiresOneOf(let first, let others), .excludes(let first, let others):
      [first.parameter] + others.map(\.parameter)
    }
  }

  /// Whether it is a choice among its parameters, none of which can then be required for itself.
  var isChoice: Bool {
    switch self {
    case .exactlyOneOf, .atMostOneOf, .atLeastOneOf: true
    case .requires, .requiresOneOf, .excludes: false
    }
  }

  /// Throws what a command line breaks, given which parameters stand on it.
  func check(isGiven: (Parameter) -> Bool) throws(ArgumentError) {
    let given = parameters.filter(isGiven)
    switch self {
    case .exactlyOneOf:
      if given.isEmpty { throw ArgumentError(.missingOption, "one of \(list(parameters)) is needed") }
      try refuseSecond(given)
    case .atMostOneOf:
      try refuseSecond(given)
    case .atLeastOneOf:
      if given.isEmpty { throw ArgumentError(.missingOption, "at least one of \(list(parameters)) is needed") }
    case .requires(let first, let others):
      guard isGiven(first.parameter) else { return }
      for other in others where !isGiven(other.parameter) {
        throw ArgumentError(.missingOption, "\(first.parameter.spelling) needs \(other.parameter.spelling) as well")
      }
    case .requiresOneOf(let first, let others):
      guard isGiven(first.parameter), given.count < 2 else { return }
      throw ArgumentError(
        .missingOption, "\(first.parameter.spelling) is only allowed together with \(list(others.map(\.parameter)))")
    case .excludes(let first, let others):
      guard isGiven(first.parameter) else { return }
      for other in others where isGiven(other.parameter) { try refuseSecond([first.parameter, other.parameter]) }
    }
  }

  private func refuseSecond(_ given: [Parameter]) throws(ArgumentError) {
    guard given.count > 1 else { return }
    throw ArgumentError(.conflict, "\(given[0].spelling) and \(given[1].spelling) exclude each other")
  }

  private func list(_ parameters: [Parameter]) -> String {
    let names = parameters.map(\.spelling)
    guard let last = names.last, names.count > 1 else { return names.joined() }
    return "\(names.dropLast().joined(separator: ", ")) or \(last)"
  }
}
