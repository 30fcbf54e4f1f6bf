internal import ToolCatalog

/// A command line that makes a job of a tool, with the examples of its parameters.
struct ToolExample {
  let tool: Tool

  /// Its words; secrets are read from standard input.
  var words: [String] {
    var given: [String: String] = [:]
    for parameter in tool.parameters where parameter.isRequired && !parameter.isSecret {
      given[parameter.name] = Self.value(of: parameter)
    }
    // What the example of a template asks for belongs to the example.
    let parameters = ((try? tool.specialized(for: given)) ?? tool).parameters
    var words = ["netjob", "job", "create", "my-\(tool.name)", "--type", "tool", "--tool", tool.name]
    for parameter in parameters where parameter.isRequired {
      words +=
        parameter.isSecret
        ? ["--param-file", "\(parameter.name)=-"]
        : ["--param", "\(parameter.name)=\(given[parameter.name] ?? Self.value(of: parameter))"]
    }
    let platform = tool.platforms.first { $0 != Tool.anyPlatform }
    return words + (platform.map { ["--search", "platform:\($0)"] } ?? ["--all-devices"])
  }

  /// As a POSIX shell takes it.
  var text: String {
    words.map { word in
      let isPlain = word.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) || "-_./:=,@+".utf8.contains($0)
      }
      return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }.joined(separator: " ")
  }

  private static func value(of parameter: ToolParameter) -> String {
    if let example = parameter.example { return example }
    switch parameter.elements ?? parameter.kind {
    case .ip: return "192.0.2.1"
    case .cidr: return "203.0.113.0/24"
    case .hostname: return "host.example.net"
    case .interface: return "Ethernet1"
    case .boolean: return "true"
    case .integer: return String(parameter.minimum ?? min(1, parameter.maximum ?? 1))
    case .choice: return parameter.choices.first ?? ""
    case .string, .list, .secret: return "VALUE"
    }
  }
}
