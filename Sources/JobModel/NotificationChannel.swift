/// A way out for notifications.
package enum NotificationChannel: String, Codable, Sendable, CaseIterable {
  case mail, trap
}

/// Which events go out on a channel: `all`, `none`, or a list of events parted by commas.
package struct EventSelection: Equatable, Sendable {
  private let events: Set<NotificationEvent>

  /// Nil for a word that is no event.
  package init?(parsing text: String) {
    switch text {
    case "all": events = Set(NotificationEvent.subscribable)
    case "none": events = []
    default:
      var chosen: Set<NotificationEvent> = []
      for word in text.split(separator: ",", omittingEmptySubsequences: false) {
        guard let event = NotificationEvent(rawValue: String(word)), event != .test else { return nil }
        chosen.insert(event)
      }
      events = chosen
    }
  }

  package func contains(_ event: NotificationEvent) -> Bool { events.contains(event) }
}

/// What is told of executions of jobs that only read.
package enum ReadOnlyJobSelection: String, Sendable, CaseIterable {
  case all, failed, none

  package func allows(_ event: NotificationEvent) -> Bool {
    switch self {
    case .all: true
    case .failed: event == .failed
    case .none: false
    }
  }
}
