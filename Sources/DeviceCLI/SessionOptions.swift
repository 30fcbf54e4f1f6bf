/// How long a session waits, how much it reads, and who looks on.
package struct SessionOptions: Sendable {
  package enum Direction: Sendable { case fromDevice, toDevice }

  /// From the start of the shell to the learned prompt.
  package var loginTimeout: Duration = .seconds(20)
  /// For a command where neither the caller nor the platform says otherwise.
  package var commandTimeout: Duration = .seconds(60)
  /// How long a device must be silent after its prompt until the prompt counts.
  package var settle: Duration = .milliseconds(20)
  /// The same where more than the prompt tells that the device is done.
  package var glance: Duration = .milliseconds(2)
  /// Silence after which a doubtful prompt counts.
  package var quiet: Duration = .seconds(1)
  /// Silence after which a question counts as one that nobody answers.
  package var questionPatience: Duration = .seconds(5)
  package var closeTimeout: Duration = .seconds(2)
  /// Bytes that one command may print.
  package var outputByteLimit = 16 * 1024 * 1024
  /// Shared with other sessions; nil is without bounds.
  package var budget: OutputBudget?
  /// Hears what the session is about to do, secrets masked: the command in quotes, or another word or two.
  package var activity: (@Sendable (String) -> Void)?
  /// The width of the terminal that the transport asked for, columns.
  package var terminalWidth = 511
  /// Sees all traffic with the session's secrets masked, in order; what a secret may begin with comes late.
  package var observer: (@Sendable (Direction, [UInt8]) -> Void)?
  package var now: @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
  /// Makes the name of a configuration session, where the device calls for one: a name that is taken is refused.
  package var configurationSession: @Sendable () -> String = { "netjob-" + String(UInt32.random(in: .min ... .max), radix: 16) }

  package init() {}
}

/// What a session may type where a device asks for a secret.
package struct SessionSecrets: Sendable {
  /// By the mode whose entry asks for it.
  package var modeSecrets: [PlatformMode: String]
  /// More to be masked, such as the login password and a job's secret parameters.
  package var others: [String]

  package init(modeSecrets: [PlatformMode: String] = [:], others: [String] = []) {
    self.modeSecrets = modeSecrets
    self.others = others
  }

  /// - Parameter enable: the secret of the enable mode, `nil` where there is none.
  package init(enable: String?) {
    self.init(modeSecrets: enable.map { [.enable: $0] } ?? [:])
  }

  var all: [String] { Array(modeSecrets.values) + others }
}

/// What one command printed.
package struct CommandResult: Sendable, Equatable {
  /// Without echo, prompt, paging and terminal sequences; lines end with `\n`.
  package let output: String
  /// What the device sent for it, echo and prompt included.
  package let rawByteCount: Int
  package let duration: Duration
  /// The line by which the device refused the command, secrets masked.
  package let refusal: String?
}

/// How far a change got.
package struct ConfigurationResult: Sendable, Equatable {
  package struct Refusal: Sendable, Equatable {
    package let line: String
    /// What the device said, one line; or why it was not sent.
    package let deviceMessage: String
    package var wasSent = true
  }

  /// The lines that the device took, in order.
  package let applied: [String]
  /// The line at which the change stopped; what follows it was not sent.
  package let refused: Refusal?
  /// How the device described the change before it was committed, secrets of the session masked; `nil` where it has no
  /// candidate configuration, empty where there was nothing to commit.
  package var difference: String?
  /// What came of taking a commit for a time back; `nil` where there was none, or where it is confirmed.
  package var takenBack: TakenBack?

  package enum TakenBack: Sendable, Equatable {
    /// Whether it took shows in the configuration alone.
    case done
    /// Why it was not: the device goes back by itself.
    case refused(String)
  }
}

/// What stopped a change while it was in force for a time, and what came of taking it back.
package struct TrialStopped: Error {
  package let cause: any Error
  package let takenBack: ConfigurationResult.TakenBack
}

package enum ConfigurationKind: String, Sendable, CaseIterable { case running, startup }
