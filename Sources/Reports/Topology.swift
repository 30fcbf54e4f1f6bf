private import Terminal

/// Devices and the links between them, for a picture.
package struct Topology: Equatable, Sendable {
  package struct Node: Equatable, Sendable {
    package var name: String
    /// Whether it is a device of netjob's; the others are only heard of.
    package var isKnown: Bool
    /// What else is said of it, one line.
    package var detail: String

    package init(name: String, isKnown: Bool, detail: String = "") {
      self.name = name
      self.isKnown = isKnown
      self.detail = detail
    }
  }

  /// A link between the nodes at two positions.
  package struct Link: Equatable, Sendable {
    package var from: Int
    package var fromPort: String?
    package var to: Int
    package var toPort: String?
    package var protocols: [String]
  }

  package var nodes: [Node]
  package private(set) var links: [Link] = []

  package init(nodes: [Node] = []) { self.nodes = nodes }

  /// Adds what one end says of a link. What the other end said of it already is the same link; each end is believed about its own
  /// port.
  package mutating func add(from: Int, _ fromPort: String?, to: Int, _ toPort: String?, by protocolName: String) {
    func isSame(_ one: String?, _ other: String?) -> Bool {
      guard let one, let other else { return true }
      return InterfaceName.short(one) == InterfaceName.short(other)
    }
    for index in links.indices {
      let link = links[index]
      if link.from == from, link.to == to, isSame(link.fromPort, fromPort), isSame(link.toPort, toPort) {
        merge(index, fromPort, toPort, protocolName)
        return
      }
      if link.from == to, link.to == from, isSame(link.fromPort, toPort), isSame(link.toPort, fromPort) {
        // This end is the other's neighbour: it knows better what its port is called.
        links[index].toPort = fromPort ?? links[index].toPort
        merge(index, toPort, nil, protocolName)
        return
      }
    }
    links.append(Link(from: from, fromPort: fromPort, to: to, toPort: toPort, protocols: [protocolName]))
  }

  private mutating func merge(_ index: Int, _ fromPort: String?, _ toPort: String?, _ protocolName: String) {
    if links[index].fromPort == nil { links[index].fromPort = fromPort }
    if links[index].toPort == nil { links[index].toPort = toPort }
    if !links[index].protocols.contains(protocolName) { links[index].protocols.append(protocolName) }
  }

  /// The same picture whatever the order was in which it was made: nodes by name, links by their ends.
  package func sorted() -> Topology {
    let order = nodes.indices.sorted { (nodes[$0].name, $0) < (nodes[$1].name, $1) }
    var places = [Int](repeating: 0, count: nodes.count)
    for (place, index) in order.enumerated() { places[index] = place }
    var result = Topology(nodes: order.map { nodes[$0] })
    result.links = links.map { link in
      var (from, to) = (places[link.from], places[link.to])
      var (fromPort, toPort) = (link.fromPort, link.toPort)
      if from > to {
        swap(&from, &to)
        swap(&fromPort, &toPort)
      }
      return Link(from: from, fromPort: fromPort, to: to, toPort: toPort, protocols: link.protocols.sorted())
    }
    .sorted { ($0.from, $0.to, $0.fromPort ?? "", $0.toPort ?? "") < ($1.from, $1.to, $1.fromPort ?? "", $1.toPort ?? "") }
    return result
  }

  /// An undirected graph in the language of graphviz: https://graphviz.org/doc/info/lang.html.
  package var dot: String {
    func quoted(_ text: String) -> String {
      "\"" + escapeControls(text).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
    // What graphviz shows: it reads references to characters in it, as HTML does.
    func shown(_ text: String) -> String { quoted(text.replacing("&", with: "&amp;")) }
    // A name that begins with a percent sign is none to graphviz: each mention would be another node.
    func identity(_ node: Node) -> String { quoted(node.name.hasPrefix("%") ? " \(node.name)" : node.name) }
    var text =
      "graph netjob {\n  graph [overlap=false, splines=true];\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
    text += "  edge [fontname=\"sans-serif\", fontsize=9];\n"
    for node in nodes {
      let style = node.isKnown ? "" : ", style=\"rounded,dashed\""
      let isPlain = !node.name.hasPrefix("%") && !node.name.contains("&")
      let label = isPlain ? "" : "label=\(shown(node.name)), "
      text += "  \(identity(node)) [\(label)tooltip=\(shown(node.detail))\(style)];\n"
    }
    for link in links {
      let ports = [("taillabel", link.fromPort), ("headlabel", link.toPort)].compactMap { key, port in
        port.map { "\(key)=\(shown(InterfaceName.short($0)))" }
      }
      text += "  \(identity(nodes[link.from])) -- \(identity(nodes[link.to]))"
      text += " [\((ports + ["tooltip=\(shown(link.protocols.joined(separator: ", ")))"]).joined(separator: ", "))];\n"
    }
    return text + "}\n"
  }
}

/// Names of interfaces, which devices write out and abbreviate as they like.
package enum InterfaceName {
  private static let forms: [(long: String, short: String)] = [
    ("hundredgigabitethernet", "Hu"), ("hundredgige", "Hu"), ("fortygigabitethernet", "Fo"), ("fortygige", "Fo"),
    ("twentyfivegigabitethernet", "Twe"), ("twentyfivegige", "Twe"), ("tengigabitethernet", "Te"), ("tengige", "Te"),
    ("xgigabitethernet", "XGE"), ("gigabitethernet", "Gi"), ("fastethernet", "Fa"), ("ethernet", "Et"), ("port-channel", "Po"),
    ("bundle-ether", "BE"), ("eth-trunk", "Eth-Trunk"), ("loopback", "Lo"), ("management", "Ma"), ("vlan", "Vl"),
    ("tunnel", "Tu"),
    ("serial", "Se"),
  ]
  private static let abbreviations: [String: String] = [
    "gig": "Gi", "ge": "Gi", "g": "Gi", "eth": "Et", "ten": "Te", "tengig": "Te", "fas": "Fa", "f": "Fa", "po": "Po",
  ]

  /// The short form: `Gi0/1` for `GigabitEthernet0/1`, `Gig 0/1` and `gi0/1`; what is none of the kind stays as it is.
  package static func short(_ name: String) -> String {
    let letters = name.prefix { $0.isLetter || $0 == "-" }
    let rest = name[letters.endIndex...].drop { $0 == " " }
    // `ge-0/0/1` and `eth0` are names of their own.
    let word = letters.lowercased()
    guard let first = rest.first, first.isNumber, rest.contains("/") || forms.contains(where: { $0.long == word }) else {
      return name
    }
    if let form = forms.first(where: { $0.long == word || $0.short.lowercased() == word }) { return form.short + rest }
    return abbreviations[word].map { $0 + rest } ?? name
  }
}
