internal import Storage
internal import Terminal

extension Context {
  /// Writes what was looked at. With `--quiet`, only what has to be mended.
  /// - Returns: `.failed` when something has to be mended.
  func report(_ findings: [Finding]) -> ExitStatus {
    let isGood = !findings.contains(where: \.needsMending)
    show([
      "ok": .bool(isGood), "database": .string(installation.databasePath),
      "checks": .array(
        findings.map {
          [
            "name": .string($0.name), "result": .string($0.result.rawValue), "detail": .string($0.detail),
            "mend": .optional($0.mend),
          ]
        }),
    ]) {
      if output.isTerminal { writeForPeople(findings) } else { writeRows(findings) }
    }
    return isGood ? .done : .failed
  }

  private func writeRows(_ findings: [Finding]) {
    var table = Table(columns: [.init("RESULT"), .init("CHECK"), .init("DETAIL"), .init("MEND")])
    for finding in findings where !isQuiet || finding.needsMending {
      table.append([.text(finding.result.rawValue), .text(finding.name), .text(finding.detail), .optional(finding.mend)])
    }
    table.write(to: output)
  }

  /// A line each, and what to do below it: a table would cut the commands.
  private func writeForPeople(_ findings: [Finding]) {
    for finding in findings where !isQuiet || finding.needsMending {
      let role: Style.Role =
        switch finding.result {
        case .ok: .good
        case .note: .muted
        case .warning: .warning
        case .error: .bad
        }
      let word = finding.result.rawValue.padded(to: 8)
      output.writeLine("\(output.style.apply(role, word)) \(finding.name.padded(to: 14)) \(escapeControls(finding.detail))")
      if let mend = finding.mend, finding.result != .ok {
        output.writeLine("         \("".padded(to: 14)) -> \(escapeControls(mend))")
      }
    }
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
