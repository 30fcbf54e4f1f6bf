internal import JobModel
private import JobRunner
internal import Scheduling
internal import Storage

extension ApprovalCommands {
  /// A request with what counts for it now.
  struct View: Sendable {
    let request: ApprovalRequestRecord
    /// How many different people must approve.
    let required: Int
    /// Who approved and may no longer, whose voice does not count.
    let lapsed: [String]
    /// Who may approve and has not, by name.
    let eligible: [String]
    /// When the approval ends unless it is used; nil for never.
    let expires: Timestamp?

    /// How many more people have to approve. A lowered number approves nothing by itself: one more it is at least.
    var missing: Int {
      request.status == .requested ? max(1, required - (request.approvals.count - lapsed.count)) : 0
    }

    /// Too old to be used, and closed by whatever looks at it next.
    func isExpired(at now: Timestamp) -> Bool { expires.map { $0 < now } ?? false }
  }
}

/// Reads requests with what people ask of them; who may approve is looked up once for each network.
struct RequestReader {
  private let sql: any SQLConnection
  private let required: Int
  private let networks: [String: Int64]
  private var approvers: [Int64: [String]] = [:]

  init(_ sql: any SQLConnection) throws {
    self.sql = sql
    required = try SettingQueries.requiredApprovals(sql)
    networks = Dictionary(try NetworkQueries.all(sql).map { ($0.name, $0.id) }, uniquingKeysWith: { first, _ in first })
  }

  /// The network of a request: its job's, or the one that has the name now; nil when both are gone.
  func network(of request: ApprovalRequestRecord) throws -> Int64? {
    try JobQueries.get(sql, id: request.jobID)?.networkID ?? networks[request.network]
  }

  mutating func view(_ request: ApprovalRequestRecord) throws -> ApprovalCommands.View {
    guard let network = try network(of: request) else {
      return ApprovalCommands.View(request: request, required: required, lapsed: [], eligible: [], expires: nil)
    }
    let standing = try ApprovalQueries.standing(sql, request, network: network)
    let excluded = Set([request.requestedBy, request.savedBy] + request.authors + request.approvals)
    let isOpen = request.status == .requested
    return ApprovalCommands.View(
      request: request, required: required, lapsed: request.approvals.filter { !standing.contains($0) },
      eligible: isOpen ? try approvers(of: network).filter { !excluded.contains($0) } : [],
      expires: try ApprovalQueries.expiry(sql, of: request))
  }

  private mutating func approvers(of network: Int64) throws -> [String] {
    if let known = approvers[network] { return known }
    let names = try ApprovalQueries.approvers(sql, network: network)
    approvers[network] = names
    return names
  }
}
