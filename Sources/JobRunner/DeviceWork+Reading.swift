private import Definitions
internal import DeviceCLI
private import JobModel
internal import Storage
internal import ToolCatalog

extension DeviceWork {
  func read(_ opened: OpenedDevice, _ tool: RenderedTool) async throws -> DeviceOutcome {
    var transcript = ""
    for (command, shown) in zip(tool.commands, tool.maskedCommands) {
      let result = try await opened.session.read(command, in: Self.mode(tool.mode), timeout: tool.timeout)
      transcript += "$ \(shown)\n" + clean(result.output, opened)
      if transcript.utf8.last != 0x0A { transcript += "\n" }
      if let reason = failure(of: result, tool) {
        return DeviceOutcome(
          status: .failed, error: "'\(shown)': \(clean(reason, opened))", output: transcript)
      }
    }
    let count = tool.commands.count
    return DeviceOutcome(status: .succeeded, summary: "\(count) command\(count == 1 ? "" : "s")", output: transcript)
  }

  func failure(of result: CommandResult, _ tool: RenderedTool) -> String? {
    if let refusal = result.refusal { return "the device refused it: \(refusal)" }
    let lines = TextLines.split(result.output)
    if let line = lines.first(where: { line in tool.errors.contains { $0.matches(line) } }) { return line }
    if !tool.success.isEmpty, !lines.contains(where: { line in tool.success.contains { $0.matches(line) } }) {
      return "the output does not show success"
    }
    return nil
  }

  static func mode(_ mode: ToolMode) -> PlatformMode? {
    switch mode {
    case .any, .local: nil
    case .exec: .exec
    case .enable: .enable
    case .configure: .configure
    }
  }
}
