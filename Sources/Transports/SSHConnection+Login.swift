import CSSH2
import Glibc

extension SSHConnection {
  private enum Method: String {
    case publicKey
    case agent
    case keyboardInteractive = "keyboard-interactive"
    case password

    /// Its name in RFC 4252.
    var name: String { self == .publicKey || self == .agent ? "publickey" : rawValue }
  }

  private enum Outcome {
    case accepted
    /// `isPartial`: perhaps accepted, with more to come; libssh2 does not tell it from a refused signature.
    case refused(isPartial: Bool)
    /// The private key cannot be used; nothing was sent.
    case unusable(String)
    /// `hasMore`: the method has something left that the server has not seen.
    case connectionLost(hasMore: Bool)
  }

  /// What happened so far.
  private struct Record {
    var attemptCount = 0
    /// The methods that the server last offered, how many attempts before, and whether that was on this connection.
    var offered: [String] = []
    var attemptCountWhenOffered = 0
    var isOfferCurrent = false
    /// How many attempts there were before this connection.
    var attemptCountBefore = 0
    /// The last attempt was accepted perhaps, as the first of several factors.
    var isBehindFactor = false
    /// The offer before a password that was accepted perhaps, likewise: libssh2 calls that a refusal.
    var offeredBeforePassword: [String]?
    /// The connection was lost when it was asked what the server offers.
    var wasLostAsking = false
    /// A server ended the connection when it was asked what it offers behind a first factor: it is not asked again.
    var isMute = false
    /// How many attempts were accepted, with more factors to come.
    var factorCount = 0
    /// How many of the credentials were tried.
    var triedCount = 0
    var notes: [String] = []
    var unusableKey: String?
    var refusedRSAKey = false
    var isCapped = false
    var isLost = false
    /// The server's words for the last end of a connection.
    var goodbye = ""
    /// The keys of the agent that this user was refused with.
    var triedAgentKeys: Set<[UInt8]> = []

    mutating func note(_ text: String) {
      if !notes.contains(text) { notes.append(text) }
    }
  }

  /// Tries the credentials in order. Each takes the methods that the server offers: key, keyboard-interactive, password.
  /// - Throws: `.authenticationFailed`, `.badKey`, and as `perform`.
  func logIn(with credentials: [LoginCredential]) async throws {
    let start = ContinuousClock.now
    let before = timings
    defer {
      let other = timings.total - before.total
      timings.login += (.now - start) - other
    }
    var record = Record()
    var user: String?
    var waiting = credentials.enumerated().map { (index: $0.offset, credential: $0.element) }[...]
    // Those of which the server would take nothing yet: it may, once another one was its first factor.
    var passedOver: [(index: Int, credential: LoginCredential)] = []
    while !record.isCapped, let (index, credential) = waiting.popFirst() {
      if let user, user != credential.user {
        passedOver = []
        record.triedAgentKeys = []
        // A server may end the connection when the user name changes (RFC 4252 section 5).
        guard try await reconnectWithinLimit(&record) else { break }
      }
      user = credential.user
      let (attemptCount, factorCount) = (record.attemptCount, record.factorCount)
      if try await logIn(with: credential, &record) {
        credentialIndex = record.attemptCount > 0 || record.offered.isEmpty == false ? index : nil
        return
      }
      let wasTried = record.attemptCount > attemptCount || record.factorCount > factorCount
      if wasTried || !record.isCapped { record.triedCount = max(record.triedCount, index + 1) }
      if record.isLost { passedOver = [] }
      if record.factorCount > factorCount {
        waiting = passedOver + waiting
        passedOver = []
      } else if !wasTried {
        passedOver.append((index, credential))
      }
      // A password may have been accepted as the first factor, too, which only another question tells.
      if waiting.isEmpty, !record.isLost, record.attemptCount > record.attemptCountWhenOffered {
        waiting = passedOver[...]
        passedOver = []
      }
    }
    throw loginError(record, credentials)
  }

