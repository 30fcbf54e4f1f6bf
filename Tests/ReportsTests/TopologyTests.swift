import Testing

@testable import Reports

@Suite struct TopologyTests {
  /// Nodes in two tiers with a ring of distribution switches: a campus of about `count` nodes.
  static func campus(_ count: Int) -> Topology {
    let cores = 2
    let distributions = max(2, count / 9)
    var topology = Topology()
    for index in 0..<cores { topology.nodes.append(.init(name: "core\(index + 1).example.net", isKnown: true)) }
    for index in 0..<distributions { topology.nodes.append(.init(name: "dist-building\(index + 1)", isKnown: true)) }
    while topology.nodes.count < count {
      let number = topology.nodes.count
      topology.nodes.append(.init(name: "access\(number)-floor\(number % 5)", isKnown: number % 7 != 0))
    }
    topology.add(from: 0, "HundredGigE1/0/1", to: 1, "HundredGigE1/0/1", by: "lldp")
    topology.add(from: 0, "HundredGigE1/0/2", to: 1, "HundredGigE1/0/2", by: "lldp")
    for index in 0..<distributions {
      for core in 0..<cores {
        topology.add(
          from: cores + index, "TenGigabitEthernet1/1/\(core + 1)", to: core, "TenGigabitEthernet2/0/\(index + 1)", by: "lldp")
      }
    }
    for number in (cores + distributions)..<max(count, cores + distributions) {
      topology.add(
        from: number, "Gi0/1", to: cores + number % distributions, "GigabitEthernet1/0/\(number)", by: "cdp")
    }
    return topology.sorted()
  }

  static func ring(_ count: Int) -> Topology {
    var topology = Topology(nodes: (1...count).map { .init(name: "r\($0)", isKnown: true) })
    for index in 0..<count { topology.add(from: index, "eth1", to: (index + 1) % count, "eth0", by: "lldp") }
    return topology.sorted()
  }

  static func mesh(_ count: Int) -> Topology {
    var topology = Topology(nodes: (1...count).map { .init(name: "r\($0)", isKnown: true) })
    for index in 0..<count {
      for other in 0..<index { topology.add(from: index, "to\(other)", to: other, "to\(index)", by: "ospf") }
    }
    return topology.sorted()
  }

  static let pictures: [Topology] = [
    campus(5), campus(20), campus(50), campus(200), ring(8), ring(30), mesh(4), mesh(6),
    Topology(nodes: [.init(name: "alone", isKnown: true)]),
    Topology(),
  ]

