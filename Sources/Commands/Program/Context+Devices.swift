private import Glibc
private import JobModel
package import JobRunner
package import Transports

extension Context {
  /// What of the caller's own the transports may use: nothing for people who come in through sudo, as there the environment is
  /// the service account's.
  package var callerResources: CallerResources {
    if caller.isDelegated { return .none }
    var resources = CallerResources.none
    resources.agentSocket = environment["SSH_AUTH_SOCK"].flatMap { $0.isEmpty ? nil : $0 }
    let home = environment["HOME"] ?? CallerResolution.homeFolder(geteuid())
    resources.ownConfiguration = CallerResources.OwnConfiguration(home: home, kerberosCache: environment["KRB5CCNAME"])
    return resources
  }

  /// Makes what reaches devices for this caller.
  package var makeConnector: @Sendable () throws -> any DeviceConnector {
    { [devices, callerResources] in try devices.makeConnector(callerResources) }
  }

  /// Opens devices for this caller.
  package func opener(watcher: (any SessionWatcher)? = nil) throws -> DeviceOpener {
    DeviceOpener(store: store, connector: try makeConnector(), catalogs: catalogs, caller: caller, watcher: watcher)
  }
}
