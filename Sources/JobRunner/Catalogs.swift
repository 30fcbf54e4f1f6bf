private import Definitions
package import DeviceCLI
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
}
