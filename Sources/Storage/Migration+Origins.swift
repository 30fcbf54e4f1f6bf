extension Migration {
  /// Who had a hand in what a job was copied from: names with line feeds between. They are authors of the copy too.
  static let origins = Migration(
    number: 6, name: "origins", statements: ["ALTER TABLE job_revision ADD COLUMN origin_authors TEXT NOT NULL DEFAULT ''"])
}
