internal import Glibc
internal import JobModel
internal import Scheduling
internal import Storage

/// Fills a database with configurations for the benchmark `configurations`: `Configurations DATABASE DEVICES REVISIONS`.
///
/// Each device gets a configuration of its own, about 20 KB, and each further revision changes some lines of it. The same contents
/// in the same order go to standard output as a stream for `git fast-import`: a commit for each revision. There is a folder for each
/// hundred devices: git stores a folder's list of names anew with each change below it, ten thousand names in one would be most of
/// what it has to store.
@main
enum Configurations {
  static func main() throws {
    let words = CommandLine.arguments
    guard words.count == 4, let devices = Int(words[2]), let revisions = Int(words[3]), devices > 0, revisions > 0 else {
      throw Usage()
    }
    let store = try Store(opening: Installation(databasePath: words[1]), clock: { Timestamp(milliseconds: 1_772_445_600_000) })
    let caller = Caller(name: "root", isDelegated: false, ownsDatabase: true)
    let records = try store.change(as: caller) { change in
      let network = try NetworkQueries.find(change.sql, "default")
      return try (0..<devices).map { number in
        var edit = DeviceEdit()
        edit.address = "10.\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"
        edit.platform = "cisco_ios"
        let id = try change.addDevice(name: "r\(number)", edit, network: network)
        guard let record = try DeviceQueries.get(change.sql, id: id) else { throw Usage() }
        return record
      }
    }
    var texts = (0..<devices).map { text(of: $0) }
    for revision in 1...revisions {
      // As a job's results are stored: some devices to a transaction.
      for start in stride(from: 0, to: devices, by: 100) {
        let part = start..<min(start + 100, devices)
        if revision > 1 { for device in part { edit(&texts[device], device: device, revision: revision) } }
        let contents = part.map { texts[$0].joined(separator: "\n") + "\n" }
        try store.change(as: caller) { change in
          for (device, content) in zip(part, contents) {
            let hash = sha256(content)
            _ = try change.addConfigRevision(
              of: records[device], .running, text: content, hash: hash, comparable: hash, execution: nil, added: 3, removed: 2)
          }
        }
        for (device, content) in zip(part, contents) { try commit(path(of: device), revision, content) }
      }
    }
  }

  /// The lines of a device's first configuration.
  private static func text(of device: Int) -> [String] {
    var lines = [
      "version 15.2", "hostname r\(device)", "enable secret 5 $1$\(mix(device, 1, 1 << 40))$\(mix(device, 2, 1 << 50))",
    ]
    for port in 1...48 {
      lines += [
        "interface GigabitEthernet1/0/\(port)", " description to \(word(device, port)) port \(mix(device, port, 48))",
        " switchport access vlan \(10 + mix(device, port, 200))", " switchport mode access", " spanning-tree portfast",
        " ip address 10.\(mix(device, port, 250)).\(port).1 255.255.255.0", "!",
      ]
    }
    for number in 0..<90 {
      lines.append(
        "access-list 101 permit tcp host 10.1.\(mix(device, number, 250)).\(number) any eq \(1024 + mix(number, device, 40000))")
    }
    for number in 0..<40 { lines.append("ip route 172.16.\(number).0 255.255.255.0 10.9.\(mix(device, number, 250)).1") }
    return lines + ["ntp server 192.0.2.1", "end"]
  }

  /// What is changed in a night: two lines become others, one is added.
  private static func edit(_ lines: inout [String], device: Int, revision: Int) {
    let port = 1 + mix(device, revision, 48)
    let first = 3 + 7 * (port - 1)
    lines[first + 1] = " description to \(word(device, revision * 64 + port)) port \(mix(device, revision, 48))"
    lines[first + 2] = " switchport access vlan \(10 + mix(revision, device, 200))"
    lines.insert("logging host 192.0.\(revision).\(mix(device, revision, 250))", at: lines.count - 1)
  }

  /// Where the benchmark looks for a device's file, too.
  private static func path(of device: Int) -> String { "\(device / 100)/r\(device).cfg" }

  private static func commit(_ path: String, _ revision: Int, _ content: String) throws {
    var text =
      "commit refs/heads/main\ncommitter netjob <netjob@example.net> \(1_772_445_600 + revision) +0000\ndata 0\n"
      + "M 644 inline \(path)\ndata \(content.utf8.count)\n\(content)\n"
    try text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)[...]
      while !rest.isEmpty {
        let count = write(1, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0 { throw Usage() }
        rest = rest.dropFirst(count)
      }
    }
  }

  /// A number below `limit` that looks like chance and is the same each time (splitmix64's finalizer).
  private static func mix(_ one: Int, _ two: Int, _ limit: Int) -> Int {
    var value = UInt64(truncatingIfNeeded: one &* 1_000_003 &+ two &+ 0x9E37) &* 0x9E37_79B9_7F4A_7C15
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return Int((value ^ value >> 31) % UInt64(limit))
  }

  private static func word(_ one: Int, _ two: Int) -> String { "site-" + String(mix(one, two, 1 << 30), radix: 36) }

  private struct Usage: Error {}
}
