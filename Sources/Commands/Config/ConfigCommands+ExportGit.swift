internal import Arguments
private import Glibc
internal import JobModel
internal import Scheduling
internal import Storage
internal import Terminal

extension ConfigCommands {
  private static let directory = Operand<String>(
    "DIR", help: "a folder that is made, or one that an earlier export made", completion: .directory)
  private static let withSecrets = Flag("with-secrets", help: "export configurations whole, secrets included")

  static let exportGit = Command(
    ["config", "export-git"], summary: "export every stored configuration to a git repository",
    discussion: """
      Each revision of each device that you may see becomes a commit on the branch main, oldest first: of the file \
      running/DEVICE.cfg or startup/DEVICE.cfg, by the user for whom the execution ran, at the time of the revision, its message \
      naming job and execution. A later export into the same folder appends what is new; one that was killed goes on where it \
      was. The folder is netjob's: what is changed there by hand is put back, and one with commits of others is refused, \
      as is one that is ahead of a database restored from a backup.

      Secrets are shown as ******, as a repository is made to be pushed. --with-secrets exports configurations whole, which takes \
      manage-credentials for all networks, and a folder that nobody else can read. A repository is for one view: whoever sees other networks, or wants secrets where it \
      has none, needs a folder of their own.

      The program git must be installed. Through sudo the command is refused, as netjob then writes no files of its caller.
      """,
    needs: [.permission(.view)], parameters: [directory, withSecrets],
    examples: [
      Example("netjob config export-git ~/configurations", "make the repository, or append what is new"),
      Example(
        "netjob config export-git ~/configurations -q && git -C ~/configurations push origin main", "from cron, to a server"),
    ],
    exitCodes: [
      ExitCode(6, "the folder is not one that netjob exported to, somebody exports into it now, or git's lock is on it")
    ],
    seeAlso: ["config log", "config show"]
  ) { context, arguments in
    let path = arguments[directory]
    try context.requireOwnFiles(path, as: "the folder")
    if path.isEmpty || path == "-" { throw ModelError(.invalid, "the export needs the name of a folder") }
    let view = try context.store.read { try ExportView($0, context, withSecrets: arguments[withSecrets]) }
    let repository = try GitRepository(preparing: absolute(path))
    if arguments[withSecrets] { try repository.requirePrivate() }
    let (count, last, head) = try repository.locked {
      let last = try view.lastRevision(in: repository)
      try context.store.read { try view.checkContinues($0, last, repository) }
      let (count, newest) = try export(after: last, view, to: repository, context)
      try repository.checkOut()
      return (count, newest, try repository.head())
    }
    context.show([
      "directory": .string(repository.folder), "commits": .int(count), "revision": .integer(last), "head": .optional(head),
    ]) {
      context.note(count == 0 ? "there is nothing new to export" : "\(count) commits were added to '\(repository.folder)'")
    }
    return .done
  }

  /// git reads a name that begins with a dash as an option.
  private static func absolute(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    guard let folder = getcwd(nil, 0) else { return "./" + path }
    defer { free(folder) }
    return String(cString: folder) + "/" + path
  }

  /// - Returns: how many commits were made, and the number of the newest revision that was looked at.
  private static func export(
    after start: Int64, _ view: ExportView, to repository: GitRepository, _ context: Context
  ) throws -> (count: Int, newest: Int64) {
    var position = start
    var exported = start
    var count = 0
    var page = try context.store.read { try view.page($0, after: position, context) }
    // Nothing of theirs is written when there is nothing new.
    guard page.end > position else { return (0, start) }
    try repository.importing { write in
      while page.end > position {
        for change in page.changes {
          try write(view.commit(change, continuing: exported > 0 && count == 0))
          exported = change.record.revision.id
          count += 1
          // What is taken in so far outlives a kill.
          if count % 5000 == 0 { try write("checkpoint\n\n") }
        }
        position = page.end
        page = try context.store.read { try view.page($0, after: position, context) }
      }
    }
    return (count, exported)
  }
}

/// What one export shows: of which networks, and whether with secrets. Each commit carries it, so that the next export can tell
/// whether it may append.
private struct ExportView {
  struct Change {
    var record: ConfigChangeRecord
    var text: String
  }

  private let scope: String
  private let mark: String
  private let rights: Rights
  private let hasSecrets: Bool
  private static let trailer = "Netjob-Export"

