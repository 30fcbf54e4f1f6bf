internal import Definitions
internal import JobModel
internal import Terminal

/// Devices as a file of some kind lists them.
struct DeviceFile {
  enum Format: String, CaseIterable {
    /// Columns named for the device's values.
    case csv
    /// A list of objects, as `device list --json` writes it.
    case json
    case yaml
    /// An inventory in YAML.
    case ansible
    /// A list of devices that NetBox has exported as CSV.
    case netbox
    /// Oxidized's router.db: name:model, name:address:model or name:address:model:group.
    case oxidized
  }

  struct Row {
    /// Where it stands: `devices.csv line 3`.
    var place: String
    var name: String
    var address: String?
    var port: Int?
    var platform: String?
    var network: String?
    var credential: String?
    var tags: [String]?
    var fields: [String: String] = [:]
    var comment: String?
    var isEnabled: Bool?
    var isLegacy: Bool?
    var transport: String?
    /// What is wrong with a value of it; such a row is not imported, since a value left out would be the default one.
    var problems: [String] = []
  }

  var rows: [Row] = []
  /// What could not be understood, each with its place.
  var problems: [String] = []
  /// Where each name stands.
  private var places: [String: String] = [:]

  static let keys = [
    "name", "address", "port", "platform", "network", "credential", "tags", "fields", "comment", "enabled", "legacy", "transport",
  ]
  /// What `device list --json` tells besides, which devices say of themselves.
  private static let derived = [
    "id", "hostname", "vendor", "model", "version", "serial", "status", "unsaved", "lastSeen", "changedTime", "hostKey",
    "timeouts",
  ]

  /// - Parameter platforms: the names of all platforms.
  /// - Throws: `.invalid` where nothing of it can be read.
  init(parsing text: String, _ format: Format, file: String, platforms: [String]) throws {
    let names = PlatformNames(platforms)
    switch format {
    case .csv: try readCSV(text, file)
    case .netbox: try readNetBox(text, file, names)
    case .oxidized: readOxidized(text, file, names)
    case .json, .yaml, .ansible:
      let root: YAMLNode
      do {
        root = try YAMLNode.parse(Array(text.utf8), file: file, limit: 64 << 20)
        if format == .ansible { try readAnsible(root, names) } else { try readList(root) }
      } catch let error as DefinitionError {
        throw ModelError(.invalid, error.description, hint: error.hint)
      }
    }
  }

  /// What the file is, by its name or else its beginning; nil where it may be several things.
  static func format(of text: String, file: String) -> Format? {
    let name = file.lowercased()
    // YAML may begin with directives, comments, and a mark of its start.
    let start =
      text.split(omittingEmptySubsequences: true, whereSeparator: \.isNewline).lazy.map(trimmed)
      .first { !$0.isEmpty && !$0.hasPrefix("#") && !$0.hasPrefix("%") && $0 != "---" } ?? ""
    // An INI inventory begins with a group in brackets.
    if start.hasPrefix("["), start.dropFirst().first.map({ $0.isLetter || $0 == "_" }) == true { return nil }
    if name.hasSuffix(".db") { return .oxidized }
    if name.hasSuffix(".csv") {
      let header = text.prefix { !$0.isNewline }.lowercased().split(separator: ",").map { trimmed($0).filter { $0 != "\"" } }
      let isNetBox = header.contains { column in
        let words = ["manufacturer", "device type", "device role", "ip address", "primary ip", "primary ipv4", "primary ipv6"]
        return words.contains(column.replacing("_", with: " "))
      }
      return isNetBox ? .netbox : .csv
    }
    if name.hasSuffix(".json") || start.hasPrefix("[") { return .json }
    if start.hasPrefix("- ") || start == "-" { return .yaml }
    if name.hasSuffix(".yaml") || name.hasSuffix(".yml") { return .ansible }
    return nil
  }

  // MARK: Our own forms