  private func logIn(with credential: LoginCredential, _ record: inout Record) async throws -> Bool {
    var untried: [Method] = []
    if credential.privateKey != nil { untried.append(.publicKey) }
    if credential.usesAgent { untried.append(.agent) }
    if credential.password != nil { untried += [.keyboardInteractive, .password] }
    // Tried on this connection, and accepted perhaps, with more to come.
    var perhapsAccepted: [Method] = []
    if record.isLost {
      guard try await reconnectWithinLimit(&record) else { return false }
    }
    // An offer from before some attempts may be out of date, where one of them was accepted as the first of several factors.
    if !untried.contains(where: { record.offered.contains($0.name) }), record.attemptCount > record.attemptCountWhenOffered {
      record.isOfferCurrent = false
    }
    while true {
      if record.isLost {
        // What the server has not seen, and would take, is no reason to give a credential up.
        let hasMore = untried.contains { record.offered.contains($0.name) }
        guard hasMore || (record.wasLostAsking && !untried.isEmpty && !perhapsAccepted.isEmpty) else { return false }
        guard try await reconnectWithinLimit(&record) else { return false }
        untried = perhapsAccepted + untried
        perhapsAccepted = []
      }
      if !record.isOfferCurrent {
        // Asked for as seldom as possible: but for a connection's first time, servers count it as an attempt.
        switch try await offeredMethods(to: credential.user, &record) {
        case .accepted: return true
        case .connectionLost:
          guard record.attemptCount > record.attemptCountBefore || record.isBehindFactor, !record.isMute else { return false }
          record.isMute = record.isBehindFactor
          record.wasLostAsking = true
          continue
        default: break
        }
        // One that was accepted is none that the account could be locked for.
        if let before = record.offeredBeforePassword, before != record.offered {
          record.attemptCount -= 1
          record.factorCount += 1
          record.attemptCountWhenOffered = record.attemptCount
        }
        record.offeredBeforePassword = nil
        record.isBehindFactor = false
      }
      guard let method = untried.first(where: { record.offered.contains($0.name) }) else { return false }
      untried.removeAll { $0 == method }
      guard record.attemptCount < options.maximumLoginAttempts else {
        record.isCapped = true
        return false
      }
      switch try await attempt(method, credential, &record) {
      case .accepted: return true
      case .connectionLost(let hasMore):
        if hasMore { untried.insert(method, at: 0) }
        forgetPassword(after: method, &untried)
      case .unusable(let reason): if method == .publicKey { record.unusableKey = reason }
      case .refused(let isPartial):
        forgetPassword(after: method, &untried)
        if isPartial {
          perhapsAccepted.append(method)
          record.factorCount += 1
          record.isBehindFactor = true
          record.offeredBeforePassword = nil
        }
        // By keyboard-interactive the same password could count twice.
        if isPartial, record.isMute, let next = [Method.password, .agent].first(where: untried.contains) {
          record.offered = [next.name]
          continue
        }
        // Where the key comes second, it is offered only now.
        let publicKey = Method.publicKey.name
        let isStale = untried.contains { $0.name == publicKey } && !record.offered.contains(publicKey)
        if !isPartial, method == .password || method == .keyboardInteractive { record.offeredBeforePassword = record.offered }
        if isPartial || isStale { record.isOfferCurrent = false }
      }
    }
  }

  /// The same password by another method would only count against the account twice.
  private func forgetPassword(after method: Method, _ untried: inout [Method]) {
    guard method == .keyboardInteractive, session?.context.responder?.gavePassword == true else { return }
    untried.removeAll { $0 == .password }
  }

  /// As `reconnect`, where there may be further attempts.
  private func reconnectWithinLimit(_ record: inout Record) async throws -> Bool {
    if record.attemptCount >= options.maximumLoginAttempts { record.isCapped = true }
    return record.isCapped ? false : try await reconnect(&record)
  }

  /// Makes a new connection for further attempts; false, with a note of why, where there is none to be had.
  private func reconnect(_ record: inout Record) async throws -> Bool {
    do {
      try await reestablish()
    } catch let error as TransportError where record.attemptCount > 0 && Self.isPassing(error.code) {
      // That the server refused before is what whoever runs this has to know.
      record.note("no further connection: \(error.message)")
      return false
    }
    record.isLost = false
    record.wasLostAsking = false
    record.isBehindFactor = false
    record.offeredBeforePassword = nil
    record.isOfferCurrent = false
    record.attemptCountBefore = record.attemptCount
    return true
  }

  static func isPassing(_ code: TransportError.Code) -> Bool {
    code == .unreachable || code == .connectionLost || code == .timedOut
  }

  /// Asks for the methods that can go on, by the method `none`, which a server may also accept.
  private func offeredMethods(to user: String, _ record: inout Record) async throws -> Outcome {
    let name = Array(user.utf8CString)
    var methods: String?
    let status = try await perform(.login, until: loginDeadline) { session in
      if let list = libssh2_userauth_list(session.handle, name, UInt32(name.count - 1)) {
        methods = String(cString: list)
        return 0
      }
      if libssh2_userauth_authenticated(session.handle) != 0 { return 0 }
      return Int(session.lastStatus)
    }
    if let methods {
      record.offered = methods.split(separator: ",").map(String.init)
      record.isOfferCurrent = true
      record.attemptCountWhenOffered = record.attemptCount
      return .refused(isPartial: false)
    }
    if status == 0 { return .accepted }
    return try lost(Int32(status), &record)
  }

