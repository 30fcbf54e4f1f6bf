/// Counts as a picture within a page: bars of parts that stand beside or on each other (SVG 1.1, no script).
package struct Chart: Equatable, Sendable {
  /// How the groups lie.
  package enum Form: Equatable, Sendable {
    /// One bar below the other, the name before it.
    case bars
    /// One column beside the other, as for days, under a scale; as many names as there is room for.
    case columns
  }

  /// One kind of part, in every bar.
  package struct Series: Equatable, Sendable {
    package var name: String
    package var tone: Tone

    package init(_ name: String, _ tone: Tone = .plain) {
      self.name = name
      self.tone = tone
    }
  }

  /// One bar: a count for each series.
  package struct Group: Equatable, Sendable {
    package var name: String
    package var counts: [Int]

    package init(_ name: String, _ counts: [Int]) {
      self.name = name
      self.counts = counts
    }

    var total: Int { counts.reduce(0, +) }
  }

  package let title: String
  package let form: Form
  package let series: [Series]
  package let groups: [Group]

  /// Counts are not negative, and each group has one for each series.
  package init(title: String, form: Form, series: [Series], groups: [Group]) {
    precondition(groups.allSatisfy { $0.counts.count == series.count && $0.counts.allSatisfy { $0 >= 0 } }, "a count is missing")
    self.title = title
    self.form = form
    self.series = series
    self.groups = groups
  }

  /// Whether there is anything to see.
  package var isEmpty: Bool { groups.allSatisfy { $0.total == 0 } }

  // MARK: Markup

  private static let width = 680.0
  private static let line = 12.0

  /// A figure with the title, the picture, and what its colours mean where there are several.
  func write(to markup: inout String) {
    markup += "<figure>\n<figcaption>"
    HTMLNode.text(title).write(to: &markup)
    markup += "</figcaption>\n"
    switch form {
    case .bars: writeBars(to: &markup)
    case .columns: writeColumns(to: &markup)
    }
    let used = series.indices.filter { index in groups.contains { $0.counts[index] > 0 } }
    if series.count > 1 {
      markup += "<ul class=\"legend\">"
      for index in used {
        markup += "<li><span class=\"key \(series[index].tone.rawValue)\"></span>"
        HTMLNode.text(series[index].name).write(to: &markup)
        markup += " \(groups.reduce(0) { $0 + $1.counts[index] })</li>"
      }
      markup += "</ul>\n"
    }
    markup += "</figure>\n"
  }

  private func writeBars(to markup: inout String) {
    let pitch = 20.0
    let names = groups.map { Self.shortened($0.name, to: 30) }
    let left = Double(names.map(\.count).max() ?? 0) * 6.2 + 10
    let most = Double(max(1, groups.map(\.total).max() ?? 1))
    let room = Self.width - left - 46
    open(height: Double(groups.count) * pitch + 4, to: &markup)
    for (row, group) in groups.enumerated() {
      let top = Double(row) * pitch + 3
      text(names[row], x: left - 6, y: top + 11, anchor: "end", to: &markup)
      var x = left
      for (index, count) in group.counts.enumerated() where count > 0 {
        let length = Double(count) / most * room
        rectangle(x: x, y: top, width: max(1, length), height: pitch - 6, index, group, to: &markup)
        x += length
      }
      text("\(group.total)", x: max(x, left + 1) + 5, y: top + 11, anchor: "start", to: &markup)
    }
    markup += "</svg>\n"
  }

  private func writeColumns(to markup: inout String) {
    let height = 130.0
    let top = 8.0
    let scale = Self.scale(upTo: groups.map(\.total).max() ?? 1)
    let left = Double(String(scale.top).count) * 6.2 + 10
    let pitch = (Self.width - left) / Double(max(1, groups.count))
    open(height: top + height + Self.line + 8, to: &markup)
    for value in stride(from: 0, through: scale.top, by: scale.step) {
      let y = top + height * (1 - Double(value) / Double(scale.top))
      markup += "<line class=\"grid\" x1=\"\(Self.number(left))\" y1=\"\(Self.number(y))\""
      markup += " x2=\"\(Self.number(Self.width))\" y2=\"\(Self.number(y))\"/>\n"
      text("\(value)", x: left - 5, y: y + 4, anchor: "end", to: &markup)
    }
    // Names stand under every so manyth column, so that none touches the next.
    let longest = Double(groups.map { Self.shortened($0.name, to: 12).count }.max() ?? 1) * 6.2 + 10
    let every = max(1, Int((longest / pitch).rounded(.up)))
    for (place, group) in groups.enumerated() {
      let x = left + Double(place) * pitch
      var base = top + height
      for (index, count) in group.counts.enumerated() where count > 0 {
        let length = Double(count) / Double(scale.top) * height
        base -= length
        rectangle(x: x + pitch * 0.12, y: base, width: min(48, pitch * 0.76), height: length, index, group, to: &markup)
      }
      if place % every == 0 {
        let middle = x + pitch * 0.12 + min(48, pitch * 0.76) / 2
        text(
          Self.shortened(group.name, to: 12), x: min(max(middle, longest / 2), Self.width - longest / 2 + 5),
          y: top + height + Self.line + 3, anchor: "middle", to: &markup)
      }
    }
    markup += "</svg>\n"
  }

  private func open(height: Double, to markup: inout String) {
    markup += "<svg viewBox=\"0 0 \(Self.number(Self.width)) \(Self.number(height))\" role=\"img\" aria-label=\""
    HTMLNode.escape(HTMLNode.harmless(title), to: &markup)
    markup += "\">\n"
  }

  private func rectangle(
    x: Double, y: Double, width: Double, height: Double, _ index: Int, _ group: Group, to markup: inout String
  ) {
    markup += "<rect class=\"\(series[index].tone.rawValue)\" x=\"\(Self.number(x))\" y=\"\(Self.number(y))\""
    markup += " width=\"\(Self.number(width))\" height=\"\(Self.number(height))\"><title>"
    HTMLNode.text("\(group.name): \(series[index].name) \(group.counts[index])").write(to: &markup)
    markup += "</title></rect>\n"
  }

  private func text(_ text: String, x: Double, y: Double, anchor: StaticString, to markup: inout String) {
    markup += "<text x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" text-anchor=\"\(anchor)\">"
    HTMLNode.text(text).write(to: &markup)
    markup += "</text>\n"
  }

  private static func shortened(_ text: String, to limit: Int) -> String {
    let shown = HTMLNode.harmless(text)
    return shown.count <= limit ? shown : shown.prefix(limit - 1) + "…"
  }

  /// A round number that is not less than `most`, and the steps to it: 1, 2 or 5 times a power of ten, at most five of them.
  static func scale(upTo most: Int) -> (top: Int, step: Int) {
    var step = 1
    var power = 1
    while step * 5 < most {
      switch step / power {
      case 1: step = 2 * power
      case 2: step = 5 * power
      default:
        power *= 10
        step = power
      }
    }
    return (max(1, (most + step - 1) / step) * step, step)
  }

  /// With one digit behind the point.
  private static func number(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? String(tenths / 10) : "\(tenths / 10).\(abs(tenths % 10))"
  }
}
