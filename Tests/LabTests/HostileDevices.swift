import Foundation
import Testing

/// The servers of `Tests/Lab/hostile-device`: each misbehaves in its own way, or not at all.
struct HostileDevices: Sendable {
  static let password = "lab"
  /// Stands in the configuration that they show.
  static let secret = "s3cr3t-c0mmunity"

  private static let program = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Lab/hostile-device").path

  /// Ports by the way of misbehaving.
  let ports: [String: String]
  private let folder: String
  private let process: ChildProcess

  /// Starts them; they end with `stop`, or with this process.
  static func start(in folder: String) async throws -> HostileDevices {
    let answer = folder + "/ports"
    let process = try ChildProcess([program, answer], environment: ["PATH": "/usr/bin:/bin"])
    try await eventually(within: 30, "the hostile devices listen") { FileManager.default.fileExists(atPath: answer) }
    var ports: [String: String] = [:]
    for line in try String(contentsOfFile: answer, encoding: .utf8).split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      if words.count == 2 { ports[words[0]] = words[1] }
    }
    // Only root can have one.
    guard let nameServer = ports.removeValue(forKey: "dns") else {
      throw ChildProcess.Failure(description: "the hostile devices have no name server: the tests need root")
    }
    try "nameserver \(nameServer)\n".write(toFile: folder + "/resolv.conf", atomically: true, encoding: .utf8)
    return HostileDevices(ports: ports, folder: folder, process: process)
  }

  /// Runs a program where no name server ever answers.
  var withoutNames: [String] {
    ["unshare", "--mount", "sh", "-c", "mount --bind '\(folder)/resolv.conf' /etc/resolv.conf && exec \"$@\"", "sh"]
  }

  func stop() async throws {
    process.signal(SIGTERM)
    _ = try await process.end()
  }

  func port(_ name: String) throws -> String { try #require(ports[name], "there is no hostile device '\(name)'") }

  /// Starts them, with a netjob that has `devices` in its database, each under the name of its way, and brisk deadlines.
  static func play(_ devices: [String]? = nil, _ body: (Netjob, HostileDevices) async throws -> Void) async throws {
    try await Story.inFolder { folder in
      let hostile = try await start(in: folder)
      let netjob = Netjob(folder: folder)
      do {
        try await netjob("init")
        try await netjob("user add alice --role operator --role approver")
        try await netjob("user add bob --role approver")
        try await netjob(
          "credential add lab --username lab --password-stdin --network default", input: password + "\n")
        for (key, value) in [
          ("connect-timeout", "5"), ("login-timeout", "5"), ("command-timeout", "5"), ("output-limit", "1048576"),
        ] {
          try await netjob("setting set session.\(key) \(value)")
        }
        for name in devices ?? hostile.ports.keys.sorted() {
          try await netjob("device add \(name) --address 127.0.0.1 --port \(try hostile.port(name)) --platform frr")
        }
        try await body(netjob, hostile)
      } catch {
        try await hostile.stop()
        throw error
      }
      try await hostile.stop()
    }
  }
}