  init(_ sql: any SQLConnection, _ context: Context, withSecrets: Bool) throws {
    rights = try AccountQueries.rights(sql, of: context.caller.name)
    hasSecrets = withSecrets
    if withSecrets { try context.require([.manageCredentials], network: nil, in: sql) }
    mark = try AuditQueries.databaseMark(sql)
    let networks: String =
      switch rights.scope(of: .view) {
      case .all: "all"
      case .networks(let ids): ids.sorted().map(String.init).joined(separator: ",")
      case nil: "none"
      }
    scope = "\(mark) networks=\(networks) secrets=\(withSecrets ? "whole" : "masked")"
  }

  /// The number of the newest revision in the repository; 0 in a new one.
  func lastRevision(in repository: GitRepository) throws -> Int64 {
    guard let message = try repository.tip() else { return 0 }
    let lines = message.split(whereSeparator: \.isNewline)
    guard let line = lines.last(where: { !$0.allSatisfy(\.isWhitespace) }), line.hasPrefix(Self.trailer + ": "),
      let number = line.split(separator: " ").last?.split(separator: "=").last.flatMap({ Int64($0) })
    else { throw repository.foreign("its newest commit is not netjob's") }
    let words = line.dropFirst(Self.trailer.count + 2).split(separator: " ").dropLast().joined(separator: " ")
    if words == scope { return number }
    if !words.hasPrefix(mark + " ") { throw repository.foreign("it holds the configurations of another database") }
    throw repository.foreign(
      "it was exported for somebody who sees other networks, or with secrets where you want none ('\(words)')")
  }

  /// The revision where the repository ends must be the one that the database has under that number: in one that was restored from
  /// a backup it is not there, or another one by now, and those up to it would never be exported.
  /// - Throws: `.conflict`.
  func checkContinues(_ sql: any SQLConnection, _ last: Int64, _ repository: GitRepository) throws {
    if last == 0 { return }
    let record = try ConfigQueries.changes(sql, after: last - 1, limit: 1).first?.revision
    if let record, record.id == last, record.time.milliseconds / 1000 == (try repository.tipTime()) { return }
    throw repository.foreign(
      "it ends with revision \(last) of another history than the database has now, which was restored from a backup, it seems")
  }

  /// The next revisions, as far as they are to be exported, and where the page ends.
  func page(_ sql: any SQLConnection, after id: Int64, _ context: Context) throws -> (changes: [Change], end: Int64) {
    let records = try ConfigQueries.changes(sql, after: id, limit: 200)
    let mask = try ConfigurationMask(context, sql)
    let changes = try records.filter { rights.allows(.view, network: $0.revision.networkID) }.map { record in
      let revision = record.revision
      let text = try Blobs.get(sql, revision.content)
      return Change(record: record, text: hasSecrets ? text : try mask.masked(text, device: revision.deviceID, in: sql))
    }
    return (changes, records.last?.revision.id ?? id)
  }

  /// The commit, as `git fast-import` reads it.
  /// - Parameter continuing: it follows what was there before.
  func commit(_ change: Change, continuing: Bool) -> String {
    let record = change.record
    let revision = record.revision
    let date = "\(revision.time.milliseconds / 1000) +0000"
    let author = "\(Self.identity(record.user ?? "netjob")) <\(Self.identity(record.mail ?? ""))> \(date)"
    var message =
      revision.revision == 1
      ? "\(revision.device): \(revision.kind.rawValue) configuration"
      : "\(revision.device): \(revision.kind.rawValue) configuration changed (+\(revision.added) -\(revision.removed))"
    message += "\n\nRevision \(revision.revision)"
    if let network = record.network { message += " in network \(network)" }
    if let execution = revision.executionID {
      message += record.job.map { ", stored by job \($0), execution \(execution)" } ?? ", stored by execution \(execution)"
    }
    message += ".\n\n\(Self.trailer): \(scope) revision=\(revision.id)\n"
    return "commit \(GitRepository.branch)\nauthor \(author)\ncommitter netjob <> \(date)\n" + Self.data(message)
      + (continuing ? "from \(GitRepository.branch)^0\n" : "")
      // Names of devices are letters, digits, dots and dashes, and begin with a letter or digit.
      + "M 100644 inline \(revision.kind.rawValue)/\(revision.device).cfg\n" + Self.data(change.text) + "\n"
  }

  private static func data(_ text: String) -> String { "data \(text.utf8.count)\n\(text)\n" }

  /// What git takes for a name or an address: one line without angle brackets.
  private static func identity(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value > 0x1F && $0.value != 0x7F && $0 != "<" && $0 != ">" }))
  }
}
