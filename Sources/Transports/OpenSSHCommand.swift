import Glibc

/// The command line and environment of the system's `ssh` for one login.
///
/// Secrets are not in it. What an own configuration could change of how hosts are checked, or of what the session is, is fixed
/// by options of the command line, which ssh_config(5) gives precedence.
struct OpenSSHCommand {
  private static let folders = ["/usr/local/bin", "/usr/bin", "/bin"]
  private static let hostKeyAlgorithms = [
    "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256",
  ]

  let program: String
  let arguments: [String]
  let environment: [String]

  /// - Parameters:
  ///   - destination: where to connect; a relay's port, when a jump host is on the way.
  ///   - credential: nil logs in with nothing, and gets as far as the host key.
  ///   - keyPath: where the credential's private key can be read.
  ///   - agentKeyPaths: where the public keys are of which the agent is to be asked; nil leaves it to `ssh`.
  /// - Throws: `.system` when there is no `ssh`, `.negotiationFailed` for a pin of a type that is not allowed.
  init(
    destination: Endpoint, isRelayed: Bool, credential: LoginCredential?, keyPath: String?, agentKeyPaths: [String]?,
    options: SSHConnection.Options, deadlines: SessionDeadlines, terminal: TerminalSize, resources: CallerResources
  ) throws(TransportError) {
    program = try Self.find()
    // Behind a relay the configuration's patterns would be compared with the relay's address.
    let own = isRelayed ? nil : resources.ownConfiguration
    let usesAgent = credential?.usesAgent == true && resources.agentSocket != nil
    let usesOwnKeys = credential?.usesAgent == true && resources.ownConfiguration != nil
    var variables = ["PATH=/usr/local/bin:/usr/bin:/bin", "TERM=\(terminal.type)", "LC_ALL=C"]
    if usesAgent, let socket = resources.agentSocket { variables.append("SSH_AUTH_SOCK=\(socket)") }
    if let home = resources.ownConfiguration?.home { variables.append("HOME=\(home)") }
    if usesOwnKeys, let cache = resources.ownConfiguration?.kerberosCache { variables.append("KRB5CCNAME=\(cache)") }
    environment = variables

    var words = own == nil ? ["-F", "none"] : []
    func set(_ option: String, _ value: String) { words += ["-o", "\(option)=\(value)"] }
    // Options that older versions do not know.
    set("IgnoreUnknown", "KnownHostsCommand,ForkAfterAuthentication,StdinNull,SessionType,PubkeyAcceptedAlgorithms")
    // The log tells the phases; the host key is asked for, so that it is judged here.
    set("LogLevel", "DEBUG2")
    set("StrictHostKeyChecking", "ask")
    for option in ["UserKnownHostsFile", "GlobalKnownHostsFile"] { set(option, "/dev/null") }
    set("KnownHostsCommand", "none")
    set("FingerprintHash", "sha256")
    for option in [
      "CheckHostIP", "VerifyHostKeyDNS", "UpdateHostKeys", "HashKnownHosts", "VisualHostKey", "ControlMaster", "ForwardAgent",
      "ForwardX11", "Tunnel", "PermitLocalCommand", "ForkAfterAuthentication", "StdinNull", "BatchMode", "AddKeysToAgent",
      "CanonicalizeHostname", "NoHostAuthenticationForLocalhost", "HostbasedAuthentication",
    ] {
      set(option, "no")
    }
    for option in ["ControlPath", "RemoteCommand", "EscapeChar"] { set(option, "none") }
    if own == nil { for option in ["ProxyCommand", "ProxyJump"] { set(option, "none") } }
    set("ClearAllForwardings", "yes")
    set("SessionType", "default")
    set("RequestTTY", "force")
    set("ConnectionAttempts", "1")
    set("NumberOfPasswordPrompts", "1")
    set("ConnectTimeout", "\(max(1, deadlines.connect.components.seconds))")
    set("TCPKeepAlive", "yes")
    set("ServerAliveInterval", "\(max(0, options.keepaliveInterval.components.seconds))")
    set("ServerAliveCountMax", "3")
    for (option, value) in try Self.algorithms(options) { set(option, value) }
    for (option, value) in Self.authentication(
      credential, keyPath: keyPath, agentKeyPaths: agentKeyPaths, usesAgent: usesAgent, usesOwnKeys: usesOwnKeys)
    {
      set(option, value)
    }
    words += ["-p", "\(destination.port)"]
    if let credential { words += ["-l", credential.user] }
    arguments = words + ["--", destination.host]
  }

