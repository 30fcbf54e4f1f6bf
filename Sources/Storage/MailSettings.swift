package import JobModel

/// How mail goes out, as it is set.
package struct MailSettings: Equatable, Sendable {
  package var server: MailServer
  package var startTLS: StartTLSPolicy
  package var user: String?
  package var password: String?
  package var authorityFile: String?
  package var greetingName: String?
  /// The sender's address; nil is netjob at this machine.
  package var sender: String?

  /// The settings; nil while there is no server.
  /// - Throws: `ModelError`, `StorageError` when the password cannot be opened.
  package static func load(_ sql: any SQLConnection, keys: KeyRing) throws -> MailSettings? {
    func value(_ key: String) throws -> String? {
      let text = try SettingQueries.value(sql, of: key)
      return text.isEmpty ? nil : text
    }
    guard let server = try value("mail.server") else { return nil }
    return MailSettings(
      server: try MailServer(parsing: server),
      startTLS: StartTLSPolicy(rawValue: try value("mail.starttls") ?? "") ?? .required, user: try value("mail.user"),
      password: try SettingQueries.secret(sql, of: "mail.password", keys: keys), authorityFile: try value("mail.ca-file"),
      greetingName: try value("mail.helo"), sender: try value("mail.from"))
  }

  /// Whether mail is sent of the event.
  static func isWanted(_ sql: any SQLConnection, _ event: NotificationEvent, isReadOnly: Bool) throws -> Bool {
    guard try !SettingQueries.value(sql, of: "mail.server").isEmpty else { return false }
    return try SettingQueries.isWanted(sql, .mail, event, isReadOnly: isReadOnly)
  }
}

extension SettingQueries {
  /// Whether the settings of the channel let the event through.
  static func isWanted(
    _ sql: any SQLConnection, _ channel: NotificationChannel, _ event: NotificationEvent, isReadOnly: Bool
  ) throws -> Bool {
    guard EventSelection(parsing: try value(sql, of: "\(channel).events"))?.contains(event) ?? true else { return false }
    guard isReadOnly && event.isOfExecution else { return true }
    return ReadOnlyJobSelection(rawValue: try value(sql, of: "\(channel).read-only-jobs"))?.allows(event) ?? true
  }
}
