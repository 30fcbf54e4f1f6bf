internal import DeviceCLI
internal import JobModel
internal import JobRunner
internal import Reports
internal import Storage

/// Hides the secrets of configurations, and of output that may show one, from those who may not see them.
struct ConfigurationMask {
  private let rights: Rights
  private let catalogs: Catalogs

  init(_ context: Context, _ sql: any SQLConnection) throws {
    rights = try AccountQueries.rights(sql, of: context.caller.name)
    catalogs = context.catalogs
  }

  /// The text as the caller may see it: as it is with `manage-credentials`, else as the device's platform masks it.
  func text(_ text: String, device id: Int64?, network: Int64, in sql: any SQLConnection) throws -> String {
    if rights.allows(.manageCredentials, network: network) { return text }
    return try platforms(of: id, in: sql).reduce(text) { $1.mask(configuration: $0) }
  }

  /// What `diff -u` says of the two texts, its lines masked after they were compared: that a secret changed is shown, it is not.
  func difference(
    from old: String, _ oldLabel: String, to new: String, _ newLabel: String, device id: Int64?, network: Int64,
    in sql: any SQLConnection
  ) throws -> ConfigurationDifference {
    let diff = UnifiedDiff(from: old, to: new)
    var text = diff.text(oldLabel: oldLabel, newLabel: newLabel)
    if !rights.allows(.manageCredentials, network: network), !diff.isEmpty {
      let platforms = try platforms(of: id, in: sql)
      var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      for index in lines.indices.dropFirst(2) {
        guard let sign = lines[index].first, " +-".contains(sign) else { continue }
        lines[index] = String(sign) + platforms.reduce(String(lines[index].dropFirst())) { $1.mask(configuration: $0) }
      }
      text = lines.joined(separator: "\n")
    }
    return ConfigurationDifference(text: text, added: diff.addedCount, removed: diff.removedCount)
  }

  /// The device's platform. Of a device that is gone, or whose platform is, every platform's masks are taken: too many masks
  /// hide too much, too few would show a secret.
  private func platforms(of id: Int64?, in sql: any SQLConnection) throws -> [Platform] {
    if let id, let device = try DeviceQueries.get(sql, id: id),
      let platform = try? catalogs.platforms.platform(named: device.platform)
    {
      return [platform]
    }
    return try catalogs.platforms.names().compactMap { try? catalogs.platforms.platform(named: $0) }
  }
}

/// A difference in the form of `diff -u`, empty for none, with its numbers of lines.
struct ConfigurationDifference {
  var text: String
  var added: Int
  var removed: Int
}
