import DeviceCLI
import Glibc
import Synchronization
import Transports

/// `Soak COUNT CONCURRENCY KIND=PORT...`: so many sessions with devices on loopback, the kinds in turn, and what the process
/// holds as it goes: sessions done, descriptors, threads, resident kilobytes. Each line stands for a moment without sessions.
///
/// A kind whose name begins with `good` must give its configuration, `other-key` gets the wrong pin, every other must fail.
@main
enum Soak {
  static func main() async throws {
    let words = CommandLine.arguments.dropFirst()
    guard words.count > 2, let count = Int(words[1]), let concurrency = Int(words[2]), count > 0, concurrency > 0 else {
      print("usage: Soak COUNT CONCURRENCY KIND=PORT...")
      exit(2)
    }
    let devices = words.dropFirst(2).compactMap { word -> (kind: String, port: UInt16)? in
      let parts = word.split(separator: "=")
      guard parts.count == 2, let port = UInt16(parts[1]) else { return nil }
      return (String(parts[0]), port)
    }
    let connector = try SSHConnector()
    let platform = try PlatformCatalog().platform(named: "frr")
    let budget = OutputBudget()
    var surprises = 0
    var done = 0
    // In ten parts: between them nothing is under way, so that what is still held has been left behind.
    for part in 0..<10 {
      let size = count * (part + 1) / 10 - count * part / 10
      let start = done
      surprises += await withTaskGroup(of: Bool.self) { group in
        var surprises = 0
        for index in 0..<size {
          if index >= concurrency, await group.next() == false { surprises += 1 }
          let device = devices[(start + index) % devices.count]
          group.addTask {
            let isGood = await session(device.kind, device.port, connector, platform, budget)
            let isExpected = isGood == device.kind.hasPrefix("good")
            if !isExpected { print("surprise: \(device.kind) \(isGood ? "succeeded" : "failed")") }
            return isExpected
          }
        }
        for await isExpected in group where !isExpected { surprises += 1 }
        return surprises
      }
      done += size
      let held = await settled()
      print(done, held.descriptors, held.threads, held.kilobytes)
    }
    exit(surprises == 0 ? 0 : 1)
  }

  /// - Returns: whether the device gave its configuration.
  private static func session(
    _ kind: String, _ port: UInt16, _ connector: SSHConnector, _ platform: Platform, _ budget: OutputBudget
  ) async -> Bool {
    var options = SSHConnection.Options()
    if kind == "other-key" { options.hostKeyPin = HostKeyPin(algorithm: "ssh-ed25519", fingerprint: "SHA256:another") }
    // Brief where the device is silent anyway, long where a busy machine must not make it fail.
    let patience: Duration = kind.hasPrefix("good") ? .seconds(30) : .milliseconds(700)
    let deadlines = SessionDeadlines(connect: .seconds(30), login: kind == "silent" ? patience : .seconds(30))
    let request = ConnectionRequest(
      endpoint: Endpoint(host: "127.0.0.1", port: port),
      credentials: [LoginCredential(user: "lab", password: "lab", privateKey: nil)], options: options, deadlines: deadlines,
      verifier: { _ in })
    guard let shell = try? await connector.connect(request) else { return false }
    var sessionOptions = SessionOptions()
    sessionOptions.loginTimeout = patience
    sessionOptions.commandTimeout = patience
    sessionOptions.outputByteLimit = 256 * 1024
    sessionOptions.budget = budget
    guard let session = try? await DeviceSession.open(shell.channel, platform: platform, options: sessionOptions) else {
      await shell.channel.close()
      return false
    }
    // As much as a configuration, but with the deadline of the test.
    let result = try? await session.run("show running-config", timeout: patience)
    await session.close()
    return result?.output.hasSuffix("\nend\n") == true
  }

  private struct Held {
    var descriptors: Int
    var threads: Int
    var kilobytes: Int
  }

  /// What the process holds, once it no longer gets less: an actor that was dropped ends a turn of its loop later.
  private static func settled() async -> Held {
    var last = held()
    for _ in 0..<50 {
      try? await Task.sleep(for: .milliseconds(20))
      let now = held()
      if now.descriptors >= last.descriptors { return now }
      last = now
    }
    return last
  }

  private static func held() -> Held {
    var kilobytes = 0
    if let file = fopen("/proc/self/statm", "re") {
      var size = 0
      var resident = 0
      _ = withUnsafeMutablePointer(to: &size) { size in
        withUnsafeMutablePointer(to: &resident) { resident in
          withVaList([size, resident]) { vfscanf(file, "%ld %ld", $0) }
        }
      }
      fclose(file)
      kilobytes = resident * sysconf(Int32(_SC_PAGESIZE)) / 1024
    }
    return Held(descriptors: count("/proc/self/fd"), threads: count("/proc/self/task"), kilobytes: kilobytes)
  }

  private static func count(_ path: String) -> Int {
    guard let folder = opendir(path) else { return -1 }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    return count
  }
}