  private func attempt(_ method: Method, _ credential: LoginCredential, _ record: inout Record) async throws -> Outcome {
    var status: Int32
    switch method {
    case .agent: return try await attemptByAgent(credential, &record)
    case .publicKey:
      guard let key = credential.privateKey else { return .refused(isPartial: false) }
      status = try await attempt(key, of: credential.user)
    case .keyboardInteractive:
      status = try await attemptInteractively(credential, record)
    case .password:
      status = try await attemptPassword(credential)
    }
    if hasEnded(status) { status = LIBSSH2_ERROR_SOCKET_DISCONNECT }
    switch status {
    case 0:
      record.attemptCount += 1
      return .accepted
    case LIBSSH2_ERROR_AUTHENTICATION_FAILED, LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED, LIBSSH2_ERROR_PASSWORD_EXPIRED:
      // A key whose signature is refused behind its acceptance was accepted, with more to come; but for RSA by SHA-1.
      let isFactor = status == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED && credential.privateKey?.isRSA != true
      if !isFactor, method != .keyboardInteractive || session?.context.responder?.gavePassword == true {
        record.attemptCount += 1
      }
      if method == .publicKey, credential.privateKey?.isRSA == true { record.refusedRSAKey = true }
      if status == LIBSSH2_ERROR_PASSWORD_EXPIRED { record.note(Self.passwordIsToBeChanged) }
      if method == .keyboardInteractive, session?.context.responder?.wantsNewPassword == true {
        record.note(Self.passwordIsToBeChanged)
      } else if method == .keyboardInteractive, let prompt = session?.context.responder?.unansweredPrompt {
        record.note("the server asked '\(prompt)'")
      }
      return .refused(isPartial: status == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED)
    case _ where method == .publicKey && !Self.isLoss(status):
      return .unusable(session?.lastMessage ?? "")
    default:
      record.attemptCount += 1
      return try lost(status, &record)
    }
  }

  private func attemptByAgent(_ credential: LoginCredential, _ record: inout Record) async throws -> Outcome {
    let outcome = try await logInByAgent(
      as: credential.user, limit: options.maximumLoginAttempts - record.attemptCount, tried: &record.triedAgentKeys)
    switch outcome {
    case .accepted:
      record.attemptCount += 1
      return .accepted
    case .refused(let attemptCount, let isPartial, let hasMore):
      record.attemptCount += attemptCount
      if hasMore { record.isCapped = true }
      return .refused(isPartial: isPartial)
    case .unusable(let reason):
      record.note(reason)
      return .unusable(reason)
    case .lost(let status, let attemptCount, let hasMore):
      record.attemptCount += attemptCount
      return try lost(status, &record, hasMore: hasMore)
    }
  }

  private func attempt(_ key: LoginCredential.PrivateKey, of user: String) async throws -> Int32 {
    let name = Array(user.utf8CString)
    let text = Array(key.text.utf8CString)
    // Never nil: for an encrypted PEM key libssh2 measures the passphrase without looking.
    let passphrase = Array((key.passphrase ?? "").utf8CString)
    let status = try await perform(.login, until: loginDeadline, urgency: .low) { session in
      Int(
        libssh2_userauth_publickey_frommemory(
          session.handle, name, name.count - 1, nil, 0, text, text.count - 1, passphrase))
    }
    return Int32(status)
  }

  private func attemptInteractively(_ credential: LoginCredential, _ record: Record) async throws -> Int32 {
    let name = Array(credential.user.utf8CString)
    session?.context.responder = KeyboardResponder(
      user: credential.user, password: credential.password ?? "",
      answersAnyPrompt: !record.offered.contains(Method.password.rawValue))
    let status = try await perform(.login, until: loginDeadline) { session in
      Int(
        libssh2_userauth_keyboard_interactive_ex(session.handle, name, UInt32(name.count - 1)) {
          _, _, _, _, count, prompts, responses, abstract in
          SSHConnection.answer(Int(count), prompts, responses, SessionContext.from(abstract))
        })
    }
    return Int32(status)
  }

  private func attemptPassword(_ credential: LoginCredential) async throws -> Int32 {
    let name = Array(credential.user.utf8CString)
    let password = Array((credential.password ?? "").utf8CString)
    session?.context.wantsNewPassword = false
    let status = try await perform(.login, until: loginDeadline) { session in
      Int(
        libssh2_userauth_password_ex(
          session.handle, name, UInt32(name.count - 1), password, UInt32(password.count - 1)
        ) { _, _, _, abstract in
          // No new one is given (RFC 4252 section 8).
          SessionContext.from(abstract)?.wantsNewPassword = true
        })
    }
    return status != 0 && session?.context.wantsNewPassword == true ? LIBSSH2_ERROR_PASSWORD_EXPIRED : Int32(status)
  }

