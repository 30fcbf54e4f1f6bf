// swift-tools-version: 6.2
import PackageDescription

// The layers, bottom to top. Each target lists every module that it imports and nothing above it;
// `swift build --explicit-target-dependency-import-check error` holds it to that. Sources/README.md explains them.

let settings: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let stencil = Target.Dependency.product(name: "Stencil", package: "Stencil")

func layer(
  _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, exclude: [], resources: resources, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

let package = Package(
  name: "netjob",
  dependencies: [
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/stencilproject/Stencil", from: "0.15.1"),
  ],
  targets: [
    // 0 system libraries
    .systemLibrary(name: "CSSH2", pkgConfig: "libssh2", providers: [.apt(["libssh2-1-dev"])]),
    // 1
    layer("Transports", ["CSSH2"]),
    layer("Definitions", [yams]),
    // 2
    layer("DeviceCLI", ["Definitions", "Transports"], resources: [.embedInCode("Platforms")]),
    layer("ToolCatalog", ["Definitions", stencil], resources: [.embedInCode("Tools")]),

    tests("TransportsTests", ["Transports"]),
    tests("DefinitionsTests", ["Definitions"]),
    tests("DeviceCLITests", ["DeviceCLI", "Definitions", "Transports"], resources: [.copy("Fixtures")]),
    tests("ToolCatalogTests", ["ToolCatalog", "Definitions"]),
  ]
)
