private import Arguments
private import Glibc
private import JobModel
private import Storage

/// `netjob doctor`: what is wrong with the installation, and how to mend it.
package enum DoctorCommand {
  package static let command = Command(
    ["doctor"], section: Sections.administration, summary: "check the installation and say how to mend what is wrong",
    discussion: """
      Looks at the files and who can reach them, the program, the sudo rules, cron, the time zone data and the clock, the database \
      and its key, the audit log, and at what will not work: devices without a credential, jobs whose owner may not run them, \
      fires that are overdue, notifications that could not be sent. It changes nothing, and works where the database cannot be \
      opened.

      Only root can read the sudo rules: in a shared installation, 'sudo netjob doctor' sees everything.

      With --json an object: ok, and checks, an array of name, result (ok, note, warning or error), detail and mend.
      """,
    needs: [.ownerOrOneOf([.administer])], needsDatabase: { _ in false },
    examples: [
      Example("netjob doctor", "check everything"), Example("netjob doctor --quiet", "only what has to be mended"),
    ],
    exitCodes: [ExitCode(1, "there are warnings or errors")], seeAlso: ["db check", "audit verify"]
  ) { context, _ in
    let patient = Patient(context)
    if context.caller.isDelegated && context.installation.owner != nil {
      do {
        try context.storeAsItIs().read { try context.requireOwnerOrAdministrator(in: $0) }
      } catch let error as StorageError {
        // Nobody's rights can be looked up: then it is for root alone, who can read everything anyway.
        if geteuid() != 0 { throw StorageError(error.code, error.message, hint: "sudo netjob doctor") }
      }
    }
    var findings: [Finding] = []
    for check in Check.files + Check.system { findings += Finding.looking(check.name) { try check.look(patient) } }
    return context.report(findings + data(patient, context))
  }

  /// What is in the database, looked at with the eyes of the account that owns it: root, too, must not leave files of its own there.
  private static func data(_ patient: Patient, _ context: Context) -> [Finding] {
    let installation = patient.installation
    guard let owner = patient.owner else {
      let isHidden = access(installation.databasePath, F_OK) != 0 && errno == EACCES
      return [
        Finding(
          "database", .error,
          isHidden ? "\(installation.databasePath) is out of your reach" : "there is no database at \(installation.databasePath)",
          mend: isHidden ? "sudo netjob doctor" : "netjob init, or 'sudo netjob init --shared --install' for a team")
      ]
    }
    return Finding.looking("database") {
      let isRoot = geteuid() == 0 && owner != 0
      if isRoot, seteuid(owner) != 0 {
        throw StorageError(.io, "cannot become user id \(owner): \(String(cString: strerror(errno)))")
      }
      defer { if isRoot { _ = seteuid(0) } }
      var findings: [Finding] = []
      do throws(StorageError) { try installation.checkPermissions() } catch {
        // The database itself may be readable all the same.
        findings.append(Finding("database", .error, error.message, mend: error.hint))
        if installation.owner != geteuid() { return findings }
      }
      let store = Store(
        installation: installation, database: try SQLiteDatabase(path: installation.databasePath), clock: context.clock)
      return findings + (try store.read { DataExamination(sql: $0, store: store, patient: patient).all() })
    }
  }
}
