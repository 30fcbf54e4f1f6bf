import Definitions

/// What a recorded session does: it reads whatever the platform says can be read, and changes nothing.
package struct SessionTour: Sendable {
  package enum Step: Sendable, Equatable {
    case opened(PlatformMode, hostname: String?)
    case entered(PlatformMode)
    case inventory([InventoryFact: String])
    case configuration(ConfigurationKind, first: String, last: String)
    case noConfiguration(ConfigurationKind, DeviceError.Code)
    case neighbors([Neighbor])
    case closed
  }

  /// In order; after a failure that ends the session, as far as it went.
  package private(set) var steps: [Step] = []
  /// Why the session ended early.
  package private(set) var failure: (any Error)?

  package init() {}

  /// Goes over a fresh session, and closes it.
  package mutating func run(on session: DeviceSession) async {
    steps.append(.opened(await session.mode, hostname: await session.hostname))
    do {
      try await read(session)
    } catch {
      failure = error
    }
    await session.close()
    if failure == nil { steps.append(.closed) }
  }

  private mutating func read(_ session: DeviceSession) async throws {
    let platform = session.platform
    if platform.modes[.enable]?.entry?.from == .exec, await session.mode == .exec {
      try await session.enter(.enable)
      steps.append(.entered(.enable))
    }
    if !platform.inventory.isEmpty { steps.append(.inventory(try await session.inventory())) }
    for kind in ConfigurationKind.allCases where (kind == .running ? platform.running : platform.startup) != nil {
      do {
        let lines = TextLines.split(try await session.configuration(kind))
        steps.append(.configuration(kind, first: lines.first ?? "", last: lines.last ?? ""))
      } catch let error as DeviceError {
        guard await session.isUsable else { throw error }
        steps.append(.noConfiguration(kind, error.code))
      }
    }
    if !platform.neighbors.isEmpty { steps.append(.neighbors(try await session.neighbors())) }
  }
}