  @Test(arguments: pictures.indices) func nothingCoversAnythingElse(_ number: Int) {
    let picture = TopologyPicture(Self.pictures[number])
    let boxes = picture.nodeBoxes + picture.portBoxes
    for (index, box) in boxes.enumerated() {
      for other in boxes[(index + 1)...] { #expect(!box.overlaps(other)) }
    }
    // Where there is room the ports are named: at 50 nodes there is for most, in small pictures for all but a few.
    let ends = Self.pictures[number].links.flatMap { [$0.fromPort, $0.toPort] }.compactMap { $0 }.count
    let named = picture.portBoxes.count
    if number == 2 { #expect(named * 10 >= ends * 9, "\(named) of \(ends)") }
    let least = [6: 100, 20: 95].filter { Self.pictures[number].nodes.count <= $0.key }.values.max() ?? 0
    #expect(named * 100 >= ends * least, "\(named) of \(ends)")
  }

  @Test func theSameDataGiveTheSamePicture() {
    var topology = Topology(nodes: ["c", "a", "b"].map { .init(name: $0, isKnown: true) })
    topology.add(from: 0, "x", to: 1, "y", by: "lldp")
    topology.add(from: 2, nil, to: 0, nil, by: "bgp")
    var other = Topology(nodes: ["b", "c", "a"].map { .init(name: $0, isKnown: true) })
    other.add(from: 1, nil, to: 0, nil, by: "bgp")
    other.add(from: 2, "y", to: 1, "x", by: "lldp")
    #expect(topology.sorted() == other.sorted())
    #expect(TopologyPicture(topology.sorted()).svg == TopologyPicture(other.sorted()).svg)
  }

  @Test func bothEndsOfALinkAreOneLink() {
    var topology = Topology(nodes: ["a", "b"].map { .init(name: $0, isKnown: true) })
    topology.add(from: 0, "GigabitEthernet0/1", to: 1, "Gig 0/2", by: "lldp")
    topology.add(from: 1, "Gi0/2", to: 0, "gi0/1", by: "cdp")
    topology.add(from: 0, "Gi0/3", to: 1, "Gi0/4", by: "lldp")
    topology.add(from: 0, nil, to: 1, nil, by: "ospf")
    #expect(topology.links.count == 2)
    #expect(
      topology.links[0]
        == .init(from: 0, fromPort: "GigabitEthernet0/1", to: 1, toPort: "Gi0/2", protocols: ["lldp", "cdp", "ospf"]))
  }

  @Test(arguments: [
    ("GigabitEthernet0/1", "Gi0/1"), ("gi0/1", "Gi0/1"), ("Gig 0/1", "Gi0/1"), ("TenGigabitEthernet1/1/1", "Te1/1/1"),
    ("Ethernet1/1", "Et1/1"), ("Eth1/1", "Et1/1"), ("eth0", "eth0"), ("ge-0/0/1", "ge-0/0/1"), ("xe-0/0/1.0", "xe-0/0/1.0"),
    ("Vlan10", "Vl10"), ("Port-channel1", "Po1"), ("", ""), ("lan port", "lan port"), ("HundredGigE1/0/1", "Hu1/0/1"),
  ]) func namesOfInterfaces(_ name: String, _ short: String) {
    #expect(InterfaceName.short(name) == short)
  }

  /// Names come from devices: they are text, whatever they look like.
  @Test func hostileNamesStayText() throws {
    let evil = "</text><script>alert(1)</script>\"\\\u{1B}[2J\u{202E}&"
    var topology = Topology(nodes: [.init(name: evil, isKnown: false, detail: evil), .init(name: "b", isKnown: true)])
    topology.add(from: 0, evil, to: 1, evil, by: "lldp")
    let svg = TopologyPicture(topology.sorted()).svg
    #expect(!svg.contains("<script") && !svg.contains("\u{1B}") && !svg.contains("\u{202E}"))
    let dot = topology.sorted().dot
    #expect(!dot.contains("\u{1B}"))
    #expect(dot.contains(#"\""#) && dot.contains(#"\\"#))
  }

  /// Graphviz takes a name with a percent sign before it for no name, and reads references to characters in what it shows.
  @Test func graphvizShowsNamesAsTheyAre() {
    var topology = Topology(nodes: [.init(name: "%a", isKnown: false), .init(name: "b&lt;", isKnown: true)])
    topology.add(from: 0, "&amp;", to: 1, nil, by: "lldp")
    let lines = topology.dot.split(separator: "\n").map(String.init)
    #expect(lines.contains(#"  " %a" [label="%a", tooltip="", style="rounded,dashed"];"#), "\(lines)")
    #expect(lines.contains(#"  "b&lt;" [label="b&amp;lt;", tooltip=""];"#), "\(lines)")
    #expect(lines.contains(#"  " %a" -- "b&lt;" [taillabel="&amp;amp;", tooltip="lldp"];"#), "\(lines)")
  }

  @Test func wideNamesStayInTheirBoxes() {
    let boxes = TopologyPicture(
      Topology(
        nodes: ["\u{1F600}\u{1F600}", "abcd", String(repeating: "\u{65E5}", count: 99)].map { .init(name: $0, isKnown: true) })
    ).nodeBoxes
    #expect(boxes[0].width == boxes[1].width)
    // 27 columns of 28, an ellipsis being one.
    #expect(boxes[2].width < boxes[1].width * 5)
    let picture = TopologyPicture(Topology(nodes: [.init(name: String(repeating: "\u{65E5}", count: 99), isKnown: true)]))
    #expect(picture.svg.contains(">" + String(repeating: "\u{65E5}", count: 13) + "…<"))
  }
}
