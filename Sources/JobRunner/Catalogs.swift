private import Definitions
package import DeviceCLI
package import ToolCatalog

/// The platforms and tools of an installation: the program's own, and those in its folder.
package struct Catalogs: Sendable {
  package let platforms: PlatformCatalog
  package let tools: ToolLibrary

  /// - Parameter folder: the installation's, with `platforms/` and `tools/` in it.
  package init(folder: String) {
    platforms = PlatformCatalog(folder: DefinitionFolder(path: folder + "/platforms"))
    tools = ToolLibrary(folder: DefinitionFolder(path: folder + "/tools"))
  }
}
