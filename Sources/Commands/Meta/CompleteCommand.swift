private import Arguments
private import DeviceCLI
private import JobModel
private import JobRunner
private import Scheduling
private import Storage
private import Terminal
private import ToolCatalog

/// `netjob __complete KIND PREFIX`: the words that only the database knows, for the completion scripts.
///
/// It only reads, and whatever goes wrong it says nothing and ends with 0: a shell's prompt is no place for errors.
package enum CompleteCommand {
  private static let kind = Operand<String>("KIND", help: "what is to be completed")
  private static let prefix = OptionalOperand<String>("PREFIX", help: "what has been typed so far", allowsEmpty: true)

  package static let command = Command(
    ["__complete"], summary: "write the words that complete a value", needs: [], parameters: [kind, prefix], isHidden: true
  ) { context, arguments in
    let words = (try? names(of: arguments[kind], context)) ?? []
    for word in words where word.hasPrefix(arguments[prefix] ?? "") { context.output.writeLine(escapeControls(word)) }
    return .done
  }

  /// The names of that kind that the caller may see; none for a kind that there is not.
  private static func names(of kind: String, _ context: Context) throws -> [String] {
    switch kind {
    case "setting": return Setting.all.map(\.key)
    case "timezone": return context.zones.names
    default: break
    }
    let store = try Store(opening: context.installation, clock: context.clock)
    return try store.read { sql in
      let rights = try AccountQueries.rights(sql, of: context.caller.name)
      guard rights.allowsAnywhere(.view) else { return [] }
      func sees(_ network: Int64?) -> Bool { rights.allows(.view, network: network) }
      switch kind {
      case "network": return try NetworkQueries.all(sql).filter { sees($0.id) }.map(\.name)
      case "device": return try DeviceQueries.all(sql).filter { sees($0.networkID) }.map(\.name)
      case "credential": return try CredentialQueries.all(sql).filter { sees($0.networkID) }.map(\.name)
      case "job": return try JobQueries.names(sql).filter { sees($0.networkID) }.map(\.name)
      case "trigger": return Set(try TriggerQueries.all(sql).filter { sees($0.networkID) }.map(\.name)).sorted()
      case "filter": return try FilterQueries.all(sql).map(\.name)
      case "execution":
        let recent = try ExecutionQueries.list(sql, ExecutionQueries.Filter())
        return recent.filter { sees($0.networkID) }.map { String($0.id) }
      case "role": return try RoleQueries.all(sql).map(\.name)
      case "right": return try RoleQueries.all(sql).map(\.name) + Permission.allCases.map(\.rawValue)
      case "user": return try AccountQueries.all(sql).map(\.name)
      case "trap": return try TrapReceiverQueries.all(sql).map(\.name)
      case "agent": return try AgentQueries.all(sql).map(\.name)
      case "platform": return try context.catalogs.platforms.names()
      case "tool": return try context.catalogs.tools.names()
      default: return []
      }
    }
  }
}
