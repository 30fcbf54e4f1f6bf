import JobModel
import Scheduling
import Storage
import Testing

@Suite struct NeighborTests {
  private func sighting(_ interface: String, _ name: String, port: String? = nil, state: String? = nil) -> NeighborSighting {
    var sighting = NeighborSighting()
    sighting.localInterface = interface
    sighting.name = name
    sighting.neighborInterface = port
    sighting.state = state
    return sighting
  }

  @Test func firstAndLastSeen() throws {
    let fixture = try Fixture()
    let device = try fixture.addDevice("r1")
    try fixture.addJob("j")
    let claim = try fixture.begin("j")
    func note(_ sightings: [NeighborSighting]) throws -> NeighborCount {
      try fixture.change(as: "ada") {
        try $0.noteNeighbors(claim, deviceID: device.id, protocolName: "lldp", sightings)
      }
    }
    let start = fixture.clock.now
    #expect(try note([sighting("eth1", "r2", port: "eth0"), sighting("eth2", "r3")]) == NeighborCount(total: 2, new: 2, gone: 0))
    fixture.clock.advance(seconds: 60)
    // Another port of the same neighbour is the same neighbour; its name in other letters too.
    #expect(try note([sighting("eth1", "R2", port: "eth7")]) == NeighborCount(total: 1, new: 0, gone: 1))
    fixture.clock.advance(seconds: 60)
    let records = try fixture.read { try NeighborQueries.all($0) }
    #expect(records.map(\.sighting.name) == ["R2", "r3"])
    #expect(records.map(\.isPresent) == [true, false])
    #expect(records.map(\.firstSeen) == [start, start])
    #expect(records.map(\.lastSeen) == [start.adding(seconds: 60), start])
    #expect(records[0].sighting.neighborInterface == "eth7")
    // It comes back: new again, and first seen when it was.
    #expect(try note([sighting("eth1", "r2"), sighting("eth2", "r3")]) == NeighborCount(total: 2, new: 1, gone: 0))
    #expect(try fixture.read { try NeighborQueries.all($0) }.allSatisfy { $0.isPresent && $0.firstSeen == start })
    // Other protocols are none of it.
    _ = try fixture.change(as: "ada") { try $0.noteNeighbors(claim, deviceID: device.id, protocolName: "bgp", []) }
    #expect(try fixture.read { try NeighborQueries.all($0) }.count == 2)
  }

  @Test func aClaimThatWasTakenAwayWritesNothing() throws {
    let fixture = try Fixture()
    let device = try fixture.addDevice("r1")
    try fixture.addJob("j")
    let claim = try fixture.begin("j")
    let stale = ExecutionClaim(id: claim.id, generation: claim.generation + 1)
    #expect(
      refusal {
        _ = try fixture.change(as: "ada") {
          try $0.noteNeighbors(stale, deviceID: device.id, protocolName: "lldp", [sighting("a", "b")])
        }
      } == "conflict")
    #expect(try fixture.read { try NeighborQueries.all($0) }.isEmpty)
  }
}
