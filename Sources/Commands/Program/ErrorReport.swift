private import Arguments
private import Definitions
private import DeviceCLI
private import JobModel
private import Notifications
private import Scheduling
private import Storage
private import Terminal
private import ToolCatalog
private import Transports

/// How an error is told: one line, a hint where there is one, and an exit status. The one place that maps them.
package struct ErrorReport: Equatable, Sendable {
  package var status: ExitStatus
  package var message: String
  package var hint: String?

  package init(status: ExitStatus, message: String, hint: String? = nil) {
    self.status = status
    self.message = message
    self.hint = hint
  }

  package init(_ error: any Error) {
    switch error {
    case let error as ArgumentError: self.init(status: .usage, message: error.message, hint: error.hint)
    case let error as ScheduleError:
      let place = error.column.map { ", at column \($0)" } ?? ""
      self.init(status: .usage, message: error.message + place, hint: error.hint)
    case let error as ModelError: self.init(status: Self.status(of: error.code), message: error.message, hint: error.hint)
    case let error as StorageError: self.init(status: Self.status(of: error.code), message: error.message, hint: error.hint)
    case let error as TerminalError: self.init(status: Self.status(of: error.code), message: error.message, hint: error.hint)
    case let error as DefinitionError:
      self.init(
        status: error.code == .unknownName ? .notFound : .usage, message: error.description, hint: error.hint)
    case let error as ToolError: self.init(status: .usage, message: error.description, hint: error.hint)
    case let error as DeviceError: self.init(status: .failed, message: error.message, hint: error.hint)
    case let error as TransportError: self.init(status: .failed, message: error.message, hint: error.hint)
    case let error as NotificationError:
      self.init(status: .failed, message: error.message, hint: error.hint)
    case is Declined: self.init(status: .failed, message: "nothing was changed")
    case is CancellationError: self.init(status: .interrupted, message: "interrupted")
    default: self.init(status: .bug, message: "unexpected error: \(error)", hint: "please report this")
    }
  }

  private static func status(of code: ModelError.Code) -> ExitStatus {
    switch code {
    case .invalid: .usage
    case .notFound: .notFound
    case .notPermitted: .notPermitted
    case .notApproved: .notApproved
    case .conflict: .conflict
    }
  }

  private static func status(of code: StorageError.Code) -> ExitStatus {
    switch code {
    case .notFound: .notFound
    case .unsafePermissions: .notPermitted
    case .exists, .newer, .older, .locked: .conflict
    case .diskFull, .readOnly, .corrupt, .key, .io: .failed
    }
  }

  private static func status(of code: TerminalError.Code) -> ExitStatus {
    switch code {
    case .brokenPipe: .brokenPipe
    case .interrupted: .interrupted
    case .writeFailed, .readFailed, .pagerFailed: .failed
    default: .usage
    }
  }
}
