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

/// - Parameter data: the folder of files that the tests find by their own path.
func tests(_ name: String, _ dependencies: [Target.Dependency], data: String? = nil) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: data.map { [$0] } ?? [], swiftSettings: settings)
}

let package = Package(
  name: "netjob",
  products: [.executable(name: "netjob", targets: ["netjob"])],
  dependencies: [
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/stencilproject/Stencil", from: "0.15.1"),
  ],
  targets: [
    // 0 system libraries
    .systemLibrary(name: "CSSH2", pkgConfig: "libssh2", providers: [.apt(["libssh2-1-dev"])]),
    .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
    .systemLibrary(name: "CZstandard", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    // These two load their library when it is first used: it would cost every start.
    .target(name: "CCurl"),
    .target(name: "CNetSNMP"),
    // 1
    layer("Arguments"),
    layer("Terminal"),
    layer("Scheduling"),
    layer("Transports", ["CSSH2"]),
    layer("Definitions", [yams]),
    // 2
    layer("JobModel", ["Scheduling", crypto]),
    layer("DeviceCLI", ["Definitions", "Transports"], resources: [.embedInCode("Platforms")]),
    layer("SNMP", ["CNetSNMP", "Transports"]),
    layer("ToolCatalog", ["Definitions", stencil], resources: [.embedInCode("Tools")]),
    // 3
    layer("Storage", ["CDeflate", "CZstandard", "JobModel", "Scheduling", grdb, crypto]),
    layer("Notifications", ["CCurl", "CNetSNMP", "JobModel", "Scheduling", "Terminal"]),
    layer("Reports", ["Terminal"]),
    // 4
    layer(
      "JobRunner",
      [
        "DeviceCLI", "Definitions", "JobModel", "Reports", "SNMP", "Scheduling", "Storage", "Terminal", "ToolCatalog",
        "Transports",
      ]),
    layer("Delivery", ["JobModel", "Notifications", "Scheduling", "Storage"]),
    // 5
    layer(
      "Commands",
      [
        "Arguments", "Delivery", "DeviceCLI", "Definitions", "JobModel", "JobRunner", "Notifications", "Reports", "Scheduling",
        "Storage", "Terminal", "ToolCatalog", "Transports",
      ]),
    // 6
    .executableTarget(name: "netjob", dependencies: ["Commands"], swiftSettings: settings),
    // for `make bench` alone
    .executableTarget(
      name: "NextFires", dependencies: ["Scheduling"], path: "Tests/Bench/NextFires", swiftSettings: settings),
    .executableTarget(
      name: "Configurations", dependencies: ["JobModel", "Scheduling", "Storage"], path: "Tests/Bench/Configurations",
      swiftSettings: settings),
    // for `make soak` and the tests
    .executableTarget(
      name: "Soak", dependencies: ["DeviceCLI", "Transports"], path: "Tests/Bench/Soak", swiftSettings: settings),

    tests("ArgumentsTests", ["Arguments"]),
    tests("TerminalTests", ["Terminal"]),
    tests("SchedulingTests", ["Scheduling"]),
    tests("TransportsTests", ["Transports"]),
    tests("DefinitionsTests", ["Definitions", yams]),
    tests("JobModelTests", ["JobModel", "Scheduling"]),
    tests("DeviceCLITests", ["DeviceCLI", "Definitions", "Transports"], data: "Fixtures"),
    tests("ToolCatalogTests", ["ToolCatalog", "Definitions", "DeviceCLI", "Transports"], data: "Sent"),
    tests("ReportsTests", ["Reports", "Terminal"]),
    tests("NotificationsTests", ["Notifications", "JobModel", "Scheduling"]),
    tests("DeliveryTests", ["Delivery", "JobModel", "Notifications", "Scheduling", "Storage"]),
    tests("StorageTests", ["Storage", "JobModel", "Scheduling"]),
    tests(
      "JobRunnerTests",
      ["JobRunner", "DeviceCLI", "Definitions", "JobModel", "Scheduling", "Storage", "ToolCatalog", "Transports"]),
    tests(
      "CommandsTests",
      [
        "Commands", "Arguments", "JobModel", "JobRunner", "Notifications", "Scheduling", "Storage", "Terminal", "ToolCatalog",
        "DeviceCLI",
        "Transports",
      ]),
    tests("CommandLineTests", ["Arguments", "Commands", "Terminal"], data: "Transcripts"),
    tests("LabTests", []),
  ]
)
