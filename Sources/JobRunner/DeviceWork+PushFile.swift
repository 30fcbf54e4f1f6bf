internal import DeviceCLI
internal import JobModel
internal import Storage
internal import ToolCatalog
internal import Transports

extension DeviceWork {
  /// Does what netjob itself can do for a tool.
  func run(
    _ task: BuiltInTask, until deadline: ContinuousClock.Instant, progress: ChangeProgress, _ activity: DeviceActivity
  ) async throws -> DeviceOutcome {
    switch task.kind {
    case .pushFile:
      guard let file = task.file, let copy = task.tool.copy else {
        throw ModelError(.invalid, "the job has no file that is pinned")
      }
      return try await FilePush(
        work: self, copy: copy, file: file, replaces: task.tool.values["replace"] == "true",
        way: task.tool.values["protocol"].flatMap(CopyProtocol.init), timeout: task.tool.timeout, secrets: task.tool.secrets,
        session: nil, deadline: deadline, progress: progress, activity: activity
      ).run()
    case .portScan: return try await scanPorts(task, activity)
    case .dnsLookup: return try await lookUp(task.tool.values, activity)
    case .snmpSystemInfo: return try await askSystem(task.tool.values, activity)
    }
  }
}

/// The way of one file to one device: looked at before, copied under another name, checked, renamed.
///
/// Whatever round is cut short by a lost connection is begun again; each looks first at what is there.
final class FilePush {
  /// Nothing is gained by another round.
  private struct Failed: Error {
    let why: String
  }

  /// So many connections in a row may be lost without a byte more having arrived.
  private static let patience = 5
  private static let pieceByteCount = 256 * 1024

  private let work: DeviceWork
  private let copy: RenderedCopy
  private let file: PushedFile
  private let replaces: Bool
  private let way: CopyProtocol?
  private let timeout: Duration?
  private let secrets: [String]
  private let session: OpenedDevice?
  private let deadline: ContinuousClock.Instant
  private let progress: ChangeProgress
  private let activity: DeviceActivity

  private var transcript = ""
  private var isAnnounced = false
  private var isRenaming = false
  /// How many bytes had arrived when the last connection was lost.
  private var arrivedByteCount = 0
  private var lossCount = 0
  /// What is left on the device when it fails.
  private var remainder = "nothing was written"
  /// How the content was compared.
  private var proof = ""

  /// - Parameters:
  ///   - replaces: whether it takes the place of a file with another content.
  ///   - way: the only one to be tried.
  ///   - timeout: for each command that is typed.
  ///   - secrets: of the job.
  ///   - session: where commands are typed; nil opens one for each.
  init(
    work: DeviceWork, copy: RenderedCopy, file: PushedFile, replaces: Bool, way: CopyProtocol? = nil, timeout: Duration?,
    secrets: [String], session: OpenedDevice?, deadline: ContinuousClock.Instant, progress: ChangeProgress,
    activity: DeviceActivity
  ) {
    self.work = work
    self.copy = copy
    self.file = file
    self.replaces = replaces
    self.way = way
    self.timeout = timeout
    self.secrets = secrets
    self.session = session
    self.deadline = deadline
    self.progress = progress
    self.activity = activity
  }

  func run() async throws -> DeviceOutcome {
    do {
      let reader = try await file.open()
      activity.current = "looking at what is there"
      if let outcome = try await lookBefore() { return outcome }
      var ways = copy.protocols
      if let way { ways = [way] }
      var refusals: [String] = []
      for way in ways {
        do {
          return try await deliver(reader, by: way)
        } catch let error as TransportError where error.code == .sessionRefused && !isAnnounced {
          refusals.append(error.message)
          note("\(way.rawValue): \(error.message)")
        }
      }
      return failure("the file could not be copied: \(refusals.joined(separator: "; "))")
    } catch let failed as Failed {
      return failure(failed.why)
    } catch let error as TransportError where error.code == .fileRefused {
      return failure(error.message)
    } catch let stopped as ChangeStopped {
      return failure("stopped (\(stopped.reason.text))")
    } catch let error where isAnnounced && !isRenaming {
      // What is known of the device is told, so that it is not in doubt.
      let isCut = error is CancellationError
      return failure(
        isCut
          ? work.stop.current.map { "stopped: \($0.text)" } ?? "the time for one device ran out"
          : (error as? TransportError)?.message ?? (error as? DeviceError)?.message ?? "\(error)")
    }
  }

  private func note(_ line: String) { transcript += "(\(line))\n" }

  private func failure(_ why: String) -> DeviceOutcome {
    progress.allSent()
    let isTouched = isAnnounced
    return DeviceOutcome(
      status: work.stop.current != nil && !isTouched ? .cancelled : .failed,
      error: work.plan.redactor.redacting("\(why); \(remainder)"), changed: isTouched,
      output: transcript.isEmpty ? nil : work.plan.redactor.redacting(transcript))
  }

