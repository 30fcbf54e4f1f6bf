/// Checked values for a tool's parameters, those with defaults included.
package struct ToolValues: Sendable, Equatable {
  package internal(set) var values: [String: ToolValue]
  /// The parameters among them whose values must not be shown, nor stored in the clear.
  package let secretNames: Set<String>
  /// The parameters that each device brings its own value for.
  package let perDeviceNames: Set<String>

  /// The values as typed, in canonical form; secrets included.
  package var texts: [String: String] { values.mapValues(\.text) }
  /// As `texts`, secrets as `******`.
  package var maskedTexts: [String: String] { masked.mapValues(\.text) }

  var masked: [String: ToolValue] {
    var masked = values
    for name in secretNames where masked[name] != nil { masked[name] = .text(Self.mask) }
    return masked
  }

  static let mask = "******"
}

extension Tool {
  package var parameterSet: ParameterSet { ParameterSet(owner: "tool '\(name)'", parameters) }
}
