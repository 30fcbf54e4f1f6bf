package import Arguments
package import DeviceCLI
private import JobModel
package import JobRunner
private import Scheduling
package import Storage
internal import Synchronization
private import Terminal

/// The logs of the sessions of a command: on standard error with --verbose, in files with --log-dir.
package final class SessionLogs: SessionWatcher {
  package static let folder = Option<String>(
    "log-dir", valueName: "DIR",
    help: "write what is sent to and received from each device to a file in this folder, secrets masked", completion: .directory)

  /// For the discussions of commands that write them.
  package static let about = """
    With --verbose it writes to standard error what it sends to and receives from each device; with --log-dir to a file for each \
    session instead, which only its owner can read. Secrets are masked, control characters escaped.
    """

  private let context: Context
  private let folder: LogFolder?
  private let writer: BackgroundWriter
  /// The networks whose devices the caller may see; nil is all.
  private let networks: Set<Int64>?
  private let hasComplained = Atomic<Bool>(false)

  /// What the command line asks for.
  /// - Returns: nil when it asks for none.
  /// - Throws: when the folder cannot be used, or the caller may not name one.
  package static func make(_ context: Context, folder path: String?) throws -> SessionLogs? {
    if let path, context.caller.isDelegated {
      throw ModelError(
        .notPermitted, "--log-dir '\(TextRule.quoted(path))' is refused: through sudo, netjob writes no files for its caller",
        hint: "use --verbose and redirect standard error: 2> FILE")
    }
    guard path != nil || context.isVerbose else { return nil }
    return try SessionLogs(context, folder: path.map { try LogFolder($0) })
  }

  private init(_ context: Context, folder: LogFolder?) throws {
    self.context = context
    self.folder = folder
    writer = try BackgroundWriter()
    if context.caller.ownsDatabase && !context.caller.isDelegated {
      networks = nil
    } else {
      networks = try context.store.read { sql in
        let rights = try AccountQueries.rights(sql, of: context.caller.name)
        return Set(try NetworkQueries.all(sql).map(\.id).filter { context.maySee($0, rights) })
      }
    }
  }

  package func watch(_ device: DeviceRecord, _ platform: Platform, execution: Int64?) -> (any SessionWatch)? {
    if let networks, !networks.contains(device.networkID) { return nil }
    let sink = folder == nil ? errorSink(device) : fileSink(device, execution)
    return SessionLog(
      platform: platform,
      write: { [context] line in sink(context.clock().rfc3339 + " " + device.name + " " + line) }, finish: {})
  }

  /// Waits until all is written, but not for a reader who does not read.
  package func finish() async { await writer.finish() }

  private func errorSink(_ device: DeviceRecord) -> @Sendable (String) -> Void {
    { [context, writer] line in
      writer.submit(byteCount: line.utf8.count) { dropped in
        if dropped > 0 { context.errors.writeLine("... \(dropped) lines of session logs were dropped: the reader is too slow") }
        context.errors.writeLine(line)
      }
    }
  }

  private func fileSink(_ device: DeviceRecord, _ execution: Int64?) -> @Sendable (String) -> Void {
    let time = context.clock().rfc3339.prefix(19).filter { $0 != "-" && $0 != ":" }
    let name = (execution.map(String.init) ?? "test-" + time) + "-" + device.name
    let file = LazyFile(name)
    return { [self] line in
      writer.submit(byteCount: line.utf8.count) { [self] dropped in
        guard let folder else { return }
        do throws(TerminalError) {
          let file = try file.opened(in: folder)
          if dropped > 0 { try file.writeLine("... \(dropped) lines of session logs were dropped: the disk is too slow") }
          try file.writeLine(line)
        } catch {
          complain(error)
        }
      }
    }
  }

  /// Once: the next file meets the same full disk.
  private func complain(_ error: TerminalError) {
    if !hasComplained.exchange(true, ordering: .relaxed) { context.warn("session log: \(error.message)") }
  }
}

/// A file that is made when its first line comes. Used by one thread.
private final class LazyFile: @unchecked Sendable {
  // Unchecked: only the background writer's thread touches it, one call after the other.
  private let name: String
  private var file: LogFile?

  init(_ name: String) { self.name = name }

  func opened(in folder: LogFolder) throws(TerminalError) -> LogFile {
    if let file { return file }
    let made = try folder.makeFile(name)
    file = made
    return made
  }
}
