/// What `ssh` tells in its log at level DEBUG2, line by line.
///
/// The log is ssh's own, what a server says in it is escaped: its banner goes elsewhere.
struct OpenSSHLog {
  private(set) var isResolved = false
  private(set) var isConnected = false
  /// The type and fingerprint of the first host key; never replaced.
  private(set) var hostKey: (algorithm: String, fingerprint: String)?
  private(set) var isAuthenticated = false
  private(set) var isInShell = false
  private(set) var refusesTerminal = false
  private(set) var refusesShell = false
  private(set) var serverIdentification: String?
  /// The keys that it offered, each as `PATH-OR-COMMENT TYPE FINGERPRINT...`.
  private(set) var offeredKeys: [String] = []
  /// How many of them the agent holds.
  private(set) var offeredAgentKeyCount = 0
  /// How many methods were accepted with more factors to come.
  private(set) var partialSuccessCount = 0
  /// The first line of a server that speaks no SSH, or has words before its identification; safe to print.
  private(set) var greeting: String?
  /// Why a private key stayed closed, as the end of a sentence about it.
  private(set) var passphraseTrouble: String?
  /// A program of the configuration connects, and says nothing of how far it is.
  private(set) var usesProxyCommand = false
  /// The methods that the server last offered.
  private(set) var offeredMethods: [String] = []
  /// What ssh itself offers.
  private(set) var ownOffer: [AlgorithmCategory: [String]] = [:]
  private var isInOwnOffer = false
  /// What ssh complained of, the last lines, safe to print.
  private(set) var complaints: [String] = []
  private var partial: [UInt8] = []

  private static let maximumLineByteCount = 4096
  private static let maximumComplaintCount = 12

  /// Takes the next bytes.
  mutating func append(_ bytes: some Sequence<UInt8>) {
    for byte in bytes {
      if byte == 0x0A {
        take(partial)
        partial.removeAll(keepingCapacity: true)
      } else if partial.count < Self.maximumLineByteCount {
        partial.append(byte)
      }
    }
  }

  private mutating func take(_ bytes: [UInt8]) {
    let line = String(decoding: bytes.last == 0x0D ? bytes.dropLast() : bytes[...], as: UTF8.self)
    if let text = Self.rest(of: line, after: "debug1: ") {
      takeDetail(text)
    } else if let text = Self.rest(of: line, after: "debug2: ") {
      if text.hasPrefix("shell request accepted") { isInShell = true }
      if text.hasPrefix("bad passphrase given") { passphraseTrouble = "its passphrase is wrong" }
      if text.hasPrefix("no passphrase given") { passphraseTrouble = passphraseTrouble ?? "it needs a passphrase" }
      takeOffer(text)
    } else if line.hasPrefix("Authenticated to ") {
      isAuthenticated = true
    } else if line.hasPrefix("Authenticated using ") {
      partialSuccessCount += 1
    } else if line.hasPrefix("OpenSSH_")
      || line.hasPrefix("Warning: Permanently added ") || line.hasPrefix("Transferred: sent ")
      || line.hasPrefix("Bytes per second: sent ") || line.isEmpty
    {
      // The version; that /dev/null got the host key; the figures of its end.
    } else {
      refusesTerminal = refusesTerminal || line.hasPrefix("PTY allocation request failed")
      refusesShell = refusesShell || line.hasPrefix("shell request failed")
      complaints.append(PrintableBytes(line.utf8, limit: 300).description)
      if complaints.count > Self.maximumComplaintCount { complaints.removeFirst() }
    }
  }

  private mutating func takeOffer(_ text: Substring) {
    if text.hasSuffix(" KEXINIT proposal") {
      isInOwnOffer = text.hasPrefix("local ")
    } else if isInOwnOffer {
      for (category, words) in [
        (AlgorithmCategory.keyExchange, "KEX algorithms: "), (.hostKey, "host key algorithms: "), (.cipher, "ciphers ctos: "),
        (.mac, "MACs ctos: "),
      ] {
        guard let rest = Self.rest(of: text, after: words) else { continue }
        let names = rest.split(separator: ",").map { PrintableBytes($0.utf8, limit: 80).description }
        ownOffer[category] = names.filter { !AlgorithmPolicy.isMarker($0) }
      }
    }
  }

  private mutating func takeDetail(_ text: Substring) {
    if text.hasPrefix("Connecting to ") {
      isResolved = true
    } else if text.hasPrefix("Executing proxy command: ") {
      isResolved = true
      usesProxyCommand = true
    } else if greeting == nil, let line = Self.rest(of: text, after: "kex_exchange_identification: banner line 0: ") {
      greeting = PrintableBytes(line.utf8, limit: 40).description
    } else if let key = Self.rest(of: text, after: "Offering public key: ") {
      offeredKeys.append(PrintableBytes(key.utf8, limit: 300).description)
      if key.hasSuffix(" agent") { offeredAgentKeyCount += 1 }
    } else if text.hasPrefix("Connection established") {
      isResolved = true
      isConnected = true
    } else if let rest = Self.rest(of: text, after: "Server host key: ") {
      let words = rest.split(separator: " ")
      guard hostKey == nil, words.count >= 2 else { return }
      hostKey = (PrintableBytes(words[0].utf8).description, PrintableBytes(words[1].utf8).description)
    } else if let rest = Self.rest(of: text, after: "Remote protocol version ") {
      let parts = rest.split(separator: ",", maxSplits: 1)
      guard let software = parts.last.flatMap({ Self.rest(of: $0, after: " remote software version ") }) else { return }
      serverIdentification = PrintableBytes("SSH-\(parts[0])-\(software)".utf8, limit: 255).description
      isConnected = true
    } else if let rest = Self.rest(of: text, after: "Authentications that can continue: ") {
      offeredMethods = rest.split(separator: ",").map { PrintableBytes($0.utf8, limit: 60).description }
    } else if text.hasPrefix("Authentication succeeded") || text.hasPrefix("Entering interactive session") {
      isAuthenticated = true
    }
  }

  private static func rest(of text: some StringProtocol, after prefix: String) -> Substring? {
    text.hasPrefix(prefix) ? Substring(text.dropFirst(prefix.count)) : nil
  }
}
