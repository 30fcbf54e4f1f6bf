package import Definitions
import Synchronization

/// The tools that there are: those within the program, and the user's own, which go before them.
///
/// Nothing is parsed before it is asked for.
package final class ToolLibrary: Sendable {
  /// The files of `Tools/`, as SwiftPM embeds them; a test compares this list with the folder.
  static var embedded: [String: [UInt8]] {
    [
      "arp-table": PackageResources.arp_table_yaml,
      "command-runner": PackageResources.command_runner_yaml,
      "config-commands": PackageResources.config_commands_yaml,
      "dns-lookup": PackageResources.dns_lookup_yaml,
      "enable-password": PackageResources.enable_password_yaml,
      "interface-admin": PackageResources.interface_admin_yaml,
      "interface-brief": PackageResources.interface_brief_yaml,
      "login-banner": PackageResources.login_banner_yaml,
      "mac-table": PackageResources.mac_table_yaml,
      "name-servers": PackageResources.name_servers_yaml,
      "ntp-servers": PackageResources.ntp_servers_yaml,
      "ping": PackageResources.ping_yaml,
      "port-scan": PackageResources.port_scan_yaml,
      "port-vlan": PackageResources.port_vlan_yaml,
      "push-file": PackageResources.push_file_yaml,
      "restore-config": PackageResources.restore_config_yaml,
      "routing-table": PackageResources.routing_table_yaml,
      "save-config": PackageResources.save_config_yaml,
      "smart-change": PackageResources.smart_change_yaml,
      "snmp-community": PackageResources.snmp_community_yaml,
      "snmp-system-info": PackageResources.snmp_system_info_yaml,
      "snmp-trap-hosts": PackageResources.snmp_trap_hosts_yaml,
      "static-route-add": PackageResources.static_route_add_yaml,
      "static-route-delete": PackageResources.static_route_delete_yaml,
      "syslog-hosts": PackageResources.syslog_hosts_yaml,
      "traceroute": PackageResources.traceroute_yaml,
      "user-add": PackageResources.user_add_yaml,
      "user-delete": PackageResources.user_delete_yaml,
      "user-password": PackageResources.user_password_yaml,
      "version": PackageResources.version_yaml,
    ]
  }

  private let folder: DefinitionFolder?
  private let loaded = Mutex<[String: Tool]>([:])

  /// - Parameter folder: the user's own tool files, `NAME.yaml`.
  package init(folder: DefinitionFolder? = nil) {
    self.folder = folder
  }

  /// The names of all tools, sorted.
  /// - Throws: `.unreadable`.
  package func names() throws(DefinitionError) -> [String] {
    Set(Self.embedded.keys).union(try folder?.names() ?? []).sorted()
  }

  /// The tool called `name`; parsed once.
  /// - Throws: `.unknownName`, listing what there is, and whatever is wrong with the file.
  package func tool(named name: String) throws(DefinitionError) -> Tool {
    if let tool = loaded.withLock({ $0[name] }) { return tool }
    let (bytes, file) = try source(of: name)
    let tool = try Tool(yaml: bytes, file: file)
    guard tool.name == name else {
      throw DefinitionError(.badValue, "name: the file of tool '\(name)' says '\(tool.name)'", file: file)
    }
    loaded.withLock { $0[name] = tool }
    return tool
  }

  /// The YAML of the tool called `name`, as it stands, and the name of its file.
  /// - Throws: `.unknownName`, `.unreadable`.
  package func source(of name: String) throws(DefinitionError) -> (bytes: [UInt8], file: String) {
    if let folder, let bytes = try folder.contents(of: name) { return (bytes, folder.filePath(of: name)) }
    if let bytes = Self.embedded[name] { return (bytes, "\(name).yaml") }
    let names = try names()
    throw DefinitionError(
      .unknownName, "there is no tool '\(name)'; there are \(names.joined(separator: ", "))",
      hint: NameSuggestion.closest(to: name, in: names).map { "did you mean '\($0)'?" })
  }
}
