private import Definitions
internal import DeviceCLI
internal import JobModel
internal import JobRunner
internal import Reports
internal import Storage

/// Hides the secrets of configurations, and of output that may show one, from those who may not see them.
struct ConfigurationMask {
  private let rights: Rights
  private let catalogs: Catalogs

  /// As nobody may see secrets: for what leaves netjob to be read by others.
  init(forOthers context: Context) {
    rights = Rights()
    catalogs = context.catalogs
  }

  init(_ context: Context, _ sql: any SQLConnection) throws {
    rights = try AccountQueries.rights(sql, of: context.caller.name)
    catalogs = context.catalogs
  }

  /// The text as the caller may see it: as it is with `manage-credentials`, else as the device's platform masks it.
  func text(_ text: String, device id: Int64?, network: Int64, in sql: any SQLConnection) throws -> String {
    if rights.allows(.manageCredentials, network: network) { return text }
    return masked(text, by: try catalogs.masks(sql, device: id))
  }

  /// As `text`, of what was typed and answered: what stands behind a label, as in `(configure) snmp-server community x`, is masked
  /// like a line of the configuration.
  func transcript(_ text: String, device id: Int64?, network: Int64, in sql: any SQLConnection) throws -> String {
    if rights.allows(.manageCredentials, network: network) { return text }
    var labels: [String] = []
    let bare = eachLine(of: text) { line in
      let label = Self.label(of: line)
      labels.append(label)
      return String(line.dropFirst(label.count))
    }
    let platforms = try catalogs.masks(sql, device: id)
    let typed = zip(TextLines.split(bare), labels).filter { !$0.1.isEmpty }.map { String($0.0) }
    var number = 0
    let masked = eachLine(of: masked(bare, by: platforms)) { line in
      defer { number += 1 }
      return number < labels.count ? labels[number] + line : line
    }
    // The device may have said them again, as in an error.
    return Redactor(secrets: platforms.flatMap { $0.secrets(in: typed) }).redacting(masked)
  }

  /// What a transcript puts before what was typed.
  private static func label(of line: String) -> String {
    if line.hasPrefix("$ ") { return "$ " }
    guard line.hasPrefix("("), let end = line.firstIndex(of: ")"), line[end...].hasPrefix(") ") else { return "" }
    guard line[..<end].dropFirst().allSatisfy({ $0.isLetter && $0.isLowercase || $0 == " " }) else { return "" }
    return String(line[...end]) + " "
  }

  /// The text as the device's platform masks it, for everybody; as all platforms do, where there is no device.
  func masked(_ text: String, device id: Int64?, in sql: any SQLConnection) throws -> String {
    masked(text, by: try catalogs.masks(sql, device: id))
  }

  /// What `diff -u` says of the two texts, its lines masked after they were compared: that a secret changed is shown, it is not.
  func difference(
    from old: String, _ oldLabel: String, to new: String, _ newLabel: String, device id: Int64?, network: Int64,
    in sql: any SQLConnection
  ) throws -> ConfigurationDifference {
    let diff = UnifiedDiff(from: old, to: new)
    var text = diff.text(oldLabel: oldLabel, newLabel: newLabel)
    if !rights.allows(.manageCredentials, network: network), !diff.isEmpty {
      let platforms = try catalogs.masks(sql, device: id)
      // What hides a line may stand further up than the difference goes, where a private key begins.
      let hidden = [old, new].reduce(into: [String: String]()) { hidden, text in
        let pairs = zip(TextLines.split(text), TextLines.split(masked(text, by: platforms)))
        for (line, shown) in pairs where line != shown { hidden[line] = shown }
      }
      // The first two lines are the labels.
      var number = 0
      text = eachLine(of: text) { line in
        number += 1
        guard number > 2, let sign = line.unicodeScalars.first, " +-".unicodeScalars.contains(sign) else { return line }
        let rest = String(line.unicodeScalars.dropFirst())
        return String(sign) + (hidden[rest] ?? masked(rest, by: platforms))
      }
    }
    return ConfigurationDifference(text: text, added: diff.addedCount, removed: diff.removedCount)
  }

  private func masked(_ text: String, by platforms: [Platform]) -> String {
    platforms.reduce(text) { $1.mask(configuration: $0) }
  }

  /// The text with each line replaced. Lines are told apart by their bytes: Swift takes CR LF for one character, and a secret
  /// after one would be missed.
  private func eachLine(of text: String, _ replace: (String) -> String) -> String {
    let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { bytes -> String in
      let end = bytes.last == UInt8(ascii: "\r") ? "\r" : ""
      return replace(String(Substring(bytes.dropLast(end.utf8.count)))) + end
    }
    return lines.joined(separator: "\n")
  }
}

/// A difference in the form of `diff -u`, empty for none, with its numbers of lines.
struct ConfigurationDifference {
  var text: String
  var added: Int
  var removed: Int
}
