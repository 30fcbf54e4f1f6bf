private import Arguments
private import JobModel
private import Storage
private import Terminal

extension AuditCommands {
  private static let anchor = Option<String>(
    "head", valueName: "ROW:HASH", help: "a head that was noted earlier, or its hash alone: it must still be in the chain")

  static let verify = Command(
    ["audit", "verify"],
    summary: "check that no row of the audit log was altered, removed or added, and that the history agrees with it",
    discussion: """
      Names the first row whose link to the one before does not hold, and triggers of the database that could keep changes out of \
      the log. What the history has otherwise than the log is named too: executions (their job, user, status and summary, how their \
      devices ended and what those answered), approval requests (who asked, for what), approvals, and what was said about requests. \
      Rows of versions that did not log all this yet are compared as far as they did. With --json: rows, ok, firstBad (null where \
      none is), triggers and history (a sentence about each).

      Rows that were cut off at the end are found only with --head.
      """,
    needs: needs, parameters: [anchor],
    examples: [
      Example("netjob audit verify", "check the whole chain"),
      Example(
        "netjob audit verify --head 17:\(String(repeating: "5c", count: 32))",
        "check also that what was there when the head was noted is there still"),
    ],
    exitCodes: [ExitCode(1, "the log or the history was tampered with")], seeAlso: ["audit log", "db check"]
  ) { context, arguments in
    let anchor = try arguments[anchor].map(head)
    let (verdict, last, isOwnKey, triggers, history) = try context.store.read { sql in
      try context.requireOwnerOrAdministrator(in: sql)
      let own = try? context.store.keys(in: sql)
      let keys = try own ?? context.installation.keyRing()
      let isOwnKey = own != nil
      return (
        try AuditLog.verify(sql, keys: keys, anchor: anchor), try AuditLog.head(sql), isOwnKey,
        try DatabaseInspection(sql, of: context.store).foreignTriggers(), try HistoryComparison.differences(sql)
      )
    }
    let isGood = verdict.isGood && triggers.isEmpty && history.isEmpty
    context.show([
      "rows": .integer(verdict.rows), "ok": .bool(isGood), "triggers": .strings(triggers), "history": .strings(history),
      "firstBad": .optional(verdict.firstBad),
      "head": .string(last.description), "headFound": anchor == nil ? .null : .bool(verdict.holdsAnchor),
    ]) {
      let rows = verdict.rows == 1 ? "1 row" : "\(verdict.rows) rows"
      if isGood {
        context.output.writeLine("ok: \(rows), the chain holds")
      } else if let row = verdict.firstBad {
        context.output.writeLine("bad: \(rows), the chain breaks at row \(row)")
      }
      if !verdict.holdsAnchor {
        context.output.writeLine("bad: the head that was noted is not in the chain: rows were cut off or replaced")
      }
      for trigger in triggers { context.output.writeLine("bad: \(escapeControls(trigger))") }
      for difference in history { context.output.writeLine("bad: \(escapeControls(difference))") }
      if !isOwnKey {
        context.warn(
          "the key file \(context.installation.keyPath) is not this database's: with another key no row can be checked")
      } else if !triggers.isEmpty {
        context.hint(
          "a trigger can keep changes out of the log: look at it with: sqlite3 FILE .schema; netjob db check says more")
      } else if !history.isEmpty && verdict.isGood {
        context.hint("the chain holds: believe the log, and restore the history from a backup")
      } else if !verdict.isGood {
        context.hint("compare with a backup of the database, whose rows were the true ones when it was made")
      }
    }
    return isGood ? .done : .failed
  }

  /// A head as `audit log --head` prints it, or its hash alone.
  private static func head(_ text: String) throws -> AuditLog.Head {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let hash = (parts.last ?? "").lowercased()
    let row = parts.count == 2 ? Int64(parts[0]) : nil
    guard parts.count == 1 || parts.count == 2 && (row ?? -1) >= 0, hash.utf8.count == 64,
      hash.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
    else {
      throw ModelError(
        .invalid, "--head '\(TextRule.quoted(text))' is no head: it is ROW:HASH, the hash being 64 hexadecimal digits",
        hint: "netjob audit log --head prints it")
    }
    return AuditLog.Head(row: row, hash: hash)
  }
}
