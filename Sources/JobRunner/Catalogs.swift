private import Definitions
package import DeviceCLI
package import Storage
package import ToolCatalog

/// The platforms and tools of an installation, the program's own and those in its folder, and the files that jobs copy.
package struct Catalogs: Sendable {
  package let platforms: PlatformCatalog
  package let tools: ToolLibrary
  package let files: FileFolder

  /// - Parameter folder: the installation's, with `platforms/`, `tools/` and `files/` in it.
  package init(folder: String) {
    platforms = PlatformCatalog(folder: DefinitionFolder(path: folder + "/platforms"))
    files = FileFolder(path: folder + "/files")
    tools = ToolLibrary(folder: DefinitionFolder(path: folder + "/tools"))
  }

  /// The platforms whose masks hide what is stored of a device: its own and those that it had when texts were stored. Of a device
  /// that is gone (nil), or with a platform that is, all of them: too many masks hide too much, too few would show a secret.
  package func masks(_ sql: any SQLConnection, device id: Int64?) throws -> [Platform] {
    let names = try id.map { try DeviceQueries.platforms(sql, everOf: $0) } ?? []
    let own = names.compactMap { try? platforms.platform(named: $0) }
    if !names.isEmpty, own.count == names.count { return own }
    return try platforms.names().compactMap { try? platforms.platform(named: $0) }
  }
}
