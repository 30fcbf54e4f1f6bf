import Foundation

/// Routers behind SSH servers, started and broken by `Tests/Lab/lab`; `lab help` says how.
struct Lab: Sendable {
  struct Router: Sendable {
    var name: String
    var port: String
    var hostKey: String
    var nextHop: String
  }

  let folder: String
  let user: String
  let password: String
  let keyFile: String
  let routers: [Router]

  private static let program = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Lab/lab").path

  /// Starts routers in a folder. They end with this process, whatever becomes of it.
  /// - Throws: when they do not start, with what the lab says.
  static func up(_ folder: String, routers count: Int) async throws -> Lab {
    _ = try await call("up", folder, "--routers", "\(count)", "--owner", "\(getpid())")
    var values: [String: String] = [:]
    for line in try String(contentsOfFile: folder + "/lab.env", encoding: .utf8).split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      if parts.count == 2 { values[parts[0]] = parts[1] }
    }
    func value(_ name: String) throws -> String {
      guard let value = values[name] else { throw ChildProcess.Failure(description: "lab.env has no \(name)") }
      return value
    }
    return Lab(
      folder: folder, user: try value("USER"), password: try value("PASSWORD"), keyFile: try value("KEY"),
      routers: try (1...count).map { number in
        let prefix = "ROUTER_\(number)_"
        return Router(
          name: try value(prefix + "NAME"), port: try value(prefix + "PORT"), hostKey: try value(prefix + "HOSTKEY"),
          nextHop: try value(prefix + "NEXTHOP"))
      })
  }

  /// Links all routers with each other, and has them speak OSPF and BGP: router n is 10.255.0.n and AS 6500n.
  func connect() async throws { _ = try await Self.call("connect", folder) }

  /// The router takes no part in routing any more.
  func leave(_ router: Int) async throws { _ = try await Self.call("leave", folder, "\(router)") }

  /// Router n is 127.77.0.n and 127.77.1.n, too.
  /// - Returns: the port of them all.
  func subnet() async throws -> String { try await Self.call("subnet", folder) }

  func down() async throws { _ = try await Self.call("down", folder) }

  /// The static routes in the kernel's table of the router's network namespace.
  func routes(_ router: Int = 1) async throws -> String { try await Self.call("routes", folder, "\(router)") }

  /// What the router itself shows as its running configuration.
  func configuration(_ router: Int = 1) async throws -> String { try await Self.call("config", folder, "\(router)") }

  /// New sessions hold back the lines that match.
  func slow(seconds: Int, _ pattern: String, _ router: Int = 1) async throws {
    _ = try await Self.call("slow", folder, "\(seconds)", pattern, "\(router)")
  }

  /// New sessions are cut at a line that matches.
  func drop(_ pattern: String, _ router: Int = 1) async throws { _ = try await Self.call("drop", folder, pattern, "\(router)") }

  /// The lines that sessions under `slow` or `drop` have sent.
  func seen(_ router: Int = 1) async throws -> [String] {
    try await Self.call("seen", folder, "\(router)").split(separator: "\n").map(String.init)
  }

  /// New sessions are normal again.
  func clear(_ router: Int = 1) async throws { _ = try await Self.call("clear", folder, "\(router)") }

  /// Nobody listens on the router's port any more.
  func stopSSH(_ router: Int = 1) async throws { _ = try await Self.call("stop-ssh", folder, "\(router)") }

  /// - Returns: the fingerprint of the new key.
  func rotateHostKey(_ router: Int = 1) async throws -> String { try await Self.call("rotate-host-key", folder, "\(router)") }

  /// - Parameter kind: `accept` connects and says nothing; `silent` does not even connect.
  /// - Returns: a port on loopback that never says a word.
  func blackHole(_ kind: String) async throws -> String { try await Self.call("black-hole", folder, kind) }

  /// Another SSH server to router 1, with one host key.
  /// - Parameters:
  ///   - hostKeyType: as ssh-keygen names it.
  ///   - algorithms: the server's `HostKeyAlgorithms`.
  ///   - lines: further lines of its sshd_config.
  func server(
    _ name: String, hostKeyType: String, algorithms: String, _ lines: [String] = []
  ) async throws -> (port: String, hostKey: String) {
    let key = folder + "/server-key-" + name
    let environment = ["PATH": "/usr/bin:/bin"]
    _ = try await ChildProcess.run(["ssh-keygen", "-q", "-t", hostKeyType, "-N", "", "-f", key], environment: environment)
    let listed = try await ChildProcess.run(["ssh-keygen", "-l", "-E", "sha256", "-f", key], environment: environment)
    let port = try await Self.call(
      ["server", folder, name, "HostKey \(key)", "HostKeyAlgorithms \(algorithms)"] + lines)
    return (port, listed.output.split(separator: " ").dropFirst().first.map(String.init) ?? "")
  }

  private static func call(_ arguments: String...) async throws -> String { try await call(arguments) }

  private static func call(_ arguments: [String]) async throws -> String {
    let outcome = try await ChildProcess.run([program] + arguments)
    guard outcome.status == 0 else { throw ChildProcess.Failure(description: "\(outcome)") }
    return outcome.output.trimmingCharacters(in: .newlines)
  }
}

extension Lab {
  /// A lab without routers.
  init(nothingIn folder: String) {
    self.init(folder: folder, user: "", password: "", keyFile: "", routers: [])
  }
}
