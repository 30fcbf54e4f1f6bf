package import Definitions
import Synchronization

/// The platforms that there are: those within the program, and the user's own, which go before them.
///
/// Nothing is parsed before it is asked for.
package final class PlatformCatalog: Sendable {
  /// The files of `Platforms/`, as SwiftPM embeds them; a test compares this list with the folder.
  static let embedded: [String: @Sendable () -> [UInt8]] =
    [
      "arista_eos": { PackageResources.arista_eos_yaml },
      "aruba_cx": { PackageResources.aruba_cx_yaml },
      "cisco_asa": { PackageResources.cisco_asa_yaml },
      "cisco_ios": { PackageResources.cisco_ios_yaml },
      "cisco_nxos": { PackageResources.cisco_nxos_yaml },
      "cisco_xe": { PackageResources.cisco_xe_yaml },
      "cisco_xr": { PackageResources.cisco_xr_yaml },
      "dell_os10": { PackageResources.dell_os10_yaml },
      "extreme_exos": { PackageResources.extreme_exos_yaml },
      "fortinet_fortios": { PackageResources.fortinet_fortios_yaml },
      "frr": { PackageResources.frr_yaml },
      "generic": { PackageResources.generic_yaml },
      "hp_comware": { PackageResources.hp_comware_yaml },
      "hp_procurve": { PackageResources.hp_procurve_yaml },
      "huawei_vrp": { PackageResources.huawei_vrp_yaml },
      "juniper_junos": { PackageResources.juniper_junos_yaml },
      "linux": { PackageResources.linux_yaml },
      "mikrotik_routeros": { PackageResources.mikrotik_routeros_yaml },
      "nokia_sros": { PackageResources.nokia_sros_yaml },
      "paloalto_panos": { PackageResources.paloalto_panos_yaml },
      "vyos": { PackageResources.vyos_yaml },
    ]

  private let folder: DefinitionFolder?
  private let loaded = Mutex<[String: Platform]>([:])

  /// - Parameter folder: the user's own platform files, `NAME.yaml`.
  package init(folder: DefinitionFolder? = nil) {
    self.folder = folder
  }

  /// The names of all platforms, sorted.
  /// - Throws: `.unreadable`.
  package func names() throws(DefinitionError) -> [String] {
    Set(Self.embedded.keys).union(try folder?.names() ?? []).sorted()
  }

  /// The platform called `name`; parsed once.
  /// - Throws: `.unknownName`, listing what there is, and whatever is wrong with the file.
  package func platform(named name: String) throws(DefinitionError) -> Platform {
    if let platform = loaded.withLock({ $0[name] }) { return platform }
    let (bytes, file) = try source(of: name)
    let platform = try Platform(yaml: bytes, file: file)
    guard platform.name == name else {
      throw DefinitionError(.badValue, "name: the file of platform '\(name)' says '\(platform.name)'", file: file)
    }
    loaded.withLock { $0[name] = platform }
    return platform
  }

  /// The YAML of the platform called `name`, as it stands, and the name of its file.
  /// - Throws: `.unknownName`, `.unreadable`.
  package func source(of name: String) throws(DefinitionError) -> (bytes: [UInt8], file: String) {
    if let folder, let bytes = try folder.contents(of: name) { return (bytes, folder.filePath(of: name)) }
    if let bytes = Self.embedded[name]?() { return (bytes, "\(name).yaml") }
    let names = try names()
    throw DefinitionError(
      .unknownName, "there is no platform '\(name)'; there are \(names.joined(separator: ", "))",
      hint: NameSuggestion.closest(to: name, in: names).map { "did you mean '\($0)'?" })
  }
}
