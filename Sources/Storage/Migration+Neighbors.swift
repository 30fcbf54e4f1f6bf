extension Migration {
  /// What devices say of their neighbours. `identity` is what makes a neighbour the same one from run to run; a row that the last
  /// reading did not show stays, with `present` 0 and the time at which it was last there.
  static let neighbors = Migration(
    number: 7, name: "neighbors",
    statements: [
      """
      CREATE TABLE neighbor (
        id INTEGER PRIMARY KEY, device_id INTEGER NOT NULL REFERENCES device (id) ON DELETE CASCADE, protocol TEXT NOT NULL,
        identity TEXT NOT NULL, local_interface TEXT, neighbor TEXT, neighbor_interface TEXT, address TEXT, mac TEXT,
        platform TEXT, capabilities TEXT, router_id TEXT, asn TEXT, vlan TEXT, state TEXT,
        present INTEGER NOT NULL DEFAULT 1, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,
        UNIQUE (device_id, protocol, identity)
      ) STRICT
      """
    ])
}
