import CSSH2
import Glibc

extension SSHConnection {
  /// What came of the keys of an agent.
  enum AgentOutcome {
    case accepted
    /// `hasMore`: there are keys beyond the limit.
    case refused(attemptCount: Int, isPartial: Bool, hasMore: Bool)
    /// There is no agent, or no key that could be used.
    case unusable(String)
    /// The connection ended, with this status of libssh2.
    case lost(Int32, attemptCount: Int, hasMore: Bool)
  }

  /// Tries the keys of the SSH agent in its order, but for those in `tried`, `limit` of them at most.
  func logInByAgent(as user: String, limit: Int, tried: inout Set<[UInt8]>) async throws -> AgentOutcome {
    guard let agentSocket else {
      return .unusable("there is no SSH agent: SSH_AUTH_SOCK is not set, or not netjob's caller's own")
    }
    var usable: [SSHAgent.Identity] = []
    do {
      agent = try SSHAgent(path: agentSocket, on: loop)
      let all = try await agent?.identities(until: min(loginDeadline, deviceDeadline)) ?? []
      usable = all.filter { Self.isUsable($0, isLegacy: options.allowsLegacyAlgorithms) }
      if usable.isEmpty {
        return .unusable(
          all.isEmpty
            ? "the SSH agent has no key"
            : "the SSH agent has no key that libssh2 \(SSHLibrary.version) can use: "
              + all.map(\.algorithm).map { PrintableBytes($0.utf8).description }.joined(separator: ", "))
      }
    } catch let error as TransportError where error.code != .timedOut {
      return .unusable(error.message)
    } catch let error as TransportError {
      _ = error
      return .unusable("the SSH agent does not answer")
    }
    defer {
      session?.context.signing = nil
      agent = nil
    }
    usable.removeAll { tried.contains($0.blob) }
    var attemptCount = 0
    for (index, identity) in usable.enumerated() {
      if attemptCount >= limit { return .refused(attemptCount: attemptCount, isPartial: false, hasMore: true) }
      let status = try await attempt(identity, as: user)
      // A signature that the agent refused was not sent.
      if status == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED, session?.context.signing?.isRefused == true, !hasEnded(status) { continue }
      attemptCount += 1
      tried.insert(identity.blob)
      let hasMore = index + 1 < usable.count
      switch status {
      case 0: return .accepted
      case _ where hasEnded(status):
        return .lost(LIBSSH2_ERROR_SOCKET_DISCONNECT, attemptCount: attemptCount, hasMore: hasMore)
      case LIBSSH2_ERROR_AUTHENTICATION_FAILED: continue
      case LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED:
        // Accepted, with another factor to come; but for RSA by SHA-1.
        tried.remove(identity.blob)
        let counted = identity.algorithm == "ssh-rsa" ? attemptCount : attemptCount - 1
        return .refused(attemptCount: counted, isPartial: true, hasMore: false)
      default: return .lost(status, attemptCount: attemptCount, hasMore: hasMore)
      }
    }
    return .refused(attemptCount: attemptCount, isPartial: false, hasMore: false)
  }

  /// Certificates and keys on hardware need more than libssh2 does with them.
  private static func isUsable(_ identity: SSHAgent.Identity, isLegacy: Bool) -> Bool {
    switch identity.algorithm {
    case "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521": true
    case "ssh-rsa": isLegacy || !SSHLibrary.signsRSAWithSHA1Only
    default: false
    }
  }

  private func attempt(_ identity: SSHAgent.Identity, as user: String) async throws -> Int32 {
    let name = Array(user.utf8CString)
    session?.context.signing = AgentSigning(identity: identity)
    let status = try await perform(.login, until: loginDeadline) { session in
      var context: UnsafeMutableRawPointer? = Unmanaged.passUnretained(session.context).toOpaque()
      return Int(
        libssh2_userauth_publickey(
          session.handle, name, identity.blob, identity.blob.count,
          { _, signature, count, data, dataCount, abstract in
            guard let context = SessionContext.from(abstract) else { return -1 }
            return SSHConnection.sign(context, data, dataCount, signature, count)
          }, &context))
    }
    return Int32(status)
  }

  /// libssh2's call for a signature: the first one takes the data and lets libssh2 wait, the next one has the answer.
  private static func sign(
    _ context: SessionContext, _ data: UnsafePointer<UInt8>?, _ dataCount: Int,
    _ signature: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?, _ count: UnsafeMutablePointer<Int>?
  ) -> Int32 {
    guard let data, let signature, let count, let signing = context.signing, !signing.isRefused else { return -1 }
    guard let answer = signing.signature else {
      context.signing?.data = Array(UnsafeBufferPointer(start: data, count: dataCount))
      return LIBSSH2_ERROR_EAGAIN
    }
    // libssh2 frees it.
    guard let memory = malloc(max(1, answer.count)) else { return -1 }
    memory.copyMemory(from: answer, byteCount: answer.count)
    signature.pointee = memory.assumingMemoryBound(to: UInt8.self)
    count.pointee = answer.count
    return 0
  }

  /// Has the agent sign what libssh2 waits for.
  func sign(_ session: SSHSession, until deadline: ContinuousClock.Instant) async throws {
    guard let agent, let signing = session.context.signing, let data = signing.data else { return }
    do {
      let signature = try await agent.sign(
        data, with: signing.identity, algorithm: signing.algorithm ?? signing.identity.algorithm, until: deadline)
      session.context.signing?.signature = signature
      if signature == nil { session.context.signing?.isRefused = true }
    } catch let error as TransportError where error.code == .system {
      session.context.signing?.isRefused = true
    }
  }
}