  /// Fills in the responses; libssh2 frees their memory.
  private static func answer(
    _ count: Int, _ prompts: UnsafePointer<LIBSSH2_USERAUTH_KBDINT_PROMPT>?,
    _ responses: UnsafeMutablePointer<LIBSSH2_USERAUTH_KBDINT_RESPONSE>?, _ context: SessionContext?
  ) {
    guard let prompts, let responses, let context, count > 0 else { return }
    for index in 0..<count {
      let prompt = prompts[index]
      let text = UnsafeBufferPointer(start: prompt.text, count: prompt.text == nil ? 0 : Int(prompt.length))
      let answer = context.responder?.answer(
        String(decoding: text.map(UInt8.init(bitPattern:)), as: UTF8.self), isEchoed: prompt.echo != 0)
      responses[index].text = strdup(answer ?? "")
      responses[index].length = responses[index].text == nil ? 0 : UInt32((answer ?? "").utf8.count)
    }
  }

  /// libssh2 calls it a refusal, too, when the server hangs up instead of answering.
  func hasEnded(_ status: Int32) -> Bool {
    (status == LIBSSH2_ERROR_AUTHENTICATION_FAILED || status == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED)
      && session?.context.hasEnded == true
  }

  private static func isLoss(_ status: Int32) -> Bool {
    switch status {
    case LIBSSH2_ERROR_SOCKET_NONE, LIBSSH2_ERROR_SOCKET_SEND, LIBSSH2_ERROR_SOCKET_DISCONNECT, LIBSSH2_ERROR_SOCKET_RECV,
      LIBSSH2_ERROR_BAD_SOCKET:
      true
    default: false
    }
  }

  /// A server that ends the connection after a refusal has refused; before one, it is lost.
  private func lost(_ status: Int32, _ record: inout Record, hasMore: Bool = false) throws(TransportError) -> Outcome {
    guard let session else { throw TransportError(.connectionLost, "\(endpoint): the connection is closed") }
    guard Self.isLoss(status), !session.context.exceededLimit, record.attemptCount + record.factorCount > 0 else {
      throw error(status, .login, session)
    }
    session.isBroken = true
    record.isLost = true
    record.goodbye = session.goodbye
    return .connectionLost(hasMore: hasMore)
  }

  private func loginError(_ record: Record, _ credentials: [LoginCredential]) -> TransportError {
    guard !credentials.isEmpty else {
      return TransportError(
        .authenticationFailed,
        "\(endpoint): there is no credential for this device; the server offers \(Self.list(record.offered))",
        hint: "give the device a credential")
    }
    var users: [String] = []
    for credential in credentials.prefix(record.triedCount) where !users.contains(credential.user) {
      users.append(credential.user)
    }
    let names = users.map { "'\(PrintableBytes($0.utf8))'" }.joined(separator: ", ")
    if record.attemptCount == 0, let reason = record.unusableKey {
      return TransportError(
        .badKey, "\(endpoint): the private key of user \(names) cannot be used: \(reason)",
        hint: "it must be an unencrypted OpenSSH or PEM private key, or come with its passphrase")
    }
    var message = "\(endpoint): the server accepts no credential of user \(names); it offers \(Self.list(record.offered))"
    if let reason = record.unusableKey { message += "; a private key cannot be used: \(reason)" }
    if record.isLost { message += "; it then ended the connection" + record.goodbye }
    if !record.notes.isEmpty { message += "; " + record.notes.joined(separator: "; ") }
    var hint: String?
    var suggestsOpenSSH = false
    if record.isCapped {
      hint = Self.capHint(record.attemptCount)
    } else if record.notes.contains(Self.passwordIsToBeChanged) {
      hint = Self.passwordHint
    } else if record.refusedRSAKey, SSHLibrary.signsRSAWithSHA1Only {
      hint =
        "libssh2 \(SSHLibrary.version) signs with an RSA key by SHA-1 only, which current servers refuse: use an Ed25519 or "
        + "ECDSA key"
      suggestsOpenSSH = true
    }
    var error = TransportError(.authenticationFailed, message, hint: hint)
    error.suggestsOpenSSH = suggestsOpenSSH
    error.attemptCount = record.attemptCount
    return error
  }

  static let passwordIsToBeChanged = "it took the password, which has expired, and asks for a new one"

  static let passwordHint = "change the password there, then store the new one: netjob credential edit -h"

  static func capHint(_ attemptCount: Int) -> String {
    "stopped after \(attemptCount) attempt\(attemptCount == 1 ? "" : "s"), so as not to lock the account"
  }

  private static func list(_ methods: [String]) -> String {
    methods.isEmpty ? "no method" : PrintableBytes(methods.joined(separator: ", ").utf8, limit: 200).description
  }
}