  private mutating func readCSV(_ text: String, _ file: String) throws {
    var reader = CSVReader(text: text, file: file)
    guard let header = try reader.next() else { throw reader.failure(1, "the file is empty; its first line names the columns") }
    var known: Set<String> = []
    let columns = header.fields.map { heading in
      let column = Self.trimmed(heading)
      return column.hasPrefix("field.") ? column : column.lowercased()
    }
    if columns.count == 1, columns[0].contains(";") || columns[0].contains("\t") {
      throw reader.failure(header.line, "the columns must be separated by commas")
    }
    for column in columns {
      guard Self.keys.contains(column) && column != "fields" || column.hasPrefix("field.") else {
        let allowed = Self.keys.filter { $0 != "fields" }.joined(separator: ", ")
        throw reader.failure(header.line, "the column '\(TextRule.quoted(column))' is none of \(allowed), field.NAME")
      }
      if !known.insert(column).inserted { throw reader.failure(header.line, "the column '\(column)' is there twice") }
    }
    guard known.contains("name") else { throw reader.failure(header.line, "there is no column 'name'") }
    while let record = try reader.next() {
      let place = "\(file) line \(record.line)"
      guard record.fields.count == header.fields.count else {
        problems.append("\(place): \(record.fields.count) fields where the first line has \(header.fields.count)")
        continue
      }
      var row = Row(place: place, name: "")
      for (column, value) in zip(columns, record.fields) where !value.isEmpty {
        take(column, Self.unguarded(value), into: &row)
      }
      add(row)
    }
  }

  /// What an export has put before what a spreadsheet would take for a formula.
  private static func unguarded(_ text: String) -> String {
    guard text.hasPrefix("'"), let second = text.dropFirst().first, "=+-@'".contains(second) else { return text }
    return String(text.dropFirst())
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }

  private mutating func take(_ column: String, _ value: String, into row: inout Row) {
    func flag() -> Bool? {
      switch value.lowercased() {
      case "true", "yes", "1": true
      case "false", "no", "0": false
      default: nil
      }
    }
    switch column {
    case "name": row.name = value
    case "address": row.address = value
    case "port":
      row.port = Int(value)
      if row.port == nil { row.problems.append("\(row.place): port: '\(TextRule.quoted(value))' is no number") }
    case "platform": row.platform = value
    case "network": row.network = value
    case "credential": row.credential = value
    case "tags": row.tags = value.split(separator: ";").map { Self.trimmed($0) }.filter { !$0.isEmpty }
    case "comment": row.comment = value
    case "enabled", "legacy":
      guard let flag = flag() else {
        row.problems.append("\(row.place): \(column): '\(TextRule.quoted(value))' is not true or false")
        return
      }
      if column == "enabled" { row.isEnabled = flag } else { row.isLegacy = flag }
    case "transport": row.transport = value
    default: row.fields[String(column.dropFirst("field.".count))] = value
    }
  }

  private mutating func readList(_ root: YAMLNode) throws {
    for node in try root.list() {
      do {
        let mapping = try node.mapping(Self.keys + Self.derived)
        func text(_ key: String) throws -> String? {
          guard let node = mapping[key], !node.isNull else { return nil }
          return try node.scalarText()
        }
        var row = Row(place: Self.place(node), name: try mapping.required("name").scalarText())
        row.address = try text("address")
        row.port = try mapping["port"]?.int(in: 1...65_535)
        row.platform = try text("platform")
        row.network = try text("network")
        row.credential = try text("credential")
        row.tags = try mapping["tags"]?.list().map { try $0.scalarText() }
        for entry in try mapping["fields"]?.entries() ?? [] { row.fields[entry.key] = try entry.value.scalarText() }
        row.comment = try mapping["comment"].map { try $0.string() }
        row.isEnabled = try mapping["enabled"]?.bool()
        row.isLegacy = try mapping["legacy"]?.bool()
        row.transport = try text("transport")
        add(row)
      } catch let error as DefinitionError {
        problems.append(error.description)
      }
    }
  }

  private static func place(_ node: YAMLNode) -> String {
    let spot = node.error(.badValue, "")
    return "\(spot.file ?? "") line \(spot.line ?? 0)"
  }

  private mutating func add(_ row: Row) {
    if row.name.isEmpty { return problems.append("\(row.place): the device has no name") }
    if let before = places.updateValue(row.place, forKey: row.name) {
      return problems.append("\(row.place): device '\(TextRule.quoted(row.name))' is there twice, first at \(before)")
    }
    if !row.problems.isEmpty { return problems.append(contentsOf: row.problems) }
    rows.append(row)
  }

