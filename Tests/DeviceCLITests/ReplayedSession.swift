import DeviceCLI
import Transports

/// Sessions over short scripts, for single behaviours.
enum ReplayedSession {
  /// A login to `platform` whose prompt is `prompt`, followed by `steps`.
  static func script(_ platform: Platform, prompt: String, _ steps: [ReplayScript.Step]) -> [ReplayScript.Step] {
    var script: [ReplayScript.Step] = [.send("\r\n\(prompt) "), .expect("\n"), .send("\r\n\(prompt) ")]
    for command in platform.onOpen { script += [.expect("\(command)\n"), .send("\(command)\r\n\(prompt) ")] }
    return script + steps
  }

  static func platform(_ name: String) throws -> Platform { try PlatformCatalog().platform(named: name) }

  /// Opens a session on FRR (prompt `r9#`) or another platform, and hands it to `body` with its channel.
  static func run(
    on name: String = "frr", prompt: String = "r9#", secrets: SessionSecrets = SessionSecrets(),
    options: SessionOptions = SessionOptions(), delivery: ReplayScript.Delivery = .steps,
    ending: ReplayScript.Ending = .hang, _ steps: [ReplayScript.Step],
    _ body: (DeviceSession, ReplayChannel) async throws -> Void
  ) async throws {
    let platform = try platform(name)
    let channel = ReplayChannel(
      ReplayScript(script(platform, prompt: prompt, steps), ending: ending, delivery: delivery))
    let session = try await DeviceSession.open(channel, platform: platform, secrets: secrets, options: options)
    try await body(session, channel)
    try channel.checkFinished()
  }
}
