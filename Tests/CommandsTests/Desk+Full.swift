import Commands
import JobModel
import Storage

extension Desk {
  /// One with everything that can be listed.
  static func full() async throws -> Desk {
    let desk = try await Desk()
    try await desk.done("network add plant --comment the-factory")
    try await desk.done("user add bob --role approver --mail bob@example.net")
    try await desk.done("user add olga --role operator")
    try await desk.done("setting set mail.server smtp://127.0.0.1:1")
    try await desk.done("credential add lab --username admin --network default --password-stdin", input: "secret\n")
    for (name, address) in [
      ("r10", "192.0.2.10"), ("r9", "192.0.2.9"), ("r1", "192.0.2.100"), ("R2", "2001:db8::a"), ("r3", "2001:db8::9"),
    ] {
      try await desk.done(
        "device add \(name) --address \(address) --platform frr --tag edge --comment a-device-with-a-long-comment")
    }
    try await desk.done("device edit r9 --disabled")
    let rule = ["filter", "add", "quiet", "--rule", "window mon 08:00-09:00"]
    guard await desk.run(rule).status == .done else { throw UnexpectedResult(line: "filter", result: await desk.run(rule)) }
    try await desk.done("job create nightly --type backup --all-devices --comment saves-everything", as: "olga")
    try await desk.done("trigger add nightly at-three --daily 1 --at 03:00 --filter quiet", as: "olga")
    try await desk.done(
      "job create route --type tool --tool static-route-add --param prefix=203.0.113.0/24 --param next-hop=192.0.2.1 --device r1",
      as: "olga")
    try await desk.done("approval request route -m please", as: "olga")
    try await desk.done("trap add noc --host 192.0.2.1 --community-stdin", input: "public\n")
    _ = await desk.run(["job", "run", "nightly"], as: "olga")
    let store = try Store(opening: Installation(databasePath: desk.databasePath), clock: { [now = desk.now] in now })
    try store.change(as: Caller(name: "alice", isDelegated: false, ownsDatabase: true)) { change in
      let device = try DeviceQueries.find(change.sql, "r1")
      for (text, added) in [("hostname a\n", 9), ("hostname b\n", 100), ("hostname c\n", 10)] {
        _ = try change.addConfigRevision(
          of: device, .running, text: text, comparable: text, execution: nil, added: added, removed: 0)
      }
      try change.sql.execute(
        """
        INSERT INTO neighbor (device_id, protocol, identity, neighbor, first_seen, last_seen)
        VALUES (?, 'lldp', 'x', 'sw1', 1, 1)
        """, device.id)
      try change.sql.execute(
        """
        INSERT INTO agent (name, path, digest, changes_devices, passes_credential, saved_by, saved_at)
        VALUES ('pdu', '/opt/pdu', ?, 0, 0, 'alice', 1)
        """,
        String(repeating: "0", count: 64))
    }
    return desk
  }
}
