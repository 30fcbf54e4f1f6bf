extension Migration {
  /// Who refers to a content is looked up when one is deleted.
  static let pruning = Migration(
    number: 11, name: "pruning",
    statements: [
      "CREATE INDEX config_revision_content ON config_revision (content)",
      "CREATE INDEX execution_report_content ON execution_report (content)",
      "CREATE INDEX execution_device_output ON execution_device (output) WHERE output IS NOT NULL",
      "CREATE INDEX execution_device_before ON execution_device (before) WHERE before IS NOT NULL",
      "CREATE INDEX execution_device_after ON execution_device (after) WHERE after IS NOT NULL",
    ])
}