  private static func find() throws(TransportError) -> String {
    for folder in folders where access(folder + "/ssh", X_OK) == 0 { return folder + "/ssh" }
    throw TransportError(
      .system, "there is no ssh program in \(folders.joined(separator: ", ")), which the transport openssh needs",
      hint: "install OpenSSH's client, or use the transport libssh2")
  }

  /// As for libssh2: weak algorithms only for a device that is marked as legacy, and the pin's type of host key only.
  private static func algorithms(_ options: SSHConnection.Options) throws(TransportError) -> [(String, String)] {
    let isLegacy = options.allowsLegacyAlgorithms
    var hostKeys = hostKeyAlgorithms + (isLegacy ? ["ssh-rsa"] : [])
    if let pin = options.hostKeyPin {
      hostKeys = hostKeys.filter { AlgorithmPolicy.keyType(of: $0) == pin.algorithm }
      guard !hostKeys.isEmpty else {
        throw TransportError(
          .negotiationFailed, "the pinned host key is of type \(pin.algorithm), which the transport openssh does not use",
          hint: "give the device an Ed25519 or ECDSA host key and pin that")
      }
    }
    let lists: [(String, String)] = [("HostKeyAlgorithms", hostKeys.joined(separator: ","))]
    if !isLegacy {
      return lists + [("KexAlgorithms", "-*-sha1"), ("Ciphers", "-*-cbc"), ("MACs", "-hmac-sha1*,hmac-md5*,umac-64*")]
    }
    return lists + [
      ("KexAlgorithms", "+diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1,diffie-hellman-group1-sha1"),
      ("Ciphers", "+aes256-cbc,aes192-cbc,aes128-cbc,3des-cbc"), ("MACs", "+hmac-sha1"),
      ("PubkeyAcceptedAlgorithms", "+ssh-rsa"),
    ]
  }

  private static func authentication(
    _ credential: LoginCredential?, keyPath: String?, agentKeyPaths: [String]?, usesAgent: Bool, usesOwnKeys: Bool
  ) -> [(String, String)] {
    func flag(_ isOn: Bool) -> String { isOn ? "yes" : "no" }
    let usesKeys = keyPath != nil || usesAgent || usesOwnKeys
    let usesPassword = credential?.password != nil
    var methods: [String] = []
    if usesOwnKeys { methods.append("gssapi-with-mic") }
    if usesKeys { methods.append("publickey") }
    if usesPassword { methods += ["keyboard-interactive", "password"] }
    var options = [
      ("PreferredAuthentications", methods.isEmpty ? "none" : methods.joined(separator: ",")),
      ("GSSAPIAuthentication", flag(usesOwnKeys)), ("PubkeyAuthentication", flag(usesKeys)),
      ("KbdInteractiveAuthentication", flag(usesPassword)), ("PasswordAuthentication", flag(usesPassword)),
      ("IdentitiesOnly", flag(agentKeyPaths != nil || (!usesAgent && !usesOwnKeys))),
      ("IdentityAgent", usesAgent ? "SSH_AUTH_SOCK" : "none"),
    ]
    let paths = (keyPath.map { [$0] } ?? []) + (agentKeyPaths ?? [])
    options += paths.map { ("IdentityFile", $0) }
    if paths.isEmpty, !usesOwnKeys { options.append(("IdentityFile", "none")) }
    return options
  }
}
