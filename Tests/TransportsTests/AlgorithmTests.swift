import Testing

@testable import Transports

struct AlgorithmTests {
  private static func string(_ bytes: [UInt8]) -> [UInt8] {
    let count = UInt32(bytes.count)
    return [UInt8(count >> 24), UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255)] + bytes
  }

  private static func greeting(_ lists: [String], before: String = "") -> [UInt8] {
    var payload: [UInt8] = [20] + [UInt8](repeating: 9, count: 16)
    for list in lists { payload += string(Array(list.utf8)) }
    payload += [0, 0, 0, 0, 0]
    let padding = [UInt8](repeating: 0, count: 4)
    return Array((before + "SSH-2.0-x\r\n").utf8) + string([4] + payload + padding)
  }

  private static let lists = [
    "curve25519-sha256,ext-info-s", "ssh-ed25519,ssh-rsa", "aes128-ctr", "aes256-ctr", "hmac-sha2-256", "hmac-sha1", "none",
    "none", "", "",
  ]

  private static func offer(_ lists: [String]) throws -> AlgorithmOffer {
    guard case .offer(let offer) = AlgorithmOffer.read(greeting(lists)) else {
      throw ChildProcess.Failure(description: "not read")
    }
    return offer
  }

  @Test(arguments: ["", "welcome\r\n\r\nhello\n"]) func readsAnOffer(_ before: String) {
    guard case .offer(let offer) = AlgorithmOffer.read(Self.greeting(Self.lists, before: before)) else {
      Issue.record("not read")
      return
    }
    #expect(offer.algorithms(.keyExchange) == ["curve25519-sha256"])
    #expect(offer.algorithms(.hostKey) == ["ssh-ed25519", "ssh-rsa"])
    #expect(offer.algorithms(.cipher) == ["aes128-ctr", "aes256-ctr"])
    #expect(offer.directions(.mac) == [["hmac-sha2-256"], ["hmac-sha1"]])
  }

  @Test func aCutOfferIsIncomplete() {
    let whole = Self.greeting(Self.lists)
    for count in 0..<whole.count { #expect(AlgorithmOffer.read(Array(whole.prefix(count))) == .incomplete) }
  }

  @Test func anyBytesAreSurvived() {
    let whole = Self.greeting(Self.lists)
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = [0, 1, 10, 127, 255].randomElement(using: &generator) ?? 0
      }
      _ = AlgorithmOffer.read(Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator))))
    }
  }

  private static func policy(legacy: Bool = false, pin: String? = nil) -> AlgorithmPolicy {
    // As libssh2 1.10, whatever is linked.
    AlgorithmPolicy(allowsLegacy: legacy, pinnedKeyType: pin) { name, _ in
      !["gcm", "chacha20", "etm", "rsa-sha2", "mlkem"].contains { name.contains($0) }
    }
  }

  @Test func weakAlgorithmsAreOffUnlessLegacy() {
    let weak = ["sha1", "cbc", "dss", "ssh-rsa", "md5", "arcfour", "group1-"]
    for category in AlgorithmCategory.allCases {
      let modern = Self.policy().algorithms(category)
      #expect(!modern.isEmpty)
      for name in modern { #expect(!weak.contains { name.contains($0) }) }
      let legacy = Self.policy(legacy: true).algorithms(category)
      #expect(legacy.starts(with: modern))
      #expect(legacy.count > modern.count)
    }
  }

  @Test(arguments: [
    ("ssh-ed25519", false, ["ssh-ed25519"]), ("ecdsa-sha2-nistp384", false, ["ecdsa-sha2-nistp384"]), ("ssh-rsa", false, []),
    ("ssh-rsa", true, ["ssh-rsa"]), ("ssh-unheard-of", true, []),
  ])
  func aPinAllowsItsOwnTypeOnly(_ pin: String, _ legacy: Bool, _ names: [String]) {
    #expect(Self.policy(legacy: legacy, pin: pin).algorithms(.hostKey) == names)
  }

  @Test func agreementIsNoDisagreement() throws {
    let offer = try Self.offer(Self.lists)
    #expect(Self.policy(legacy: true).disagreement(with: offer, at: Endpoint(host: "r1")) == nil)
  }

  @Test func oneDirectionIsEnoughToDisagree() throws {
    let disagreement = try Self.policy().disagreement(with: Self.offer(Self.lists), at: Endpoint(host: "r1"))
    #expect(disagreement?.code == .negotiationFailed)
    #expect(
      disagreement?.message
        == "r1:22: no common algorithm for MAC (server: hmac-sha2-256 hmac-sha1; netjob: hmac-sha2-256 hmac-sha2-512)")
  }

  @Test func aHostileNameIsPrintable() throws {
    var lists = Self.lists
    lists[0] = "\u{1B}]0;owned\u{7}"
    let disagreement = try Self.policy(legacy: true).disagreement(with: Self.offer(lists), at: Endpoint(host: "r1"))
    #expect(disagreement?.message.contains("server: \\e]0;owned\\x07") == true)
  }
}