  // MARK: Other people's forms

  private mutating func readNetBox(_ text: String, _ file: String, _ platforms: PlatformNames) throws {
    var reader = CSVReader(text: text, file: file)
    guard let header = try reader.next() else { throw reader.failure(1, "the file is empty; its first line names the columns") }
    let columns = header.fields.map { $0.lowercased().replacing(" ", with: "_") }
    func index(_ names: String...) -> Int? { names.lazy.compactMap { columns.firstIndex(of: $0) }.first }
    let name = index("name")
    let address = index("primary_ip4", "primary_ipv4", "primary_ip", "ip_address", "primary_ip6", "primary_ipv6")
    guard let name, let address else {
      throw reader.failure(header.line, "there must be a column Name and one of Primary IPv4, Primary IP, IP Address")
    }
    let (platform, status, site) = (index("platform"), index("status"), index("site"))
    let (role, tags) = (index("role", "device_role"), index("tags"))
    while let record = try reader.next() {
      let place = "\(file) line \(record.line)"
      guard record.fields.count == columns.count else {
        problems.append("\(place): \(record.fields.count) fields where the first line has \(columns.count)")
        continue
      }
      func value(_ index: Int?) -> String? {
        index.map { record.fields[$0] }.flatMap { $0.isEmpty || $0 == "\u{2014}" ? nil : $0 }
      }
      var row = Row(place: place, name: (value(name) ?? "").replacing(" ", with: "-"))
      row.address = value(address).map { String($0.prefix { $0 != "/" }) }
      row.platform = value(platform).map(platforms.name)
      // Whatever it is called there, only active devices are to be worked on.
      row.isEnabled = value(status).map { $0.lowercased() == "active" }
      row.tags = ([value(role)].compactMap { $0 } + (value(tags)?.split { $0 == "," }.map(String.init) ?? [])).map(Self.tag)
      if let site = value(site) { row.fields["site"] = site }
      add(row)
    }
  }

  private static func tag(_ text: String) -> String {
    var words = text.split { $0.isWhitespace }.map { $0.lowercased() }
    words.removeAll { $0.isEmpty }
    return words.joined(separator: "-")
  }

