internal import DeviceCLI
private import JobModel
internal import Storage

extension DeviceWork {
  /// What a device answers to the question for its neighbours by one protocol.
  private struct Answer: Sendable {
    var via: NeighborProtocol
    var sightings: [NeighborSighting]
    /// Why there is none: mostly the protocol does not run there.
    var refusal: String?
  }

  func neighbors(_ opened: OpenedDevice, _ commands: [NeighborCommand]) async throws -> DeviceFinding {
    var answers: [Answer] = []
    var transcript = ""
    var down: [String] = []
    for item in commands {
      let result = try await opened.session.read(item.command, in: item.mode)
      transcript += "$ \(item.command)\n" + clean(result.output, opened)
      if transcript.utf8.last != 0x0A { transcript += "\n" }
      if let refusal = result.refusal {
        answers.append(Answer(via: item.via, sightings: [], refusal: clean(refusal, opened)))
        continue
      }
      let told = item.neighbors(in: result.output)
      // A session that is configured and does not stand is nobody's neighbour.
      down += told.filter(Self.isDown).map { $0.fields[.address] ?? $0.fields[.interface] ?? "" }
      let found = told.filter { !Self.isDown($0) }.map(Self.sighting)
      // Some platforms need two commands for one protocol, such as one per address family.
      if let index = answers.firstIndex(where: { $0.via == item.via && $0.refusal == nil }) {
        answers[index].sightings += found
      } else {
        answers.append(Answer(via: item.via, sightings: found))
      }
    }
    let read = Set(answers.filter { $0.refusal == nil }.map(\.via))
    answers.removeAll { $0.refusal != nil && read.contains($0.via) }
    let device = part.device
    if read.isEmpty {
      let reasons = answers.map { "\($0.via.rawValue): \($0.refusal ?? "")" }.joined(separator: "; ")
      return .outcome(
        DeviceOutcome(status: .failed, error: "the device answered none of the commands: \(reasons)", output: transcript))
    }
    return .reading { [claim, answers, transcript, down] change in
      var words: [String] = []
      var isChanged = false
      for answer in answers {
        if let refusal = answer.refusal {
          // What was known stays as it is: it was not looked at.
          words.append("\(answer.via.rawValue): not read (\(refusal))")
          continue
        }
        let count = try change.noteNeighbors(
          claim, deviceID: device.id, protocolName: answer.via.rawValue, answer.sightings)
        if count.new + count.gone > 0 { isChanged = true }
        let news = [(count.new, "new"), (count.gone, "gone")].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        words.append("\(answer.via.rawValue) \(count.total)" + (news.isEmpty ? "" : " (\(news.joined(separator: ", ")))"))
        if answer.via == .bgp, !down.isEmpty {
          words.append(
            "not established: \(down.prefix(5).joined(separator: ", "))" + (down.count > 5 ? " and \(down.count - 5) more" : ""))
        }
      }
      return DeviceOutcome(
        status: .succeeded, changed: isChanged, summary: words.joined(separator: "; "), output: transcript)
    }
  }

  /// Whether it is a BGP session that is not established (RFC 4271 section 8.2.2).
  private static func isDown(_ neighbor: Neighbor) -> Bool {
    guard neighbor.via == .bgp, let state = neighbor.fields[.state]?.lowercased() else { return false }
    return ["idle", "connect", "active", "opensent", "openconfirm"].contains { state.hasPrefix($0) }
  }

  private static func sighting(_ neighbor: Neighbor) -> NeighborSighting {
    // A name or description is a line of the device's own; it needs no more room than this.
    func text(_ field: NeighborField) -> String? { neighbor.fields[field].map { String($0.prefix(255)) } }
    var sighting = NeighborSighting()
    sighting.localInterface = text(.interface)
    sighting.name = text(.name)
    sighting.neighborInterface = text(.port)
    sighting.address = text(.address)
    sighting.mac = text(.mac)
    sighting.platform = text(.platform)
    sighting.capabilities = text(.capabilities)
    sighting.routerID = text(.router)
    sighting.asn = text(.asn)
    sighting.vlan = text(.vlan)
    sighting.state = text(.state)
    // Many show how many prefixes have come in place of the state.
    if neighbor.via == .bgp, let state = sighting.state, state.allSatisfy(\.isNumber) { sighting.state = "Established" }
    return sighting
  }
}
