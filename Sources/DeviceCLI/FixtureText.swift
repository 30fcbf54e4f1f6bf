import Transports

/// Writes a recorded session as a fixture file.
struct FixtureText {
  let script: ReplayScript
  let tour: SessionTour
  let failure: String?

  var text: String {
    var text = "# Recorded by netjob device test --record; the secrets that netjob knows of are masked.\n"
    if let failure { text += "# The session ended early: \(PrintableBytes(Array(failure.utf8), limit: 400))\n" }
    text += "covers: [\(covers.joined(separator: ", "))]\n"
    if tour.steps.contains(.entered(.enable)) { text += "enable-secret: \(Self.quoted(Redactor.mask))\n" }
    text += tour.steps.isEmpty ? "do: []\n" : "do:\n" + tour.steps.map { "  - \(Self.line($0))\n" }.joined()
    text += "script:\n" + script.steps.map(Self.lines).joined()
    return text
  }

  private var covers: [String] {
    var covers: [String] = []
    for step in tour.steps {
      switch step {
      case .opened: covers.append("login")
      case .entered: covers.append("enable")
      case .inventory: covers += ["show", "inventory"]
      case .configuration(.running, _, _): covers.append("config")
      case .configuration(.startup, _, _): covers.append("startup")
      case .noConfiguration(.startup, .noConfiguration): covers.append("startup")
      case .neighbors: covers.append("neighbors")
      case .noConfiguration, .closed: break
      }
    }
    return covers
  }

  private static func line(_ step: SessionTour.Step) -> String {
    switch step {
    case .opened(let mode, let hostname):
      return "open: \(mode.rawValue)" + (hostname.map { "\n    hostname: \(quoted($0))" } ?? "")
    case .entered(let mode): return "enter: \(mode.rawValue)"
    case .inventory(let facts):
      return "inventory: " + flow(facts.map { ($0.rawValue, $1) })
    case .configuration(let kind, let first, let last):
      return "configuration: \(kind.rawValue)\n    begins: \(quoted(first + "\n"))\n    ends: \(quoted(last + "\n"))"
    case .noConfiguration(let kind, let code): return "configuration: \(kind.rawValue)\n    fails: \(code.rawValue)"
    case .neighbors(let neighbors):
      let items = neighbors.map { neighbor in
        flow([("protocol", neighbor.via.rawValue)] + neighbor.fields.map { ($0.rawValue, $1) })
      }
      return items.isEmpty ? "neighbors: []" : "neighbors:\n" + items.map { "      - \($0)" }.joined(separator: "\n")
    case .closed: return "close"
    }
  }

  private static func lines(_ step: ReplayScript.Step) -> String {
    switch step {
    case .pause: return "  - pause\n"
    case .expect(let bytes): return "  - expect: \(quoted(String(decoding: bytes, as: UTF8.self)))\n"
    case .send(let bytes):
      let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
      if lines.count < 2 { return "  - send: \(quoted(String(decoding: bytes, as: UTF8.self)))\n" }
      var text = "  - send:\n"
      for (index, line) in lines.enumerated() {
        let isLast = index == lines.count - 1
        if isLast && line.isEmpty { break }
        text += "      - \(quoted(String(decoding: line, as: UTF8.self) + (isLast ? "" : "\n")))\n"
      }
      return text
    }
  }

  private static func flow(_ pairs: [(String, String)]) -> String {
    "{" + pairs.sorted { $0 < $1 }.map { "\($0): \(quoted($1))" }.joined(separator: ", ") + "}"
  }

  /// A double-quoted scalar of YAML 1.2, section 5.7.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{8}": result += "\\b"
      case "\u{1B}": result += "\\e"
      case "\u{0}": result += "\\0"
      default:
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0: result += "\\x" + hexadecimal(scalar.value, 2)
        case 0x2028, 0x2029, 0xFEFF, 0x200B...0x200F, 0x202A...0x202E: result += "\\u" + hexadecimal(scalar.value, 4)
        default: result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }

  private static func hexadecimal(_ value: UInt32, _ width: Int) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
