import Foundation

/// Two real routers, r1 and r2, that reach each other, and a place with a network of its own in which they are 10.1.0.1 and
/// 10.1.0.2 at port 22: what the manual shows is played there. `Tests/Lab/lab help` says more. They end with it, at the latest with
/// this process.
final class LabDesk {
  /// Runs the program that follows it at that place.
  let wrapper: [String]
  /// The account on the routers.
  let user: String
  let password: String

  private let folder: PrivateFolder

  init() throws {
    folder = try PrivateFolder()
    let lab = folder.path + "/lab"
    _ = try Self.call("up", lab, "--routers", "2", "--owner", "\(getpid())")
    do {
      _ = try Self.call("connect", lab)
      wrapper = ["ip", "netns", "exec", try Self.call("desk", lab)]
      var values: [Substring: String] = [:]
      for line in try String(contentsOfFile: lab + "/lab.env", encoding: .utf8).split(separator: "\n") {
        let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        values[parts[0]] = parts.count == 2 ? String(parts[1]) : ""
      }
      user = values["USER"] ?? ""
      password = values["PASSWORD"] ?? ""
    } catch {
      _ = try? Self.call("down", lab)
      throw error
    }
  }

  deinit { _ = try? Self.call("down", folder.path + "/lab") }

  private struct Failure: Error, CustomStringConvertible { let description: String }

  private static func call(_ arguments: String...) throws -> String {
    let result = try BuiltProgram.run(
      "/usr/bin/timeout", ["60", packageRoot + "/Tests/Lab/lab"] + arguments,
      environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
    guard result.status == 0 else { throw Failure(description: "lab \(arguments.joined(separator: " ")): \(result.text)") }
    return result.text.trimmingCharacters(in: .newlines)
  }
}
