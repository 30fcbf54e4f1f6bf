extension Migration {
  /// The user ids behind what people did, in decimal with spaces between, where the system vouches for them: that of the account
  /// and the kernel's login uid. One person with two accounts is one person to an approval.
  static let logins = Migration(
    number: 4, name: "logins",
    statements: [
      "ALTER TABLE job_revision ADD COLUMN saved_uids TEXT NOT NULL DEFAULT ''",
      "ALTER TABLE job_trigger ADD COLUMN saved_uids TEXT NOT NULL DEFAULT ''",
      "ALTER TABLE approval_request ADD COLUMN uids TEXT NOT NULL DEFAULT ''",
      "ALTER TABLE approval_vote ADD COLUMN uids TEXT NOT NULL DEFAULT ''",
    ])
}
