private import CNetSNMP
package import JobModel

/// The way that traps to one receiver take.
package struct TrapRoute: Sendable {
  /// How the receiver knows the sender.
  package enum Security: Sendable {
    case community(String)
    /// SNMPv3's user-based model (RFC 3414); a protocol without its secret does not occur.
    case user(
      String, auth: (protocol: TrapAuthProtocol, secret: String)?, priv: (protocol: TrapPrivProtocol, secret: String)?)
  }

  package var host: String
  package var port: UInt16
  /// An inform is acknowledged by the receiver, a trap is not.
  package var isInform: Bool
  package var security: Security

  package init(host: String, port: UInt16, isInform: Bool, security: Security) {
    self.host = host
    self.port = port
    self.isInform = isInform
    self.security = security
  }

  /// The SNMP engine that traps come from: it lives in the database, so that all processes are one engine.
  package struct Engine: Equatable, Sendable {
    /// 5 to 32 octets.
    package var identifier: [UInt8]
    package var boots: UInt32
    /// Seconds since it booted.
    package var seconds: UInt32

    package init(identifier: [UInt8], boots: UInt32, seconds: UInt32) {
      self.identifier = identifier
      self.boots = boots
      self.seconds = seconds
    }
  }

  /// Loads the library, which changes the process's environment once: before other threads begin.
  package static func prepare() { _ = netjob_load_snmp() }

  /// Sends the notice; an inform is waited for. Blocks the thread, at most about as long as `milliseconds` says and longer while
  /// another thread sends.
  package func send(
    _ notice: Notice, engine: Engine, mib: NetjobMIB, program: String, milliseconds: Int
  ) throws(NotificationError) {
    var variables: [(name: [UInt32], value: Content)] = [
      // sysUpTime.0 and snmpTrapOID.0 come first (RFC 3416, section 4.2.6).
      ([1, 3, 6, 1, 2, 1, 1, 3, 0], .ticks(UInt32(truncatingIfNeeded: UInt64(engine.seconds) * 100))),
      ([1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0], .identifier(mib.identifier(of: notice.event))),
    ]
    for variable in TrapVariable.list(of: notice.event) {
      let content: Content =
        switch variable.value(in: notice, program: program) {
        case .octets(let octets): .octets(octets)
        case .unsigned(let number): .unsigned(number)
        }
      variables.append((mib.identifier(of: variable), content))
    }
    var reason = [CChar](repeating: 0, count: 600)
    let status = call(variables, engine, milliseconds, &reason)
    let text = text(ofC: reason)
    switch status {
    case netjob_trap_sent: return
    case netjob_trap_no_library:
      throw NotificationError(
        .noLibrary, "traps need libnetsnmp, which cannot be loaded: \(text)", hint: "apt install libsnmp40")
    case netjob_trap_invalid: throw NotificationError(.invalid, "\(host) port \(port): \(text)")
    default: throw NotificationError(.unavailable, "\(host) port \(port): \(text)")
    }
  }

  private enum Content {
    case octets([UInt8])
    case identifier([UInt32])
    case unsigned(UInt32)
    case ticks(UInt32)
  }

  private func call(
    _ variables: [(name: [UInt32], value: Content)], _ engine: Engine, _ milliseconds: Int, _ reason: inout [CChar]
  ) -> netjob_trap_status {
    var community: String?
    var user: String?
    var auth: (protocol: TrapAuthProtocol, secret: String)?
    var priv: (protocol: TrapPrivProtocol, secret: String)?
    switch security {
    case .community(let text): community = text
    case .user(let name, let authentication, let privacy): (user, auth, priv) = (name, authentication, privacy)
    }
    // What the pointers of the request point at: one block of numbers, one of octets.
    let numbers = variables.flatMap { variable in
      if case .identifier(let value) = variable.value { variable.name + value } else { variable.name }
    }
    let octets =
      engine.identifier
      + variables.flatMap { variable in
        if case .octets(let value) = variable.value { value } else { [UInt8]() }
      }
    // SNMPv3 asks an inform's receiver for its engine first, which takes as long as the inform itself at worst.
    let tries = isInform && milliseconds > 3000 ? 3 : 1
    let rounds = tries * (isInform && community == nil ? 2 : 1)
    let texts = [
      host, community, user, auth?.protocol.rawValue, auth?.secret, priv?.protocol.rawValue, priv?.secret,
    ]
    return withCStrings(texts) { texts in
      numbers.withUnsafeBufferPointer { numbers in
        octets.withUnsafeBufferPointer { octets in
          guard var nextNumber = numbers.baseAddress, var nextOctet = octets.baseAddress else { return netjob_trap_invalid }
          var request = netjob_trap()
          request.host = texts[0]
          request.port = port
          request.is_inform = isInform ? 1 : 0
          request.community = texts[1]
          request.user = texts[2]
          request.level = auth == nil ? 1 : priv == nil ? 2 : 3
          request.auth_protocol = texts[3]
          request.auth_secret = texts[4]
          request.priv_protocol = texts[5]
          request.priv_secret = texts[6]
          request.engine_id = nextOctet
          request.engine_id_length = engine.identifier.count
          nextOctet += engine.identifier.count
          request.engine_boots = engine.boots
          request.engine_time = engine.seconds
          request.timeout = max(1, milliseconds / rounds)
          request.retries = Int32(tries - 1)
          let binds = variables.map { variable in
            var bind = netjob_varbind()
            bind.name = nextNumber
            bind.name_length = variable.name.count
            nextNumber += variable.name.count
            switch variable.value {
            case .octets(let value):
              bind.type = CChar(UInt8(ascii: "s"))
              bind.octets = nextOctet
              bind.length = value.count
              nextOctet += value.count
            case .identifier(let value):
              bind.type = CChar(UInt8(ascii: "o"))
              bind.numbers = nextNumber
              bind.length = value.count
              nextNumber += value.count
            case .unsigned(let number):
              bind.type = CChar(UInt8(ascii: "u"))
              bind.number = number
            case .ticks(let number):
              bind.type = CChar(UInt8(ascii: "t"))
              bind.number = number
            }
            return bind
          }
          return binds.withUnsafeBufferPointer { binds in
            request.varbinds = binds.baseAddress
            request.varbind_count = binds.count
            return netjob_send_trap(&request, &reason, reason.count)
          }
        }
      }
    }
  }
}
