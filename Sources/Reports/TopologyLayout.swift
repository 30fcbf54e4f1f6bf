private import Glibc

/// Where the nodes of a topology go: the same places for the same topology.
///
/// Each connected part is laid out by forces (Fruchterman and Reingold, "Graph drawing by force-directed placement", 1991), from a
/// start that follows its distances; then boxes that overlap are pushed apart, and the parts are set in rows.
struct TopologyLayout {
  struct Point: Equatable, Sendable {
    var x: Double
    var y: Double
  }

  /// The middle of each node's box.
  private(set) var centers: [Point]
  private(set) var width = 0.0
  private(set) var height = 0.0

  /// - Parameters:
  ///   - boxes: width and height of each node.
  ///   - links: pairs of positions.
  init(boxes: [(width: Double, height: Double)], links: [(Int, Int)]) {
    centers = Array(repeating: Point(x: 0, y: 0), count: boxes.count)
    var neighbors = Array(repeating: Set<Int>(), count: boxes.count)
    for (one, other) in links where one != other {
      neighbors[one].insert(other)
      neighbors[other].insert(one)
    }
    var parts = Self.parts(neighbors)
    // The largest first; the loners, which make a long list, last.
    parts.sort { ($1.count, $0[0]) < ($0.count, $1[0]) }
    let rowWidth = max(900, 1.5 * (boxes.map { ($0.width + 40) * ($0.height + 60) }.reduce(0, +)).squareRoot() * 1.6)
    var (x, y, rowHeight) = (0.0, 0.0, 0.0)
    for part in parts {
      let placed = Self.place(part, neighbors, boxes)
      if x > 0, x + placed.width > rowWidth { (x, y, rowHeight) = (0, y + rowHeight + 50, 0) }
      for (index, point) in zip(part, placed.points) { centers[index] = Point(x: point.x + x, y: point.y + y) }
      width = max(width, x + placed.width)
      height = max(height, y + placed.height)
      x += placed.width + 50
      rowHeight = max(rowHeight, placed.height)
    }
  }

  /// The same, with all nodes further from each other; boxes that did not overlap still do not.
  /// - Parameter factor: at least 1.
  func stretched(by factor: Double, boxes: [(width: Double, height: Double)]) -> TopologyLayout {
    var layout = self
    layout.centers = centers.map { Point(x: $0.x * factor, y: $0.y * factor) }
    let left = zip(layout.centers, boxes).map { $0.x - $1.width / 2 }.min() ?? 0
    let top = zip(layout.centers, boxes).map { $0.y - $1.height / 2 }.min() ?? 0
    layout.centers = layout.centers.map { Point(x: $0.x - left, y: $0.y - top) }
    layout.width = zip(layout.centers, boxes).map { $0.x + $1.width / 2 }.max() ?? 0
    layout.height = zip(layout.centers, boxes).map { $0.y + $1.height / 2 }.max() ?? 0
    return layout
  }

  private static func parts(_ neighbors: [Set<Int>]) -> [[Int]] {
    var seen = Array(repeating: false, count: neighbors.count)
    var parts: [[Int]] = []
    for start in neighbors.indices where !seen[start] {
      var part: [Int] = []
      var queue = [start]
      seen[start] = true
      while let index = queue.popLast() {
        part.append(index)
        for next in neighbors[index].sorted() where !seen[next] {
          seen[next] = true
          queue.append(next)
        }
      }
      parts.append(part.sorted())
    }
    return parts
  }

  private static func place(
    _ part: [Int], _ neighbors: [Set<Int>], _ boxes: [(width: Double, height: Double)]
  ) -> (points: [Point], width: Double, height: Double) {
    let count = part.count
    let places = Dictionary(uniqueKeysWithValues: part.enumerated().map { ($1, $0) })
    let edges = part.flatMap { index in
      neighbors[index].filter { $0 > index }.sorted().map { (places[index] ?? 0, places[$0] ?? 0) }
    }
    var points = start(part, neighbors, places)
    let mean = part.map { boxes[$0].width + boxes[$0].height }.reduce(0, +) / Double(max(1, count))
    let spring = mean * 0.7 + 40
    for index in points.indices {
      points[index].x *= spring
      points[index].y *= spring
    }
    if count > 2 { relax(&points, edges, spring) }
    separate(&points, part.map { boxes[$0] })
    let left = zip(points, part).map { $0.x - boxes[$1].width / 2 }.min() ?? 0
    let top = zip(points, part).map { $0.y - boxes[$1].height / 2 }.min() ?? 0
    for index in points.indices {
      points[index].x -= left
      points[index].y -= top
    }
    let width = zip(points, part).map { $0.x + boxes[$1].width / 2 }.max() ?? 0
    let height = zip(points, part).map { $0.y + boxes[$1].height / 2 }.max() ?? 0
    return (points, width, height)
  }