  private func success(_ summary: String, isChange: Bool) -> DeviceOutcome {
    progress.allSent()
    note(summary)
    return DeviceOutcome(
      status: .succeeded, changed: isChange, summary: summary, output: work.plan.redactor.redacting(transcript))
  }

  // MARK: The command line

  /// Types one command in a session of its own: one that waited for a large file would have been ended by the device.
  private func ask(_ command: RenderedCopy.Command, _ opened: OpenedDevice) async throws -> String {
    let mode = DeviceWork.mode(command.mode).flatMap { work.part.platform.modes[$0] == nil ? nil : $0 }
    let result = try await opened.session.run(command.text, in: mode, timeout: timeout)
    transcript += "$ \(command.text)\n" + work.clean(result.output, opened)
    if transcript.utf8.last != 0x0A { transcript += "\n" }
    return result.output
  }

  private func withSession<Value>(_ body: (OpenedDevice) async throws -> Value) async throws -> Value {
    if let session { return try await body(session) }
    let opened = try await work.opener.open(
      work.part.device, for: work.claim.id, secrets: secrets, timeout: deadline - .now, activity: nil)
    do {
      let value = try await body(opened)
      await opened.close()
      return value
    } catch {
      await opened.close(because: error)
      throw error
    }
  }

  /// The hash that the device computes of a file; nil where it names none, as of a file that is not there.
  private func hash(_ command: RenderedCopy.Command?, of path: String, _ opened: OpenedDevice) async throws -> String? {
    guard let command, let function = copy.hash else { return nil }
    // A name can hold what looks like a hash.
    let output = try await ask(command, opened).split(separator: "\n").map { $0.replacing(path, with: "") }
    return function.values(in: output.joined(separator: "\n")).last
  }

  /// Asks the device's command line, where it can tell, whether the file is there already and there is room for it.
  /// - Returns: how it ended, where nothing is to be copied.
  private func lookBefore() async throws -> DeviceOutcome? {
    guard copy.checksumOfDestination != nil || copy.space != nil else { return nil }
    return try await withSession { opened in
      if let function = copy.hash, let there = try await hash(copy.checksumOfDestination, of: copy.destination, opened) {
        if there == (try await file.hash(function)) {
          return success("\(copy.destination) is that file already (\(function.rawValue) of the device)", isChange: false)
        }
        try requireReplacing()
      }
      if let space = copy.space, let free = copy.freeByteCount(in: try await ask(space, opened)) {
        try requireSpace(free, for: file.byteCount)
      }
      return nil
    }
  }

  private func requireReplacing() throws {
    if replaces { return }
    throw Failed(why: "\(copy.destination) is there with another content (replace=true puts the file in its place)")
  }

  private func requireSpace(_ free: UInt64, for byteCount: Int) throws {
    guard free < UInt64(byteCount) else { return }
    throw Failed(why: "\(byteCount) bytes are to be written, and \(free) are free")
  }

  // MARK: Rounds

  private func deliver(_ reader: PushedFile.Reader, by way: CopyProtocol) async throws -> DeviceOutcome {
    while true {
      do {
        let connection = try await work.opener.openFiles(work.part.device, timeout: deadline - .now)
        do {
          switch way {
          case .sftp: try await sftpRound(connection, reader)
          case .scp: try await scpRound(connection, reader)
          }
          await connection.close()
        } catch {
          await connection.close()
          throw error
        }
        remainder = ""
        return success("copied \(file.byteCount) bytes by \(way.rawValue) to \(copy.destination), \(proof)", isChange: true)
      } catch let error as AlreadyThere {
        return success(error.summary, isChange: false)
      } catch let error where isAnnounced && Self.isLoss(error) {
        let message = (error as? TransportError)?.message ?? "\(error)"
        note("lost: \(message)")
        lossCount += 1
        if lossCount > Self.patience { throw Failed(why: "\(message), \(lossCount) times without progress") }
        try await pause(.milliseconds(250) * (1 << min(lossCount, 5)))
      }
    }
  }

  private struct AlreadyThere: Error {
    let summary: String
  }

  private static func isLoss(_ error: any Error) -> Bool {
    if let error = error as? TransportError { return [.connectionLost, .timedOut, .unreachable].contains(error.code) }
    return (error as? DeviceError)?.code == .connectionLost
  }

  private func pause(_ duration: Duration) async throws {
    let end = ContinuousClock.now + duration
    while ContinuousClock.now < end {
      try requireGoingOn()
      try await Task.sleep(for: min(.milliseconds(100), end - ContinuousClock.now))
    }
  }

  private func requireGoingOn() throws {
    if let reason = work.stop.current { throw ChangeStopped(reason: reason) }
    try Task.checkCancellation()
  }