  private mutating func readOxidized(_ text: String, _ file: String, _ platforms: PlatformNames) {
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let content = line.prefix { $0 != "#" }
      if content.allSatisfy(\.isWhitespace) { continue }
      let place = "\(file) line \(index + 1)"
      let parts = content.split(separator: ":", omittingEmptySubsequences: false).map(Self.trimmed)
      guard (2...4).contains(parts.count) else {
        problems.append("\(place): \(parts.count) fields; it must be name:model, name:address:model or name:address:model:group")
        continue
      }
      var row = Row(place: place, name: parts[0])
      row.address = parts.count == 2 ? parts[0] : parts[1]
      row.platform = platforms.name(parts.count == 2 ? parts[1] : parts[2])
      if parts.count == 4, !parts[3].isEmpty { row.tags = [parts[3]] }
      add(row)
    }
  }

  /// A group, gathered from all places that name it.
  private struct Group {
    var variables: [String: YAMLNode] = [:]
    var parents: Set<String> = []
  }

  private struct Host {
    var place: String
    var variables: [String: YAMLNode] = [:]
    var groups: Set<String> = []
  }

  /// Variables count as Ansible has them: a host's own before any group's, a child group's before its parents', and of two groups
  /// of one depth those of the later by name.
  private mutating func readAnsible(_ root: YAMLNode, _ platforms: PlatformNames) throws {
    var groups: [String: Group] = ["all": Group()]
    var hosts: [String: Host] = [:]
    var order: [String] = []
    func variables(_ node: YAMLNode?) throws -> [String: YAMLNode] {
      guard let node, node.isMapping else { return [:] }
      return Dictionary(
        try node.entries().filter { $0.key.hasPrefix("ansible_") }.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    }
    func walk(_ name: String, _ node: YAMLNode, parent: String?) throws {
      var group = groups[name] ?? Group()
      if let parent { group.parents.insert(parent) }
      let entries = node.isNull ? [:] : Dictionary(try node.entries().map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
      group.variables.merge(try variables(entries["vars"])) { $1 }
      groups[name] = group
      if let list = entries["hosts"], !list.isNull {
        for entry in try list.entries() {
          if hosts[entry.key] == nil { order.append(entry.key) }
          var host = hosts[entry.key] ?? Host(place: "\(entry.value.file) line \(entry.line ?? 0)")
          host.variables.merge(try variables(entry.value)) { $1 }
          host.groups.insert(name)
          hosts[entry.key] = host
        }
      }
      if let children = entries["children"], !children.isNull {
        for entry in try children.entries() { try walk(entry.key, entry.value, parent: name) }
      }
    }
    for entry in try root.entries() { try walk(entry.key, entry.value, parent: entry.key == "all" ? nil : "all") }

    /// The longest way from `all`; a group that is its own ancestor counts once.
    func depth(_ name: String, _ below: Set<String> = []) -> Int {
      if name == "all" { return 0 }
      let parents = (groups[name]?.parents ?? []).subtracting(below.union([name]))
      return (parents.map { depth($0, below.union([name])) }.max() ?? 0) + 1
    }
    let depths = Dictionary(uniqueKeysWithValues: groups.keys.map { ($0, depth($0)) })
    for name in order {
      guard let host = hosts[name] else { continue }
      var all: Set<String> = ["all"]
      var open = Array(host.groups)
      while let next = open.popLast() {
        if all.insert(next).inserted { open += groups[next]?.parents ?? [] }
      }
      let path = all.sorted { (depths[$0] ?? 0, $0) < (depths[$1] ?? 0, $1) }
      var values: [String: YAMLNode] = [:]
      for group in path { values.merge(groups[group]?.variables ?? [:]) { $1 } }
      values.merge(host.variables) { $1 }
      var row = Row(place: host.place, name: name)
      func value(_ key: String) -> String? {
        guard let node = values[key], !node.isNull else { return nil }
        do {
          let text = try node.scalarText()
          if !text.contains("{{") { return text }
          row.problems.append("\(row.place): \(key): '\(TextRule.quoted(text))' is a template, which only Ansible can fill in")
        } catch {
          row.problems.append(error.description)
        }
        return nil
      }
      row.address = value("ansible_host") ?? name
      if let text = value("ansible_port") { take("port", text, into: &row) }
      row.platform = value("ansible_network_os").map(platforms.name)
      row.tags = path.filter { $0 != "all" && $0 != "ungrouped" }
      add(row)
    }
  }
}

/// The platforms by the names that other programs have for them.
private struct PlatformNames {
  private let known: Set<String>

  init(_ known: [String]) { self.known = Set(known) }

  private static let others: [String: String] = [
    "ios": "cisco_ios", "iosxe": "cisco_xe", "ios_xe": "cisco_xe", "cisco_ios_xe": "cisco_xe", "nxos": "cisco_nxos",
    "nx_os": "cisco_nxos", "cisco_nx_os": "cisco_nxos", "iosxr": "cisco_xr", "ios_xr": "cisco_xr", "cisco_ios_xr": "cisco_xr",
    "asa": "cisco_asa", "eos": "arista_eos", "junos": "juniper_junos", "vrp": "huawei_vrp", "ce": "huawei_vrp",
    "huawei": "huawei_vrp", "comware": "hp_comware", "procurve": "hp_procurve", "aoscx": "aruba_cx", "aos_cx": "aruba_cx",
    "fortios": "fortinet_fortios", "routeros": "mikrotik_routeros", "panos": "paloalto_panos", "pan_os": "paloalto_panos",
    "timos": "nokia_sros", "sros": "nokia_sros", "xos": "extreme_exos", "exos": "extreme_exos", "os10": "dell_os10",
    "dellos10": "dell_os10", "vyatta": "vyos", "linuxgeneric": "linux",
  ]

  /// Ours; what is not known is given back, for the message.
  func name(_ text: String) -> String {
    // Ansible's are NAMESPACE.COLLECTION.NAME.
    let last = text.split(separator: ".").last.map(String.init) ?? text
    for candidate in [text, last] {
      let plain = candidate.lowercased().replacing("-", with: "_").replacing(" ", with: "_")
      if known.contains(plain) { return plain }
      if let ours = Self.others[plain] { return ours }
    }
    return text
  }
}