  /// Rings around the node with the most neighbours, each node near the one that it hangs on.
  private static func start(_ part: [Int], _ neighbors: [Set<Int>], _ places: [Int: Int]) -> [Point] {
    guard let center = part.max(by: { (neighbors[$0].count, $1) < (neighbors[$1].count, $0) }) else { return [] }
    var points = Array(repeating: Point(x: 0, y: 0), count: part.count)
    var seen: Set<Int> = [center]
    var ring: [(index: Int, angle: Double)] = [(center, 0)]
    var radius = 1.0
    while !ring.isEmpty {
      var next: [(index: Int, parent: Double)] = []
      for (index, angle) in ring {
        for other in neighbors[index].sorted() where seen.insert(other).inserted { next.append((other, angle)) }
      }
      next.sort { ($0.parent, $0.index) < ($1.parent, $1.index) }
      ring = next.enumerated().map { number, item in
        // Evenly around, which keeps the children of one node beside each other.
        (
          item.index,
          2 * Double.pi * (Double(number) + 0.5 * (radius - 1).truncatingRemainder(dividingBy: 2)) / Double(next.count)
        )
      }
      for (index, angle) in ring {
        points[places[index] ?? 0] = Point(x: radius * cos(angle), y: radius * sin(angle) * 0.8)
      }
      radius += 1
    }
    return points
  }

  private static func relax(_ points: inout [Point], _ edges: [(Int, Int)], _ spring: Double) {
    let rounds = points.count > 400 ? 120 : 400
    var heat = spring * 0.8
    for _ in 0..<rounds {
      var forces = Array(repeating: Point(x: 0, y: 0), count: points.count)
      for one in points.indices {
        for other in (one + 1)..<max(points.count, one + 1) {
          var (dx, dy) = (points[one].x - points[other].x, points[one].y - points[other].y)
          // Two at the same place part in a direction of their own.
          if abs(dx) + abs(dy) < 0.01 { (dx, dy) = (0.1 * Double(one + 1), 0.07 * Double(other + 1)) }
          let square = max(1, dx * dx + dy * dy)
          if square > 36 * spring * spring { continue }
          let force = spring * spring / square
          forces[one].x += dx * force
          forces[one].y += dy * force
          forces[other].x -= dx * force
          forces[other].y -= dy * force
        }
      }
      for (one, other) in edges {
        let (dx, dy) = (points[one].x - points[other].x, points[one].y - points[other].y)
        let distance = max(1, (dx * dx + dy * dy).squareRoot())
        let force = distance / spring
        forces[one].x -= dx * force
        forces[one].y -= dy * force
        forces[other].x += dx * force
        forces[other].y += dy * force
      }
      for index in points.indices {
        let length = max(0.001, (forces[index].x * forces[index].x + forces[index].y * forces[index].y).squareRoot())
        let step = min(length, heat)
        points[index].x += forces[index].x / length * step
        points[index].y += forces[index].y / length * step
      }
      heat = max(heat * 0.985, 0.5)
    }
  }

  /// Room between two boxes.
  static let gap = (x: 26.0, y: 34.0)

  /// Pushes boxes apart until none overlaps another.
  private static func separate(_ points: inout [Point], _ boxes: [(width: Double, height: Double)]) {
    for round in 0..<2000 {
      var isClear = true
      for one in points.indices {
        for other in (one + 1)..<max(points.count, one + 1) {
          let (dx, dy) = (points[other].x - points[one].x, points[other].y - points[one].y)
          let x = (boxes[one].width + boxes[other].width) / 2 + gap.x - abs(dx)
          let y = (boxes[one].height + boxes[other].height) / 2 + gap.y - abs(dy)
          guard x > 0.01, y > 0.01 else { continue }
          isClear = false
          // The shorter way, both by half; when that goes on for long, sideways, where there is always an end.
          if y <= x, round < 1500 {
            let step = (dy < 0 ? -1 : 1) * (y / 2 + 0.01)
            points[one].y -= step
            points[other].y += step
          } else {
            let step = (dx < 0 ? -1 : 1) * (x / 2 + 0.01)
            points[one].x -= step
            points[other].x += step
          }
        }
      }
      if isClear { return }
    }
  }
}
