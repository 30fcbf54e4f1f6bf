extension Migration {
  /// Mail that carries a report: the number of the execution that made it.
  static let reportMail = Migration(
    number: 13, name: "report-mail", statements: ["ALTER TABLE outbox ADD COLUMN report INTEGER"])
}
