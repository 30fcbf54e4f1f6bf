private import Terminal

/// A topology as an SVG picture that needs nothing but itself (SVG 1.1), in light and dark.
package struct TopologyPicture: Sendable {
  /// A box on the picture, for what must not cover each other.
  struct Box: Equatable, Sendable {
    var x: Double
    var y: Double
    var width: Double
    var height: Double

    func overlaps(_ other: Box) -> Bool {
      x < other.x + other.width && other.x < x + width && y < other.y + other.height && other.y < y + height
    }
  }

  private struct PortLabel {
    var text: String
    var box: Box
  }

  private static let margin = 24.0
  private static let nameLimit = 28
  /// How wide a picture may become so that more ports are named.
  private static let stretchLimit = 1600.0
  private let topology: Topology
  private let layout: TopologyLayout
  let nodeBoxes: [Box]
  private let portLabels: [PortLabel]
  var portBoxes: [Box] { portLabels.map(\.box) }

  package init(_ topology: Topology) {
    self.topology = topology
    let sizes = topology.nodes.map { node in
      (width: Double(DisplayWidth.of(Self.shown(node.name))) * 7.8 + 24, height: node.isKnown ? 32.0 : 26.0)
    }
    let closest = TopologyLayout(boxes: sizes, links: topology.links.map { ($0.from, $0.to) })
    var (layout, boxes) = (closest, Self.boxes(closest, sizes))
    var labels = Self.labels(topology, layout, boxes)
    let ports = topology.links.reduce(0) { $0 + ($1.fromPort == nil ? 0 : 1) + ($1.toPort == nil ? 0 : 1) }
    // More room for the names of the ports, as long as the whole can be looked at.
    for factor in [1.25, 1.5, 1.75, 2] where labels.count < ports && closest.width * factor <= Self.stretchLimit {
      layout = closest.stretched(by: factor, boxes: sizes)
      boxes = Self.boxes(layout, sizes)
      labels = Self.labels(topology, layout, boxes)
    }
    self.layout = layout
    nodeBoxes = boxes
    portLabels = labels
  }

  private static func boxes(_ layout: TopologyLayout, _ sizes: [(width: Double, height: Double)]) -> [Box] {
    zip(layout.centers, sizes).map { center, size in
      Box(x: center.x - size.width / 2, y: center.y - size.height / 2, width: size.width, height: size.height)
    }
  }

  private static func shown(_ name: String) -> String {
    DisplayWidth.truncate(escapeControls(name), to: nameLimit)
  }

  /// The names of ports at the ends of their links, as far as there is room: none covers a node or another name.
  private static func labels(_ topology: Topology, _ layout: TopologyLayout, _ nodes: [Box]) -> [PortLabel] {
    var labels: [PortLabel] = []
    for (number, link) in topology.links.enumerated() {
      for (node, other, port) in [(link.from, link.to, link.fromPort), (link.to, link.from, link.toPort)] {
        guard let port else { continue }
        let text = DisplayWidth.truncate(escapeControls(InterfaceName.short(port)), to: 18)
        let size = (width: Double(DisplayWidth.of(text)) * 5.4 + 4, height: 11.0)
        let (start, end) = ends(of: number, topology, layout, from: node, to: other)
        let length = max(1, ((end.x - start.x) * (end.x - start.x) + (end.y - start.y) * (end.y - start.y)).squareRoot())
        let direction = (x: (end.x - start.x) / length, y: (end.y - start.y) / length)
        // Where the line leaves the node's box, and a little further.
        let box = nodes[node]
        let reach = min(
          direction.x == 0 ? .infinity : box.width / 2 / abs(direction.x),
          direction.y == 0 ? .infinity : box.height / 2 / abs(direction.y))
        for further in stride(from: 14.0, to: min(length / 2 - reach, 100), by: 12) {
          let middle = (x: start.x + direction.x * (reach + further), y: start.y + direction.y * (reach + further))
          let place = Box(x: middle.x - size.width / 2, y: middle.y - size.height / 2, width: size.width, height: size.height)
          if nodes.contains(where: { $0.overlaps(place) }) || labels.contains(where: { $0.box.overlaps(place) }) { continue }
          labels.append(PortLabel(text: text, box: place))
          break
        }
      }
    }
    return labels
  }

  /// The ends of a link, seen from one of them: the middles of the nodes, and beside each other where several links join the same two.
  private static func ends(
    of number: Int, _ topology: Topology, _ layout: TopologyLayout, from: Int, to: Int
  ) -> (TopologyLayout.Point, TopologyLayout.Point) {
    let link = topology.links[number]
    let twins = topology.links.indices.filter { topology.links[$0].from == link.from && topology.links[$0].to == link.to }
    var (start, end) = (layout.centers[link.from], layout.centers[link.to])
    if twins.count > 1, let place = twins.firstIndex(of: number) {
      let offset = (Double(place) - Double(twins.count - 1) / 2) * 12
      let length = max(1, ((end.x - start.x) * (end.x - start.x) + (end.y - start.y) * (end.y - start.y)).squareRoot())
      let (x, y) = (-(end.y - start.y) / length * offset, (end.x - start.x) / length * offset)
      start.x += x
      start.y += y
      end.x += x
      end.y += y
    }
    return from == link.from ? (start, end) : (end, start)
  }

  /// The picture as a file of its own, UTF-8.
  package var svg: String { "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + element }

  /// The picture as an element of a page.
  var element: String {
    let width = (topology.nodes.isEmpty ? 240 : layout.width) + 2 * Self.margin
    let height = max(layout.height, 40) + 2 * Self.margin
    var text = """
      <svg xmlns="http://www.w3.org/2000/svg" class="map" width="\(Self.number(width))" height="\(Self.number(height))" \
      viewBox="\(Self.number(-Self.margin)) \(Self.number(-Self.margin)) \(Self.number(width)) \(Self.number(height))" \
      font-family="DejaVu Sans, Liberation Sans, Arial, sans-serif">
      <style>
      .back { fill: #fff; } .link { stroke: #667; stroke-width: 1.4; } .node { fill: #eef3f8; stroke: #345; stroke-width: 1.3; }
      .heard { fill: #fff; stroke: #778; stroke-dasharray: 4 3; } .name { fill: #111; font-size: 13px; } .other { fill: #444; }
      .portback { fill: #fff; fill-opacity: 0.85; } .port { fill: #223; font-size: 9px; }
      @media (prefers-color-scheme: dark) { .back { fill: #15181c; } .link { stroke: #9ab; } .node { fill: #26323e; stroke: #9bd; }
      .heard { fill: #15181c; stroke: #89a; } .name { fill: #eee; } .other { fill: #bbb; } .portback { fill: #15181c; }
      .port { fill: #cde; } }
      @media print { .back { fill: #fff; } .link { stroke: #667; } .node { fill: #eef3f8; stroke: #345; } .heard { fill: #fff; }
      .name, .port { fill: #111; } .other { fill: #444; } .portback { fill: #fff; } }
      </style>
      <title>Neighbours of \(topology.nodes.filter(\.isKnown).count) devices</title>
      <rect class="back" x="\(Self.number(-Self.margin))" y="\(Self.number(-Self.margin))" width="100%" height="100%"/>

      """
    for (number, link) in topology.links.enumerated() {
      let (start, end) = Self.ends(of: number, topology, layout, from: link.from, to: link.to)
      text += "<g><title>\(Self.escaped(sentence(link)))</title>"
      text += "<line class=\"link\" x1=\"\(Self.number(start.x))\" y1=\"\(Self.number(start.y))\""
      text += " x2=\"\(Self.number(end.x))\" y2=\"\(Self.number(end.y))\"/></g>\n"
    }
    for label in portLabels {
      text += Self.rectangle(label.box, style: "portback", radius: 2)
      text += Self.label(label.text, at: (label.box.x + label.box.width / 2, label.box.y + label.box.height - 2.5), style: "port")
    }
    for (node, box) in zip(topology.nodes, nodeBoxes) {
      let detail = node.detail.isEmpty ? node.name : "\(node.name): \(node.detail)"
      text += "<g><title>\(Self.escaped(detail))</title>" + Self.rectangle(box, style: node.isKnown ? "node" : "heard", radius: 6)
      text += Self.label(
        Self.shown(node.name), at: (box.x + box.width / 2, box.y + box.height / 2 + 4.5),
        style: node.isKnown ? "name" : "name other")
      text += "</g>\n"
    }
    if topology.nodes.isEmpty { text += Self.label("no neighbours are stored", at: (120, 24), style: "name") }
    return text + "</svg>\n"
  }

  private func sentence(_ link: Topology.Link) -> String {
    func end(_ node: Int, _ port: String?) -> String { topology.nodes[node].name + (port.map { " \($0)" } ?? "") }
    return "\(end(link.from, link.fromPort)) - \(end(link.to, link.toPort)) (\(link.protocols.joined(separator: ", ")))"
  }

  private static func rectangle(_ box: Box, style: String, radius: Double) -> String {
    "<rect class=\"\(style)\" x=\"\(number(box.x))\" y=\"\(number(box.y))\" width=\"\(number(box.width))\""
      + " height=\"\(number(box.height))\" rx=\"\(number(radius))\"/>"
  }

  private static func label(_ text: String, at place: (Double, Double), style: String) -> String {
    "<text class=\"\(style)\" x=\"\(number(place.0))\" y=\"\(number(place.1))\" text-anchor=\"middle\">\(escaped(text))</text>\n"
  }

  private static func escaped(_ text: String) -> String {
    var markup = ""
    HTMLNode.escape(escapeControls(text), to: &markup)
    return markup
  }

  /// With one digit behind the point: more is noise, and would differ from machine to machine.
  private static func number(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10)" + (tenths % 10 == 0 ? "" : ".\(abs(tenths) % 10)")
  }
}
