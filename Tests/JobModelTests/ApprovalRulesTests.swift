import JobModel
import Testing

/// The rules of approval, held against a table written from the design, not from the code.
@Suite struct ApprovalRulesTests {
  /// Rows: states. Columns: events. A dash is refused with `.conflict`; `approved` in the column `approve` is for enough votes.
  private static let grid = """
    state          request    approve   reject    comment    close   reset          execute
    not-requested  requested  -         -         -          -       -              -
    requested      -          approved  rejected  requested  closed  not-requested  -
    approved       -          -         rejected  approved   closed  not-requested  closed
    rejected       requested  -         -         rejected   closed  -              -
    closed         requested  -         -         -          -       -              -
    not-needed     -          -         -         -          -       -              -
    """

  private struct Cell {
    var status: ApprovalStatus
    var event: ApprovalEvent
    var next: ApprovalStatus?
  }

  private static func cells() throws -> [Cell] {
    let lines = grid.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    let events = try lines[0].dropFirst().map { try #require(ApprovalEvent(rawValue: $0)) }
    var cells: [Cell] = []
    for words in lines.dropFirst() {
      let status = try #require(ApprovalStatus(rawValue: words[0]))
      for (event, word) in zip(events, words.dropFirst()) {
        let next = ApprovalStatus(rawValue: word)
        #expect(next != nil || word == "-")
        cells.append(Cell(status: status, event: event, next: next))
      }
    }
    return cells
  }

  /// Who may, as the design says it in words.
  private static func isPermitted(_ event: ApprovalEvent, _ actor: ApprovalActor) -> Bool {
    switch event {
    case .request: actor.mayRequest
    case .approve: actor.mayApprove && !actor.isRequester && !actor.isAuthor
    case .reject: actor.mayApprove
    case .comment: actor.mayApprove || actor.mayRequest || actor.isRequester || actor.isAuthor
    case .close: actor.isRequester || actor.isAdministrator
    case .reset, .execute: true
    }
  }

  private static let actors: [ApprovalActor] = (0..<32).map { bits in
    ApprovalActor(
      name: "x", isRequester: bits & 1 != 0, isAuthor: bits & 16 != 0, mayRequest: bits & 2 != 0, mayApprove: bits & 4 != 0,
      isAdministrator: bits & 8 != 0)
  }

  @Test func theTableNamesEveryStateAndEvent() throws {
    let cells = try Self.cells()
    #expect(cells.count == ApprovalStatus.allCases.count * ApprovalEvent.allCases.count)
    #expect(Set(cells.map { "\($0.status) \($0.event)" }).count == cells.count)
  }

  @Test func everyStateEventAndActor() throws {
    for cell in try Self.cells() {
      for actor in Self.actors {
        for required in 1...3 {
          for approvals in 1...3 {
            let place = Comment(rawValue: "\(cell.status) \(cell.event) \(approvals)/\(required) \(actor)")
            let outcome = Result { () throws(ModelError) in
              try ApprovalRules.next(cell.status, cell.event, by: actor, of: "x", approvals: approvals, required: required)
            }
            guard Self.isPermitted(cell.event, actor) else {
              #expect(throws: ModelError.self, place) { try outcome.get() }
              if case .failure(let error) = outcome { #expect(error.code == .notPermitted, place) }
              continue
            }
            guard var next = cell.next else {
              if case .failure(let error) = outcome {
                #expect(error.code == .conflict, place)
                #expect(error.message.contains(cell.status.rawValue), place)
              } else {
                Issue.record("not refused: \(place)")
              }
              continue
            }
            if cell.event == .approve && approvals < required { next = .requested }
            #expect(try outcome.get() == next, place)
          }
        }
      }
    }
  }

  @Test func anAdministratorWhoAskedCannotApprove() {
    let ada = ApprovalActor(
      name: "ada", isRequester: true, isAuthor: false, mayRequest: true, mayApprove: true, isAdministrator: true)
    let error = #expect(throws: ModelError.self) { try ApprovalRules.next(.requested, .approve, by: ada, of: "x", approvals: 1) }
    #expect(error?.code == .notPermitted)
    #expect(error?.message.contains("ada") == true)
  }
}
