package import Definitions

/// What netjob knows about the command line of one operating system of devices: data, decoded from a YAML file.
package struct Platform: Sendable {
  package let name: String
  package let title: String
  package let vendor: String
  /// Whether its devices commonly need SSH algorithms that are off by default.
  package let allowsLegacyAlgorithms: Bool
  /// What ends a typed line.
  package let newline: [UInt8]
  /// Characters that the line editor acts on at once, such as `?` for help; commands with one are refused.
  package let forbiddenCharacters: String
  package let modes: [PlatformMode: ModeRules]
  /// The modes that a login can end in, the likelier first.
  package let loginModes: [PlatformMode]
  /// Appended to the user's name at login, as some systems take terminal settings there.
  package let loginSuffix: String
  /// Questions between login and prompt, and how they are answered.
  package let loginQuestions: [Answer]
  /// What can stand before the prompt on its line, such as `*` or a clock; matched at the line's start.
  package let decoration: Pattern?
  /// Lines that stand between output and prompt, and belong to the prompt.
  package let promptLines: [Pattern]
  /// Sent after login, to switch paging off and such; their errors do not matter.
  package let onOpen: [String]
  package let pagers: [Answer]
  /// The questions that may be answered, and how.
  package let confirmations: [Answer]
  package let errors: [Pattern]
  /// Lines that look like errors and are none.
  package let errorExceptions: [Pattern]
  /// Where errors do not show in the text: the command that prints the status of the last one, and what means success.
  package let exitStatus: ExitStatus?
  package let running: ConfigurationSource?
  package let startup: ConfigurationSource?
  package let save: Save?
  /// Whether what takes effect stays without being saved.
  package let keepsChanges: Bool
  package let change: Change?
  /// How a whole configuration takes the place of the one in force, where that is not how lines change it.
  package let replacement: Change?
  /// Configuration lines that rename the device, and so change its prompt.
  package let rename: Pattern?
  package let masks: [Pattern]
  /// Secrets of several lines, such as private keys.
  package let maskBlocks: [Block]
  /// The lines that one of them knows, or that begin a block.
  let maskInterest: PatternSet
  package let ignores: [Pattern]
  /// What changes by itself and has several lines, such as a key that is encrypted anew for each reading.
  package let ignoreBlocks: [Block]
  let ignoreInterest: PatternSet
  package let inventory: [InventoryCommand]
  package let neighbors: [NeighborCommand]
  package let detection: PlatformDetection
  package let readOnly: ReadOnlyRules
  package let exitCommand: String
  /// What the exit command may ask, and how it is answered.
  package let exitQuestions: [Answer]
  /// How long a command may take where nothing else is said.
  package let commandTimeout: Duration?

  /// One mode: its prompt and the way into it.
  package struct ModeRules: Sendable {
    /// Matches the prompt's line without trailing blanks; the group `host` is the part that all modes share, the group
    /// `varies` is what differs from prompt to prompt, such as a counter.
    package let prompt: Pattern
    package let entry: ModeEntry?
    /// Goes back to the mode it is entered from.
    package let leaveCommand: String?
  }

  package struct ModeEntry: Sendable {
    package let from: PlatformMode
    /// `nil` for a mode that only lines of a change lead into.
    package let command: String?
    /// The question for the secret, where it asks one.
    package let secretPrompt: Pattern?
  }

  /// A pattern at the end of the last line, and what to type when it stands there.
  package struct Answer: Sendable {
    package let pattern: Pattern
    package let answer: [UInt8]
  }

  package struct ExitStatus: Sendable {
    package let command: String
    package let success: Pattern
  }

  package struct ConfigurationSource: Sendable {
    package let command: String
    package let mode: PlatformMode
    /// Matches the last line of a complete configuration; `nil` where the device prints nothing of the kind.
    package let end: Pattern?
    /// Whether the prompt behind the configuration is tried with an empty line: what comes back shows that the device was
    /// done. For devices without an end marker, or with one that also stands within.
    package let endsAtPrompt: Bool
    /// Each must match a line of a complete configuration.
    package let contains: [Pattern]
    /// Lines before the configuration that are none of it.
    package let skip: [Pattern]
    /// What the device says when there is no such configuration.
    package let absent: Pattern?
    package let timeout: Duration?
  }

  package struct Save: Sendable {
    package let command: String
    package let mode: PlatformMode
    /// One line of the output must match one of these; empty: the absence of errors is enough.
    package let success: [Pattern]
    package let timeout: Duration?
  }

  /// The lines from one that matches `begin` to the next that matches `end`.
  package struct Block: Sendable {
    package let begin: Pattern
    package let end: Pattern
  }

  package struct InventoryCommand: Sendable {
    package let command: String
    package let mode: PlatformMode?
    /// The first group of the first line that matches is the fact.
    package let extract: [InventoryFact: Pattern]
  }
}

/// A mode of a device's command line.
package enum PlatformMode: String, Sendable, CaseIterable, Comparable {
  case exec, enable, configure, shell

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  package static func < (left: PlatformMode, right: PlatformMode) -> Bool { left.rank < right.rank }
}

/// What a device says about itself.
package enum InventoryFact: String, Sendable, CaseIterable {
  case vendor, model, version, serial, hostname
}
