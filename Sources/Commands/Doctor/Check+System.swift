private import Glibc
private import Scheduling
private import Storage
private import Transports

extension Check {
  /// What the machine must have.
  static let system: [Check] = [zones, ssh, sudoers, cron]

  private static let zones = Check(name: "zones") { patient in
    guard let version = patient.zones.version else {
      return [
        Finding("zones", .error, "there is no time zone data: triggers cannot be evaluated", mend: "apt-get install tzdata")
      ]
    }
    _ = try patient.zones.rules(for: "Europe/Berlin")
    return [Finding("zones", .ok, "time zone data \(version)")]
  }

  private static let ssh = Check(name: "libssh2") { _ in
    let version = SSHLibrary.version
    let parts = version.split(separator: ".").compactMap { Int($0) }
    if parts.count >= 2, (parts[0], parts[1]) < (1, 11) {
      return [
        Finding(
          "libssh2", .note,
          "version \(version) cannot use rsa-sha2 keys, aes-gcm, chacha20 or encrypt-then-MAC: devices that offer nothing else "
            + "are out of reach", mend: "libssh2 1.11 (Debian 13) can; ed25519 and ecdsa keys work with both")
      ]
    }
    return [Finding("libssh2", .ok, "version \(version)")]
  }

  private static let sudoers = Check(name: "sudoers") { patient in
    guard patient.isShared else { return [] }
    var files = ["/etc/sudoers"]
    files += (Patient.names(in: "/etc/sudoers.d") ?? []).filter { !$0.contains(".") && !$0.hasSuffix("~") }.map {
      "/etc/sudoers.d/\($0)"
    }
    var texts: [(path: String, text: String)] = []
    for path in files {
      if let text = Patient.text(of: path) {
        texts.append((path, text))
      } else if errno == EACCES {
        return [Finding("sudoers", .note, "only root can read \(path): the rules were not checked", mend: "sudo netjob doctor")]
      }
    }
    if texts.isEmpty {
      return [Finding("sudoers", .warning, "there is no /etc/sudoers: how do people come in?", mend: "apt-get install sudo")]
    }
    return SudoersReview(account: patient.account ?? "netjob", program: patient.program ?? "").findings(texts)
  }

  private static let cron = Check(name: "cron") { patient in
    let account = patient.account ?? "?"
    var places = ["/etc/crontab"] + (Patient.names(in: "/etc/cron.d") ?? []).map { "/etc/cron.d/\($0)" }
    places.append("/var/spool/cron/crontabs/\(account)")
    for path in places {
      let lines = (Patient.text(of: path) ?? "").split(separator: "\n").map { $0.drop { $0 == " " || $0 == "\t" } }
      guard let line = lines.first(where: { !$0.hasPrefix("#") && $0.contains("run-due") }) else { continue }
      // cron.d is read only where it belongs to root and nobody else writes it, from names without a dot.
      let name = path.split(separator: "/").last ?? ""
      var information = stat()
      if path.hasPrefix("/etc/cron"), stat(path, &information) == 0,
        information.st_uid != 0 || information.st_mode & 0o022 != 0 || name.contains(".")
      {
        return [
          Finding(
            "cron", .error, "cron passes over \(path)", mend: "chown root: '\(path)' && chmod 644 '\(path)'; no dot in its name")
        ]
      }
      if !isRunning(["cron", "crond", "systemd-cron", "fcron", "bcron"]) {
        if let timer = enabledTimer { return [Finding("cron", .ok, "\(timer) runs it")] }
        return [
          Finding(
            "cron", .warning, "\(path) has run-due, but no cron is running", mend: "systemctl enable --now cron, or start cron")
        ]
      }
      return [Finding("cron", .ok, "\(path): \(line)")]
    }
    if let timer = enabledTimer { return [Finding("cron", .ok, "\(timer) runs it")] }
    let isHidden =
      geteuid() != 0 && access("/var/spool/cron/crontabs", R_OK) != 0 && access("/var/spool/cron/crontabs", F_OK) == 0
    return [
      Finding(
        "cron", isHidden ? .note : .warning,
        "nothing in /etc/crontab and /etc/cron.d runs 'netjob run-due'"
          + (isHidden ? "; the account's own crontab cannot be looked at" : ""),
        mend: patient.isShared
          ? "sudo netjob init --shared --install" : "add to 'crontab -e': * * * * * \(patient.program ?? "netjob") run-due")
    ]
  }

  /// The timer of systemd that calls `run-due` and is enabled: the package's is there on every machine, and off.
  private static var enabledTimer: String? {
    let wanted = "/etc/systemd/system/timers.target.wants"
    return Patient.names(in: wanted)?.filter { $0.hasSuffix(".timer") }.sorted().first { timer in
      ["/etc/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system"].contains { folder in
        (Patient.text(of: "\(folder)/\(timer.dropLast(5))service") ?? "").contains("netjob run-due")
      }
    }
  }

  /// Whether a process of one of these names is there.
  private static func isRunning(_ names: Set<String>) -> Bool {
    (Patient.names(in: "/proc") ?? []).contains { pid in
      guard pid.first?.isNumber == true, let name = Patient.text(of: "/proc/\(pid)/comm") else { return false }
      return names.contains(name.split(separator: "\n").first.map(String.init) ?? "")
    }
  }
}
