import Definitions
import Stencil

extension CommandTemplate {
  /// The text that the template makes of checked values.
  /// - Throws: `.undefinedVariable`, `.badRendering`.
  func render(_ values: [String: ToolValue], facts: [String: String]) throws(ToolError) -> String {
    if isLiteral { return source }
    for fact in requiredFacts.sorted() where facts[fact]?.isEmpty ?? true {
      throw ToolError(
        .undefinedVariable, "the template needs 'device.\(fact)', which is not known of this device",
        hint: "set it, or discover the device")
    }
    for (name, fact) in facts where fact.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
      throw ToolError(.badRendering, "the device's '\(name)' has a control character in it")
    }
    var context: [String: Any] = ["device": facts]
    for (name, value) in values {
      switch value {
      case .text(let text): context[name] = text
      case .boolean(let flag): context[name] = flag
      case .list(let elements): context[name] = elements
      }
    }
    do {
      let environment = Environment(extensions: [Self.networkFilters()])
      return try Template(templateString: source, environment: environment).render(context)
    } catch let error as ToolProblem {
      throw ToolError(.badRendering, error.text)
    } catch let error as TemplateSyntaxError {
      throw ToolError(.badRendering, "the template does not render: \(error.reason)")
    } catch {
      throw ToolError(.badRendering, "the template does not render")
    }
  }

  /// The commands that the template makes: its lines, without empty ones and trailing blanks.
  /// - Parameter mayBeEmpty: whether there may be none.
  /// - Throws: as `render`, and `.badRendering` when there are none.
  func lines(
    _ values: [String: ToolValue], facts: [String: String], mayBeEmpty: Bool = false
  ) throws(ToolError) -> [String] {
    let lines = TextLines.split(try render(values, facts: facts)).compactMap { line -> String? in
      var line = line
      while line.last == " " { line.removeLast() }
      return line.isEmpty ? nil : line
    }
    guard mayBeEmpty || !lines.isEmpty else { throw ToolError(.badRendering, "the template makes no commands of these values") }
    for line in lines where line.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
      throw ToolError(.badRendering, "a command has a control character in it")
    }
    return lines
  }

  /// Filters over `ip` and `cidr` values; any other value is an error.
  private static func networkFilters() -> Extension {
    let filters = Extension()
    func register(_ name: String, _ body: @escaping (IPNetwork) -> String) {
      filters.registerFilter(name) { (value: Any?) throws -> Any? in
        guard let text = value as? String, let network = IPNetwork(text) else {
          throw ToolProblem("the filter '\(name)' wants a prefix such as 203.0.113.0/24")
        }
        return body(network)
      }
    }
    register("network") { $0.base.description }
    register("netmask") { $0.mask.description }
    register("wildcard") { $0.wildcard.description }
    register("prefix-length") { String($0.length) }
    filters.registerFilter("ip-version") { (value: Any?) throws -> Any? in
      guard let text = value as? String, let address = IPNetwork(text)?.address ?? IPAddress(text) else {
        throw ToolProblem("the filter 'ip-version' wants an address or a prefix")
      }
      return address.isIPv6 ? "6" : "4"
    }
    filters.registerFilter("address-kind") { (value: Any?) throws -> Any? in
      guard let text = value as? String, let address = IPAddress(text) else { return "name" }
      return address.isIPv6 ? "6" : "4"
    }
    return filters
  }
}