  private func announce(_ way: CopyProtocol, to path: String) async throws {
    if isAnnounced { return }
    try await work.announce("copy \(file.name) to \(path) by \(way.rawValue)", progress)
    isAnnounced = true
  }

  /// Notes how far the copy is.
  private func arrived(_ byteCount: Int, at path: String) {
    remainder = byteCount == 0 ? "nothing of it has arrived" : "\(path) holds its first \(byteCount) bytes"
    if byteCount > arrivedByteCount {
      arrivedByteCount = byteCount
      lossCount = 0
    }
    activity.current = "copying, \(file.byteCount == 0 ? 100 : byteCount * 100 / file.byteCount) %"
  }

  /// Sends what is left of the file, piece by piece.
  /// - Parameter note: what else is to be said of a part of it.
  private func send(
    _ reader: PushedFile.Reader, from start: Int, to path: String, _ note: String = "",
    _ write: ([UInt8]) async throws -> Void
  ) async throws {
    var offset = start
    while offset < file.byteCount {
      try requireGoingOn()
      let piece = try reader.read(min(Self.pieceByteCount, file.byteCount - offset), at: offset)
      guard !piece.isEmpty else { throw Failed(why: "the file '\(file.name)' was cut short while it was being copied") }
      try await write(piece)
      offset += piece.count
      arrived(offset, at: path)
      remainder += note
    }
  }

  private func requireUnchanged(_ reader: PushedFile.Reader) throws {
    guard !reader.isUnchanged else { return }
    throw Failed(why: "the file '\(file.name)' was changed while it was being copied")
  }

  // MARK: SFTP

  private func sftpRound(_ connection: SSHConnection, _ reader: PushedFile.Reader) async throws {
    try await connection.openSFTP()
    if let size = try await connection.fileSize(copy.destination) {
      if size == UInt64(file.byteCount), isRenaming || copy.hash == nil {
        if try await isEqual(connection, copy.destination, size, reader) {
          if isRenaming { return try await removeOld(connection) }
          throw AlreadyThere(summary: "\(copy.destination) is that file already (read back by sftp)")
        }
      }
      try requireReplacing()
    }
    var offset = 0
    if let size = try await connection.fileSize(copy.temporary), size > 0, size <= UInt64(file.byteCount) {
      if try await isEqual(connection, copy.temporary, size, reader) {
        offset = Int(size)
        note("\(copy.temporary) holds the first \(size) bytes: going on from there")
      } else {
        note("\(copy.temporary) holds something else: starting again")
      }
    }
    if let free = try await connection.freeSpace(in: copy.folder) { try requireSpace(free, for: file.byteCount - offset) }
    if offset < file.byteCount || file.byteCount == 0 { try await upload(connection, reader, from: offset) }
    guard try await connection.fileSize(copy.temporary) == UInt64(file.byteCount) else {
      throw Failed(why: "the device keeps another number of bytes than were sent")
    }
    try requireUnchanged(reader)
    activity.current = "checking"
    try await verify(
      isEqual: { try await self.isEqual(connection, self.copy.temporary, UInt64(self.file.byteCount), reader) },
      readBack: "read back by sftp", discard: { try await connection.removeFile(self.copy.temporary) })
    try await rename(connection)
  }

  private func upload(_ connection: SSHConnection, _ reader: PushedFile.Reader, from start: Int) async throws {
    try await announce(.sftp, to: copy.temporary)
    arrived(start, at: copy.temporary)
    try await connection.openFile(copy.temporary, for: .writing(truncates: start == 0))
    try await connection.seekFile(to: UInt64(start))
    try await send(reader, from: start, to: copy.temporary) { try await connection.writeFile($0) }
    try await connection.closeFile()
  }

  /// Whether the file on the device begins with, and is not longer than, the first bytes of ours.
  private func isEqual(
    _ connection: SSHConnection, _ path: String, _ size: UInt64, _ reader: PushedFile.Reader
  ) async throws -> Bool {
    try await connection.openFile(path, for: .reading)
    var offset = 0
    while offset < Int(size) {
      try requireGoingOn()
      let there = try await connection.readFile()
      if there.isEmpty { break }
      guard try reader.read(there.count, at: offset) == there else {
        try await connection.closeFile()
        return false
      }
      offset += there.count
    }
    try await connection.closeFile()
    return offset == Int(size)
  }

  /// What is there steps aside under this name.
  private var old: String { "\(copy.destination).netjob-old" }

  /// Also of an earlier round that was cut short.
  private func removeOld(_ connection: SSHConnection) async throws {
    if try await connection.fileSize(old) != nil { try await connection.removeFile(old) }
  }

