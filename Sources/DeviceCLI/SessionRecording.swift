package import Transports

/// A session as it was, and the fixture that is made of it: a YAML file with what the device sent, what netjob typed, and
/// what netjob made of it, secrets masked. `Tests/DeviceCLITests/Fixtures` holds such files.
package struct SessionRecording: Sendable {
  package let platform: Platform
  private let script: ReplayScript
  private let secrets: [String]
  private let width: Int

  package init(
    platform: Platform, script: ReplayScript, secrets: [String], width: Int = SessionOptions().terminalWidth
  ) {
    self.platform = platform
    self.script = script
    self.secrets = secrets
    self.width = width
  }

  /// The fixture. What it expects comes from playing the masked script, which shows that it can be played.
  /// - Parameter failure: why the session ended early, in words without secrets; such a recording is not played.
  /// - Throws: `.unusable` where secrets cannot be masked, or the masked script does not play.
  package func fixture(failure: String? = nil) async throws -> String {
    let masked = try masked()
    var tour = SessionTour()
    if failure == nil { tour = try await replay(masked) }
    return FixtureText(script: masked, tour: tour, failure: failure).text
  }

  private func replay(_ script: ReplayScript) async throws -> SessionTour {
    var tour = SessionTour()
    let channel = ReplayChannel(script)
    do {
      let session = try await DeviceSession.open(
        channel, platform: platform, secrets: SessionSecrets(modeSecrets: [.enable: Redactor.mask, .shell: Redactor.mask]))
      await tour.run(on: session)
      if let failure = tour.failure { throw failure }
      try channel.checkFinished()
    } catch {
      throw DeviceError(
        .unusable, "the recording does not play with its secrets masked: \(error)",
        hint: "a secret that is also a common word, such as a command, makes that happen")
    }
    return tour
  }

  // MARK: Masking

  /// The script without secrets: those that were typed, and those that the platform knows the lines of.
  func masked() throws -> ReplayScript {
    let redactor = Redactor(secrets: secrets)
    var steps = script.steps.map { step in
      switch step {
      case .expect(let bytes): ReplayScript.Step.expect(redactor.redacting(bytes))
      case .send(let bytes): ReplayScript.Step.send(redactor.redacting(bytes))
      case .pause: ReplayScript.Step.pause
      }
    }
    var edits: [Int: [(Range<Int>, [UInt8])]] = [:]
    for (place, bytes) in maskedLines(of: steps) { edits[place.step, default: []].append((place.range, bytes)) }
    for (index, changes) in edits {
      guard case .send(var bytes) = steps[index] else { continue }
      for (range, replacement) in changes.reversed() { bytes.replaceSubrange(range, with: replacement) }
      steps[index] = .send(bytes)
    }
    // What was spread over several steps, or painted by a terminal's means, may have escaped.
    let all = steps.flatMap { step in if case .send(let bytes) = step { bytes } else { [UInt8]() } }
    guard maskedLines(of: steps).isEmpty, redactor.redacting(all) == all else {
      throw DeviceError(.unusable, "there are secrets in the recording that cannot be masked")
    }
    return ReplayScript(steps, ending: script.ending)
  }

  /// A part of a line within one step.
  private struct Piece {
    let step: Int
    let range: Range<Int>
  }

  /// The last pieces of the lines that show a secret, and what is to stand there.
  private func maskedLines(of steps: [ReplayScript.Step]) -> [(Piece, [UInt8])] {
    let masker = Platform.LineMasker(platform.masks, platform.maskBlocks, platform.maskInterest, mask: Redactor.mask)
    var found: [(Piece, [UInt8])] = []
    var line: [UInt8] = []
    for (index, step) in steps.enumerated() {
      guard case .send(let bytes) = step else { continue }
      var start = 0
      while start < bytes.count {
        let feed = bytes[start...].firstIndex(of: 0x0A)
        let end = feed ?? bytes.count
        let piece = bytes[start..<end]
        // What stands before on the line is a pager's text or a prompt, which is cut or painted over.
        let shown = TerminalText.line(piece, width: width)
        var masked = masker.mask(shown)
        if masked == shown, !line.isEmpty {
          let whole = TerminalText.line((line + piece)[...], width: width)
          let other = Platform.LineMasker(platform.masks, [], platform.maskInterest, mask: Redactor.mask)
          if other.mask(whole) != whole { masked = other.mask(whole) }
        }
        if masked != shown {
          found.append((Piece(step: index, range: start..<end), Array(masked.utf8) + (piece.last == 0x0D ? [0x0D] : [])))
        }
        line = feed == nil ? line + piece : []
        start = end + 1
      }
    }
    return found
  }
}

extension Redactor {
  fileprivate func redacting(_ bytes: [UInt8]) -> [UInt8] {
    var copy = self
    return copy.redact(bytes) + copy.finish()
  }
}
