import JobModel
import Testing

@Suite struct RightsTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var granted: [(Permission, Int64?)]
    var asked: Permission
    /// Whether it holds for network 1, for network 2, for all.
    var one: Bool
    var two: Bool
    var all: Bool
    var testDescription: String { "\(granted) asked \(asked)" }
  }

  static let cases: [Case] = [
    Case(granted: [], asked: .view, one: false, two: false, all: false),
    Case(granted: [(.view, nil)], asked: .view, one: true, two: true, all: true),
    Case(granted: [(.view, 1)], asked: .view, one: true, two: false, all: false),
    Case(granted: [(.view, 1), (.view, 2)], asked: .view, one: true, two: true, all: false),
    Case(granted: [(.view, 1), (.view, nil)], asked: .view, one: true, two: true, all: true),
    Case(granted: [(.view, nil), (.view, 1)], asked: .view, one: true, two: true, all: true),
    Case(granted: [(.view, nil)], asked: .editJob, one: false, two: false, all: false),
    Case(granted: [(.administer, 2)], asked: .approveToolJob, one: false, two: true, all: false),
    Case(granted: [(.administer, nil)], asked: .runToolJobWithoutApproval, one: true, two: true, all: true),
    Case(granted: [(.administer, 2), (.view, 1)], asked: .view, one: true, two: true, all: false),
    Case(granted: [(.runToolJob, nil)], asked: .runToolJobWithoutApproval, one: false, two: false, all: false),
  ]

  @Test(arguments: cases) func scopes(_ item: Case) {
    var rights = Rights()
    for (permission, network) in item.granted { rights.add(permission, network: network) }
    #expect(rights.allows(item.asked, network: 1) == item.one)
    #expect(rights.allows(item.asked, network: 2) == item.two)
    #expect(rights.allows(item.asked, network: nil) == item.all)
    #expect(rights.allowsAnywhere(item.asked) == (item.one || item.two || item.all))
    #expect(rights.isEmpty == item.granted.isEmpty)
  }

  static let roles: [(Role, Set<Permission>)] = [
    (.viewer, [.view]),
    (.operator, [.view, .editJob, .runJob, .runToolJob]),
    (.approver, [.view, .approveToolJob]),
    (.administrator, Set(Permission.allCases)),
  ]

  @Test(arguments: roles) func rolesHoldWhatTheDesignSays(_ role: Role, _ permissions: Set<Permission>) {
    #expect(role.permissions == permissions)
  }

  @Test func everyRoleAndPermissionHasItsName() {
    #expect(Self.roles.count == Role.allCases.count)
    #expect(
      Set(Permission.allCases.map(\.rawValue)) == [
        "view", "run-job", "run-tool-job", "run-tool-job-without-approval", "approve-tool-job", "edit-job", "delete-job",
        "manage-devices", "manage-credentials", "manage-filters", "manage-users", "manage-settings", "administer",
      ])
  }
}
