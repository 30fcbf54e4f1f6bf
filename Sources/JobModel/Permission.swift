/// A right that a user can hold, for all networks or for one.
package enum Permission: String, Codable, Sendable, CaseIterable {
  case view
  case runJob = "run-job"
  case runToolJob = "run-tool-job"
  case runToolJobWithoutApproval = "run-tool-job-without-approval"
  case approveToolJob = "approve-tool-job"
  case editJob = "edit-job"
  case deleteJob = "delete-job"
  case manageDevices = "manage-devices"
  case manageCredentials = "manage-credentials"
  case manageFilters = "manage-filters"
  case manageUsers = "manage-users"
  case manageSettings = "manage-settings"
  /// Every other one, and closing other people's requests.
  case administer

  /// What the right allows, in a few words.
  package var summary: String {
    switch self {
    case .view: "see jobs, devices, configurations and history"
    case .runJob: "run report, discover, neighbor and backup jobs"
    case .runToolJob: "run tool and agent-d jobs, with approval where they change devices"
    case .runToolJobWithoutApproval: "run jobs that change devices without approval"
    case .approveToolJob: "approve, reject and comment approval requests"
    case .editJob: "create and edit jobs and their triggers, request approval"
    case .deleteJob: "delete jobs"
    case .manageDevices: "add, edit, delete and trust devices and networks"
    case .manageCredentials: "add, edit and delete credentials, see configurations unmasked"
    case .manageFilters: "add, edit and delete schedule filters"
    case .manageUsers: "add users and grant rights"
    case .manageSettings: "change settings"
    case .administer: "everything, closing other people's requests included"
    }
  }
}

/// The built-in roles: named sets of rights that never change. An installation can have more of its own.
package enum Role: String, Codable, Sendable, CaseIterable {
  case viewer, `operator`, approver, administrator

  package var permissions: Set<Permission> {
    switch self {
    case .viewer: [.view]
    case .operator: [.view, .editJob, .runJob, .runToolJob]
    case .approver: [.view, .approveToolJob]
    case .administrator: Set(Permission.allCases)
    }
  }

  /// Who it is for, in a few words.
  package var summary: String {
    switch self {
    case .viewer: "sees everything and changes nothing"
    case .operator: "makes jobs and runs them, with approval where they change devices"
    case .approver: "decides on approval requests"
    case .administrator: "may do everything"
    }
  }
}

/// The rights of one user: each permission with the networks it holds for.
package struct Rights: Equatable, Sendable {
  /// Where a right holds.
  package enum Scope: Equatable, Sendable {
    case all
    case networks(Set<Int64>)
  }

  private var scopes: [Permission: Scope] = [:]

  package init() {}

  /// Adds `permission` for one network, or for all with nil.
  package mutating func add(_ permission: Permission, network: Int64?) {
    let granted: [Permission] = permission == .administer ? Permission.allCases : [permission]
    for one in granted {
      switch (scopes[one], network) {
      case (.all, _), (_, nil): scopes[one] = .all
      case (.networks(let known), let id?): scopes[one] = .networks(known.union([id]))
      case (nil, let id?): scopes[one] = .networks([id])
      }
    }
  }

  /// Where `permission` holds; nil is nowhere.
  package func scope(of permission: Permission) -> Scope? { scopes[permission] }

  /// Whether `permission` holds for the network; with nil, for all networks.
  package func allows(_ permission: Permission, network: Int64?) -> Bool {
    switch scopes[permission] {
    case nil: false
    case .all: true
    case .networks(let ids): network.map(ids.contains) ?? false
    }
  }

  /// Whether `permission` holds for at least one network.
  package func allowsAnywhere(_ permission: Permission) -> Bool { scopes[permission] != nil }

  package var isEmpty: Bool { scopes.isEmpty }
}
