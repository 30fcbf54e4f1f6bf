internal import Arguments
internal import Storage

/// A jump host, as it is typed: `HOST`, `HOST:PORT`, an IPv6 address alone or as `[ADDRESS]:PORT`.
struct JumpHostOperand: ArgumentValue {
  let host: String
  let port: Int

  var edit: NetworkEdit.JumpHost { NetworkEdit.JumpHost(host: host, port: port) }

  static let conversion = ValueConversion<JumpHostOperand>.custom(
    allowed: "HOST, HOST:PORT or [IPV6-ADDRESS]:PORT", format: { "\($0.host):\($0.port)" }
  ) { text in
    var host = text[...]
    var port: Substring?
    if text.hasPrefix("[") {
      guard let end = text.lastIndex(of: "]") else { return nil }
      host = text[text.index(after: text.startIndex)..<end]
      let rest = text[text.index(after: end)...]
      if !rest.isEmpty {
        guard rest.hasPrefix(":") else { return nil }
        port = rest.dropFirst()
      }
    } else if text.count(where: { $0 == ":" }) == 1, let colon = text.firstIndex(of: ":") {
      host = text[..<colon]
      port = text[text.index(after: colon)...]
    }
    guard !host.isEmpty else { return nil }
    guard let port else { return JumpHostOperand(host: String(host), port: 22) }
    guard port.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(port), (1...65_535).contains(number) else {
      return nil
    }
    return JumpHostOperand(host: String(host), port: number)
  }
}
