internal import JobModel
private import Reports
private import SNMP
private import Scheduling
package import Storage
private import Terminal
internal import ToolCatalog
internal import Transports

/// Looks for devices at the addresses of some ranges, logs in to them, finds out what they are, and adds them.
package struct DiscoverJob: WholeTask {
  /// No job looks at more endpoints.
  private static let endpointLimit = 65_536

  static let parameters = [
    ToolParameter(
      "ranges", .string, isRequired: true, example: "10.0.0.0/24,10.1.0.10-10.1.0.20",
      help: "Where to look: prefixes, addresses and spans, separated by commas"),
    ToolParameter("exclude", .string, help: "Addresses of the ranges that are left alone"),
    ToolParameter("ports", .string, default: .text("22"), help: "The TCP ports of SSH to try at each address"),
    ToolParameter(
      "rate", .integer, default: .text("50"), minimum: 1, maximum: 1000, help: "At most so many connections are begun per second"),
    ToolParameter(
      "patience", .integer, default: .text("3"), minimum: 1, maximum: 60, help: "Seconds for an address to answer the connection"),
    ToolParameter(
      "credentials", .string, help: "The credentials to try, in this order; else those of the network, by priority"),
    ToolParameter(
      "max-refusals", .integer, default: .text("3"), minimum: 1, maximum: 100,
      help: "A credential that so many devices in a row refused is tried no more in this run, so as not to lock its account"),
    ToolParameter(
      "snmp", .boolean, default: .boolean(true), help: "Ask for the system group with the SNMP communities of the credentials"),
    ToolParameter(
      "crawl", .string, help: "Follow LLDP and CDP neighbours of the devices found to addresses of these ranges too"),
    ToolParameter("legacy", .boolean, default: .boolean(false), help: "Allow old SSH algorithms while looking"),
    ToolParameter("tag", .string, help: "Tags for the devices that are added, separated by commas"),
    ToolParameter("dry-run", .boolean, default: .boolean(false), help: "Only list what would be added"),
    ToolParameter(
      "format", .choice, default: .text(ReportFormat.text.rawValue), choices: ReportFormat.allCases.map(\.rawValue),
      help: "The form of the list that netjob history report shows"),
  ]

  let ranges: AddressRanges
  let excluded: AddressRanges
  let crawl: AddressRanges?
  let ports: [UInt16]
  let rate: Int
  let patience: Duration
  let credentials: [String]
  let maximumRefusals: Int
  let asksSNMP: Bool
  let allowsLegacy: Bool
  let tags: [String]
  let isDryRun: Bool
  let format: ReportFormat

  init(_ parameters: [String: String]) throws {
    let values: [String: String]
    do {
      values = try ParameterSet(owner: "a job of type discover", Self.parameters).validate(parameters: parameters).texts
    } catch {
      throw ModelError(.invalid, error.message, hint: error.hint)
    }
    func words(_ name: String) -> [String] {
      (values[name] ?? "").split { $0 == "," || $0 == " " }.map(String.init)
    }
    func number(_ name: String) -> Int { values[name].flatMap(Int.init) ?? 0 }
    func flag(_ name: String) -> Bool { values[name] == "true" }
    func addresses(_ name: String) throws -> AddressRanges {
      try AddressRanges(parsing: values[name] ?? "", as: "parameter '\(name)'")
    }
    ranges = try addresses("ranges")
    if ranges.items.isEmpty { throw ModelError(.invalid, "parameter 'ranges' names no address") }
    excluded = try addresses("exclude")
    crawl = values["crawl"] == nil ? nil : try addresses("crawl")
    ports = try words("ports").map { text in
      guard let port = UInt16(text), port > 0, String(port) == text else {
        throw ModelError(.invalid, "parameter 'ports': '\(TextRule.quoted(text))' is no port: 1-65535 are")
      }
      return port
    }
    if ports.isEmpty { throw ModelError(.invalid, "parameter 'ports' names no port") }
    if Set(ports).count != ports.count { throw ModelError(.invalid, "parameter 'ports' names a port twice") }
    let count = ranges.hostCount.multipliedReportingOverflow(by: UInt128(ports.count))
    if count.overflow || count.partialValue > UInt128(Self.endpointLimit) {
      throw ModelError(
        .invalid, "parameter 'ranges' holds too many addresses: at most \(Self.endpointLimit) times ports are looked at",
        hint: "several jobs can look at a part each")
    }
    rate = number("rate")
    patience = .seconds(number("patience"))
    credentials = words("credentials")
    maximumRefusals = number("max-refusals")
    asksSNMP = flag("snmp")
    allowsLegacy = flag("legacy")
    tags = try words("tag").map { try TextRule.line($0, as: "tag") }
    isDryRun = flag("dry-run")
    format = ReportFormat(rawValue: values["format"] ?? "") ?? .text
  }

  /// Finds out before the job is saved what would keep it from running.
  /// - Throws: `.invalid`, `.notFound`: what is wrong with the parameters.
  package static func validate(_ parameters: [String: String], _ sql: any SQLConnection) throws {
    let job = try DiscoverJob(parameters)
    _ = try job.boundary(sql)
    for name in job.credentials { _ = try CredentialQueries.find(sql, name) }
  }

  private var addressText: String { ranges.items.map(\.description).joined(separator: ", ") }

  var steps: [String] {
    var steps = [
      "look at \(addressText), TCP port \(ports.map(String.init).joined(separator: ", ")), at most \(rate) connections per second"
    ]
    if !excluded.items.isEmpty { steps.append("leave out \(excluded.items.map(\.description).joined(separator: ", "))") }
    if asksSNMP { steps.append("ask what answers by SNMP for its system group, with the communities of the credentials") }
    steps.append(
      "log in with " + (credentials.isEmpty ? "the credentials of the network" : credentials.joined(separator: ", "))
        + ", in this order, and read version and inventory")
    if let crawl {
      steps.append("follow LLDP and CDP neighbours within \(crawl.items.map(\.description).joined(separator: ", "))")
    }
    steps.append(isDryRun ? "list what would be added" : "add the devices that are new, and note what is known of the others")
    return steps
  }

  // MARK: Running

  func run(_ run: WholeRun) async throws -> WholeOutcome {
    let job = run.job
    let rules = try await rules(run)
    let boundary = try await run.store.readAsync { try self.boundary($0) }
    let known = try await run.store.readAsync { try DeviceQueries.all($0, network: job.networkID) }
    if asksSNMP, rules.credentials.contains(where: { $0.secrets.snmpCommunity != nil }) { SNMPQuery.prepare() }
    let search = DiscoverySearch(
      job: self, run: run, rules: rules, pacer: DiscoveryPacer(rate), trials: CredentialTrials(maximumRefusals), known: known)
    let (findings, count) = await findings(search, boundary, run)
    if let failure = findings.lazy.compactMap(\.fatal).first { throw failure }
    let ledger = try await run.store.changeAsync(as: run.caller) { [claim = run.claim] change in
      // As they are now: another discovery may have been quicker.
      var ledger = DiscoveryLedger(
        self, claim: claim, job: job, known: try DeviceQueries.all(change.sql, network: job.networkID))
      try ledger.enter(findings, change)
      let table = ledger.table(now: change.now, addresses: addressText)
      let text =
        switch format {
        case .html: table.html
        case .csv: table.csv
        case .json: table.json
        case .text: table.text
        }
      _ = try change.keepReport(claim, "discovery", format, text: text)
      return ledger
    }
    let suspended = await search.trials.suspended
    return WholeOutcome(isSucceeded: true, summary: ledger.summary(looked: count, suspended: suspended))
  }

  private func rules(_ run: WholeRun) async throws -> AccessRules.Rules {
    let (job, names) = (run.job, credentials)
    let rules = try await AccessRules.ask(run.store, network: job.networkID) { sql in
      guard try AccountQueries.rights(sql, of: job.owner).allows(.manageDevices, network: job.networkID) else {
        throw ModelError(
          .notPermitted, "user '\(job.owner)', who saved it, may not manage devices in network '\(job.network)'")
      }
      if names.isEmpty { return try CredentialQueries.all(sql, network: job.networkID) }
      return try names.map { name in
        let credential = try CredentialQueries.find(sql, name)
        guard credential.networkID == nil || credential.networkID == job.networkID else {
          throw ModelError(.invalid, "credential '\(name)' is not of network '\(job.network)'")
        }
        return credential
      }
    }
    guard rules.credentials.contains(where: { $0.record.logsIn }) else {
      throw ModelError(
        .invalid, "network '\(job.network)' has no credential to log in with",
        hint: "netjob credential add NAME --username USER --network \(job.network)")
    }
    return rules
  }

  /// What the setting allows.
  private func boundary(_ sql: any SQLConnection) throws -> AddressRanges {
    let boundary = try AddressRanges(
      parsing: try SettingQueries.value(sql, of: "discover.boundary"), as: "setting 'discover.boundary'")
    for (name, ranges) in [("ranges", ranges), ("crawl", crawl)] {
      if let item = ranges?.firstOutside(of: boundary) {
        throw ModelError(
          .invalid, "parameter '\(name)': \(item) is not within setting discover.boundary: \(boundary.text)",
          hint: "netjob setting set discover.boundary allows more")
      }
    }
    return boundary
  }

  /// Looks at every endpoint, and at those that come up on the way.
  /// - Returns: what answers, in no order, and how many endpoints were looked at.
  private func findings(
    _ search: DiscoverySearch, _ boundary: AddressRanges, _ run: WholeRun
  ) async -> ([DiscoveryFinding], Int) {
    let addresses = ranges.hosts(without: excluded)
    let endpoints = addresses.flatMap { address in ports.map { Endpoint(host: address.description, port: $0) } }
    let width = max(1, min(run.job.definition.options.concurrency ?? run.maximumSessions, run.maximumSessions))
    run.progress?.begin(run.claim.id, job: run.job.name, devices: endpoints.count)
    let work = Task {
      var queue = endpoints[...]
      var seen = Set(endpoints)
      var findings: [DiscoveryFinding] = []
      var count = 0
      await withTaskGroup(of: DiscoverySearch.Look.self) { group in
        var runningCount = 0
        var isFatal = false
        func beginNext() {
          while runningCount < width, !isFatal, !Task.isCancelled, let endpoint = queue.popFirst() {
            runningCount += 1
            let executor = run.opener.nextExecutor()
            group.addTask(executorPreference: executor) { await search.look(at: endpoint) }
          }
        }
        beginNext()
        while let look = await group.next() {
          runningCount -= 1
          if look.isDone { count += 1 }
          if let finding = look.finding {
            findings.append(finding)
            if finding.fatal != nil { isFatal = true }
            for address in finding.neighbors
            where crawl?.contains(address) == true && boundary.contains(address) && !excluded.contains(address) {
              let more = ports.map { Endpoint(host: address.description, port: $0) }.filter { seen.insert($0).inserted }
              if seen.count > Self.endpointLimit { continue }
              queue += more
              run.progress?.begin(run.claim.id, job: run.job.name, devices: more.count)
            }
          }
          beginNext()
        }
      }
      return (findings, count)
    }
    let watch = Task {
      while !Task.isCancelled {
        if run.stop.current != nil { return work.cancel() }
        try? await Task.sleep(for: run.pace.poll)
      }
    }
    defer { watch.cancel() }
    return await work.value
  }
}

extension AddressRanges {
  fileprivate var text: String { items.map(\.description).joined(separator: ", ") }
}