  private func rename(_ connection: SSHConnection) async throws {
    try await work.announce("rename \(copy.temporary) to \(copy.destination)", progress)
    isRenaming = true
    remainder = "\(copy.temporary) holds the whole file"
    // This version of SFTP renames nothing to a name that is taken; so what is there steps aside until its place is filled.
    let isTaken = try await connection.fileSize(copy.destination) != nil
    if isTaken {
      try await removeOld(connection)
      try await connection.renameFile(copy.destination, to: old)
    }
    do {
      try await connection.renameFile(copy.temporary, to: copy.destination)
    } catch let error as TransportError where error.code == .fileRefused {
      if isTaken { try await connection.renameFile(old, to: copy.destination) }
      isRenaming = false
      throw error
    }
    remainder = "\(copy.destination) holds the whole file"
    try await removeOld(connection)
  }

  // MARK: Check

  /// Compares what arrived by the device's own checksum where it has one, else by reading it back.
  /// - Parameter discard: deletes what is wrong; nil where that cannot be.
  private func verify(
    isEqual: () async throws -> Bool, readBack: String, discard: (() async throws -> Void)?, inPlace: Bool = false
  ) async throws {
    let isRight: Bool
    let command = inPlace ? copy.checksumOfDestination : copy.checksumOfTemporary
    if let function = copy.hash, let command {
      let path = inPlace ? copy.destination : copy.temporary
      let there = try await withSession { opened in try await hash(command, of: path, opened) }
      if let there {
        isRight = there == (try await file.hash(function))
        proof = "checked by the device's \(function.rawValue)"
      } else {
        note("'\(command.text)' shows no \(function.rawValue): the file is \(readBack)")
        isRight = try await isEqual()
        proof = readBack
      }
    } else {
      isRight = try await isEqual()
      proof = readBack
    }
    if isRight { return }
    if let discard {
      try await discard()
      remainder = "what arrived was deleted"
    } else {
      remainder = "\(inPlace ? copy.destination : copy.temporary) holds it and is to be deleted"
    }
    throw Failed(why: "what arrived is not the file that was sent")
  }

  // MARK: SCP

  private func scpRound(_ connection: SSHConnection, _ reader: PushedFile.Reader) async throws {
    let path = copy.rename == nil ? copy.destination : copy.temporary
    if isAnnounced {
      // The answer to a rename may be what was lost.
      if isRenaming, try await isInPlace() { return }
      note("scp cannot go on in the middle of a file: starting again")
    }
    try requireGoingOn()
    if !isAnnounced, copy.checksumOfDestination == nil {
      switch try await readBack(copy.destination, reader) {
      case .same: throw AlreadyThere(summary: "\(copy.destination) is that file already (read back by scp)")
      case .other: try requireReplacing()
      case .absent: break
      }
    }
    try await connection.beginSCP(writing: path, byteCount: file.byteCount)
    try await announce(.scp, to: path)
    let note = copy.rename == nil ? ", and is no file to be used" : ""
    try await send(reader, from: 0, to: path, note) { try await connection.writeSCP($0) }
    try await connection.endSCP()
    try requireUnchanged(reader)
    activity.current = "checking"
    let remove = copy.remove
    try await verify(
      isEqual: { try await self.readBack(path, reader) == .same }, readBack: "read back by scp",
      discard: remove.map { remove in { _ = try await self.withSession { try await self.ask(remove, $0) } } },
      inPlace: copy.rename == nil)
    guard let rename = copy.rename else { return }
    try await work.announce("rename \(path) to \(copy.destination)", progress)
    isRenaming = true
    remainder = "\(path) holds the whole file"
    let answer = try await withSession { try await ask(rename, $0) }
    guard try await isInPlace() else {
      isRenaming = false
      throw Failed(
        why: "it was not renamed to \(copy.destination): \(answer.split(separator: "\n").first ?? "the device gives no reason")")
    }
  }

  private func isInPlace() async throws -> Bool {
    guard let function = copy.hash else { return false }
    let wanted = try await file.hash(function)
    return try await withSession { try await hash(copy.checksumOfDestination, of: copy.destination, $0) } == wanted
  }

  private enum Presence {
    case same, other, absent
  }

  /// Reads a file by scp on a connection of its own.
  private func readBack(_ path: String, _ reader: PushedFile.Reader) async throws -> Presence {
    let connection = try await work.opener.openFiles(work.part.device, timeout: deadline - .now)
    do {
      let size = try await connection.beginSCP(reading: path)
      var offset = 0
      var isSame = size == UInt64(file.byteCount)
      while isSame, offset < file.byteCount {
        try requireGoingOn()
        let piece = try await connection.readSCP().prefix(file.byteCount - offset)
        isSame = try reader.read(piece.count, at: offset) == Array(piece)
        offset += piece.count
      }
      await connection.close()
      return isSame ? .same : .other
    } catch let error as TransportError where error.code == .fileRefused {
      await connection.close()
      return .absent
    } catch {
      await connection.close()
      throw error
    }
  }
}
