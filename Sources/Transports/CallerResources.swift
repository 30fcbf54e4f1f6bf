/// What of its caller's own a transport may use, besides what netjob itself stores.
package struct CallerResources: Sendable, Equatable {
  /// The caller's configuration of the system's `ssh`: its file, keys and tickets.
  package struct OwnConfiguration: Sendable, Equatable {
    /// The value of HOME.
    package var home: String?
    /// The value of KRB5CCNAME.
    package var kerberosCache: String?

    package init(home: String? = nil, kerberosCache: String? = nil) {
      self.home = home
      self.kerberosCache = kerberosCache
    }
  }

  /// The socket of the caller's SSH agent.
  package var agentSocket: String?
  /// nil when `ssh` is to read no configuration and to start no other program.
  package var ownConfiguration: OwnConfiguration?

  package init(agentSocket: String? = nil, ownConfiguration: OwnConfiguration? = nil) {
    self.agentSocket = agentSocket
    self.ownConfiguration = ownConfiguration
  }

  /// For people who came in through sudo: the program's environment and files are not theirs.
  package static let none = CallerResources()
}
