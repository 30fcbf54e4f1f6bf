private import Arguments
private import Glibc
private import JobModel
private import Storage
private import Terminal

extension HistoryCommands {
  private static let reportID = Operand<Int64>(
    "ID", help: "the number of an execution of a report job", completion: .dynamic("execution"),
    conversion: .integer(in: 1...Int64.max))
  private static let file = Option<String>(
    "output", valueName: "FILE", help: "write it to a new file instead of standard output", completion: .file)

  static let report = Command(
    ["history", "report"], summary: "print the report that an execution made",
    discussion: """
      Prints it as it was made: HTML, CSV, JSON or text, as the job says. A file is never replaced. Through sudo there is standard \
      output alone.
      """,
    needs: [.permission(.view)], parameters: [reportID, file],
    examples: [Example("netjob history report 42 --output inventory.html", "keep a report as a file")],
    exitCodes: [ExitCode(3, "the execution made no report")], seeAlso: ["history show", "job create"]
  ) { context, arguments in
    let (execution, report) = try context.store.read { sql in
      let execution = try find(sql, arguments[reportID], context)
      guard let report = try ReportQueries.find(sql, execution: execution.id) else {
        throw ModelError(
          .notFound,
          "there is no report of execution \(execution.id): it is of type \(execution.type.rawValue), \(execution.status.rawValue)",
          hint: "jobs of the types report and discover make one; 'history prune' may have taken it")
      }
      return (execution, report)
    }
    if let path = arguments[file], path != "-" {
      try context.requireOwnFiles(path, as: "the file")
      try write(Array(report.text.utf8), to: path)
      context.show(["execution": .integer(execution.id), "file": .string(path)]) {
        context.note("the report is in '\(TextRule.quoted(path))'")
      }
      return .done
    }
    context.show([
      "execution": .integer(execution.id), "kind": .string(report.kind), "format": .string(report.format.rawValue),
      "content": .string(report.text),
    ]) { context.output.write(report.text) }
    return .done
  }

  private static func write(_ bytes: [UInt8], to path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    func failure() -> ModelError {
      ModelError(.invalid, "'\(TextRule.quoted(path))' cannot be written: \(String(cString: strerror(errno)).lowercased())")
    }
    guard descriptor >= 0 else { throw failure() }
    defer { close(descriptor) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        let error = failure()
        unlink(path)
        throw error
      }
      rest = rest.dropFirst(count)
    }
  }
}
