import Glibc
import Testing

@testable import Transports

extension LiveTests {
  @Suite struct ScaleTests {
    private static func count(_ path: String) -> Int {
      guard let folder = opendir(path) else { return 0 }
      defer { closedir(folder) }
      var count = 0
      while readdir(folder) != nil { count += 1 }
      return count
    }

    private static var descriptorCount: Int { count("/proc/self/fd") }
    private static var threadCount: Int { count("/proc/self/task") }

    @Test func aHundredSessionsAtOnceOnOneThread() async throws {
      let server = try SSHServerFixture(.dropbear)
      let credential = try server.credential(password: SSHServerFixture.password)
      let connector = try SSHConnector(loopCount: 1)
      let deadlines = SessionDeadlines(connect: .seconds(20), login: .seconds(20))
      try await withThrowingTaskGroup(of: ConnectedShell.self) { group in
        for _ in 0..<100 {
          group.addTask {
            try await connector.connect(
              ConnectionRequest(
                endpoint: server.endpoint, credentials: [credential], deadlines: deadlines, verifier: LiveTests.anyKey)
            )
          }
        }
        var channels: [any ByteChannel] = []
        for try await session in group { channels.append(session.channel) }
        #expect(channels.count == 100)
        for (index, channel) in channels.enumerated() {
          try await channel.write(Array("echo $((\(index)+1000000))\r".utf8), deadline: .now + .seconds(5))
        }
        for (index, channel) in channels.enumerated() {
          #expect(try await LiveTests.read(channel, until: "\(index + 1_000_000)").contains("\(index + 1_000_000)"))
          await channel.close()
        }
      }
    }

    @Test func waitingDevicesTakeNoThreads() async throws {
      let silent = try LoopbackListener { _ in true }
      let loop = try EventLoop()
      let before = Self.threadCount
      let tasks = (0..<200).map { _ in
        Task { try await HostKeyScan.hostKey(of: silent.endpoint, deadlines: SessionDeadlines(login: .seconds(60)), on: loop) }
      }
      // The pool still runs other tasks while all of them wait.
      for _ in 0..<200 { await Task { await Task.yield() }.value }
      try await Task.sleep(for: .milliseconds(200))
      // The pool may have grown to a thread per core by now, and no further.
      #expect(Self.threadCount <= before + sysconf(Int32(_SC_NPROCESSORS_ONLN)) + 2)
      for task in tasks { task.cancel() }
      for task in tasks { await #expect(throws: CancellationError.self) { try await task.value } }
    }

    @Test func twoHundredConnectionsLeaveNoDescriptorBehind() async throws {
      let server = try SSHServerFixture(.dropbear)
      let refusing = try LoopbackListener { _ in false }
      let good = try server.credential(password: SSHServerFixture.password)
      let deadlines = SessionDeadlines(connect: .seconds(20), login: .seconds(20))
      func cycle(_ index: Int, _ connector: SSHConnector) async {
        let isRefused = index % 4 == 3
        let session = try? await connector.connect(
          ConnectionRequest(
            endpoint: isRefused ? refusing.endpoint : server.endpoint, credentials: [good], deadlines: deadlines,
            verifier: { _ in if index % 4 == 2 { throw CancellationError() } }))
        #expect((session != nil) == (index % 4 < 2))
        // Half of the sessions are dropped instead of closed.
        if index % 4 == 0 { await session?.channel.close() }
      }
      let connector = try SSHConnector()
      await cycle(0, connector)
      let before = Self.descriptorCount
      await withTaskGroup(of: Void.self) { group in
        for index in 0..<200 {
          if index >= 8 { await group.next() }
          group.addTask { await cycle(index, connector) }
        }
      }
      // A dropped actor ends when its loop lets go of it: one turn of the loop later.
      for _ in 0..<100 where Self.descriptorCount > before { try await Task.sleep(for: .milliseconds(10)) }
      #expect(Self.descriptorCount <= before)
    }

    @Test func aLoopTakesItsThreadAndDescriptorsWithIt() async throws {
      let descriptors = Self.descriptorCount
      for _ in 0..<20 {
        let loop = try EventLoop()
        await #expect(throws: TransportError(.timedOut, "timed out")) {
          try await loop.waitForSignal(until: .now + .milliseconds(1)) { _ in }
        }
      }
      #expect(Self.descriptorCount <= descriptors)
    }
  }
}
