import JobModel
import Storage
import Synchronization
import Testing

@testable import JobRunner

@Suite struct DiscoverTests {
  private func credential(_ site: Site, _ name: String) throws -> CredentialRecord {
    try site.change(as: "root") { change in
      _ = try change.addCredential(
        name: name, username: "u", secrets: CredentialSecrets(password: "p"), network: nil, priority: 1)
      return try CredentialQueries.find(change.sql, name)
    }
  }

  private final class Counts: Sendable {
    let now = Mutex((atOnce: 0, most: 0, tried: 0))
  }

  /// However many devices ask at once, a wrong credential is refused by few, one after the other.
  @Test func aWrongCredentialIsTriedAtFewDevices() async throws {
    let credential = try credential(try Site(), "old")
    let trials = CredentialTrials(3)
    let counts = Counts()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<40 {
        group.addTask {
          guard await trials.begin(credential) else { return }
          counts.now.withLock { counts in
            counts.atOnce += 1
            counts.most = max(counts.most, counts.atOnce)
            counts.tried += 1
          }
          try? await Task.sleep(for: .milliseconds(2))
          counts.now.withLock { $0.atOnce -= 1 }
          await trials.end(credential, isAccepted: false)
        }
      }
    }
    let (most, tried) = counts.now.withLock { ($0.most, $0.tried) }
    #expect(tried == 3 && most == 1)
    #expect(await trials.suspended == ["old"])
  }

  /// What one device has accepted may be tried at many at once; refusals in between do not add up.
  @Test func aProvenCredentialIsTriedAtManyDevices() async throws {
    let credential = try credential(try Site(), "good")
    let trials = CredentialTrials(3)
    #expect(await trials.begin(credential))
    await trials.end(credential, isAccepted: true)
    for _ in 0..<2 {
      #expect(await trials.begin(credential))
      await trials.end(credential, isAccepted: false)
    }
    #expect(await trials.begin(credential))
    #expect(await trials.begin(credential), "two at once")
    await trials.end(credential, isAccepted: true)
    await trials.end(credential, isAccepted: nil)
    #expect(await trials.begin(credential))
    #expect(await trials.suspended.isEmpty)
  }

  @Test(arguments: [
    (["ranges": "10.0.0.0/8"], "too many addresses"), (["ranges": ","], "names no address"),
    (["ranges": "10.0.0.1", "ports": "22,0"], "'0' is no port"),
    (["ranges": "10.0.0.1", "ports": "22,22"], "names a port twice"),
    (["ranges": "10.0.0.0/16", "ports": "22,2222"], "too many addresses"), ([:], "ranges"),
    (["ranges": "10.0.0.1", "rate": "0"], "rate"),
    (["ranges": "10.0.0.1", "exclude": "x"], "parameter 'exclude': 'x' is no address"),
    (["ranges": "10.0.0.1", "speed": "1"], "speed"),
  ]) func mistakes(_ parameters: [String: String], _ words: String) {
    let error = #expect(throws: ModelError.self) { try DiscoverJob(parameters) }
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test func thePaceHolds() async throws {
    let pacer = DiscoveryPacer(200)
    let began = ContinuousClock.now
    for _ in 0..<21 { try await pacer.wait() }
    #expect(ContinuousClock.now - began >= .milliseconds(100))
  }
}
