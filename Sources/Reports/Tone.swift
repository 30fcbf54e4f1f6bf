/// What a value means to who looks at it: its colour on a page and in a chart.
package enum Tone: String, Equatable, Sendable, CaseIterable {
  case good, warning, bad, plain, muted

  /// The class of the document's style sheet.
  package var style: HTMLNode.StaticClass {
    switch self {
    case .good: "good"
    case .warning: "caution"
    case .bad: "bad"
    case .plain: "plain"
    case .muted: "quiet"
    }
  }
}
