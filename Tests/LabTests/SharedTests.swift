import Foundation
import Testing

extension LabTests {
  /// Several people on one netjob, as `init --shared` sets it up: real accounts, real sudo.
  @Suite(.enabled(if: geteuid() == 0, "accounts and sudo rules take root")) struct Shared {
    @Test func oneCommandSetsItUpAndAgainChangesNothing() async throws {
      try await SharedSite.play { site in
        #expect(try await site.shell("netjob init --shared", exits: 2).errors.contains("--admin USER"))
        #expect(try await site.shell("netjob init --shared --admin nobody-here", exits: 2).errors.contains("no such account"))
        let planned = try await site.shell("netjob init --shared --admin alice", exits: 3)
        #expect(planned.errors.contains("useradd --system --user-group") && planned.errors.contains("--install"), "\(planned)")
        #expect(try await site.shell("ls -A /var/lib /etc/sudoers.d /etc/cron.d").output.contains("netjob") == false)
        #expect(try await site.shell("netjob init --shared", as: "alice", exits: 4).errors.contains("sudo netjob init --shared"))

        let made = try await site.shell("netjob init --shared --install --admin alice --json")
        let document = try JSON(parsing: made.output)
        #expect(document["administrator"].string == "alice" && document["program"].string == "/usr/local/bin/netjob", "\(made)")
        let modes = try await site.shell(
          "cd /var/lib/netjob; stat -c '%a %U %G %n' . platforms tools netjob.db netjob.key /etc/sudoers.d/netjob /etc/cron.d/netjob"
        )
        #expect(
          modes.output == """
            700 netjob netjob .
            700 netjob netjob platforms
            700 netjob netjob tools
            600 netjob netjob netjob.db
            600 netjob netjob netjob.key
            440 root root /etc/sudoers.d/netjob
            644 root root /etc/cron.d/netjob

            """)
        #expect(try await site.shell("visudo -c").output.contains("/etc/sudoers.d/netjob: parsed OK"))
        let sudoers = try await site.shell("cat /etc/sudoers.d/netjob").output
        #expect(sudoers.contains("\n%netjob-users ALL=(netjob) NOPASSWD: NOSETENV: /usr/local/bin/netjob\n"))
        #expect(
          try await site.shell("cat /etc/cron.d/netjob").output.contains("\n* * * * * netjob /usr/local/bin/netjob run-due\n"))
        let who = try await site.netjob("whoami --json", as: "alice")
        #expect(try JSON(parsing: who.output)["user"].string == "alice" && JSON(parsing: who.output)["delegated"].bool == true)

        // Again: what is there stays.
        let everything =
          "find /var/lib/netjob /etc/sudoers.d /etc/cron.d -type f | sort | xargs sha256sum; getent group netjob-users"
        let before = try await site.shell(everything).output
        let again = try await site.shell("netjob init --shared --install --admin alice")
        #expect(again.errors.contains("everything was there already"), "\(again)")
        #expect(try await site.shell(everything).output == before)
        // Without --install the lines are shown, for those who put them elsewhere.
        #expect(try await site.shell("netjob init --shared --admin alice").output.contains("\n%netjob-users ALL=(netjob)"))
        // The service account is the cron's, and nothing is due.
        let cron = try await site.shell("setpriv --reuid=netjob --regid=netjob --clear-groups netjob run-due")
        #expect(cron.output + cron.errors == "")
      }
    }

    @Test func whatFailsHalfWayIsTakenBack() async throws {
      let everything = "getent passwd netjob; getent group netjob-users netjob; find /var/lib /etc/sudoers.d /etc/cron.d | sort"
      let obstacles: [(obstacle: String, status: Int32, message: String, mending: String)] = [
        ("echo '# mine' >/etc/cron.d/netjob", 6, "/etc/cron.d/netjob is there already", "rm /etc/cron.d/netjob"),
        ("install -d -o bob /var/lib/netjob", 4, "chown -R netjob: /var/lib/netjob", "rmdir /var/lib/netjob"),
        ("ln -s /etc /var/lib/netjob", 4, "/var/lib/netjob is there already", "rm /var/lib/netjob"),
        (
          "printf '#!/bin/sh\\nexit 1\\n' >no; chmod 755 no; mount --bind no /usr/sbin/visudo", 1, "'visudo -cf",
          "umount /usr/sbin/visudo"
        ),
        (
          "printf '#!/bin/sh\\nexit 1\\n' >no; mount --bind no /usr/bin/gpasswd", 1, "'gpasswd -a alice",
          "umount /usr/bin/gpasswd"
        ),
        ("chmod 777 /usr/local/bin", 4, "chmod go-w '/usr/local/bin'", "chmod 755 /usr/local/bin"),
        ("chown bob /usr/local/bin/netjob", 4, "does not belong to root", "chown root /usr/local/bin/netjob"),
        ("mv /etc/cron.d /etc/cron.off", 1, "install sudo and cron", "mv /etc/cron.off /etc/cron.d"),
      ]
      try await SharedSite.play { site in
        for item in obstacles {
          try await site.shell(item.obstacle)
          let before = try await site.shell(everything, exits: nil).output
          let failed = try await site.shell("netjob init --shared --install --admin alice", exits: item.status)
          #expect(failed.errors.contains(item.message), "\(failed)")
          #expect(try await site.shell(everything, exits: nil).output == before, "\(item.obstacle)")
          try await site.shell(item.mending)
        }
        try await site.shell("netjob init --shared --install --admin alice")
        // And all of it goes as the program says.
        let again = try await site.shell("netjob init --shared --install --admin alice --json")
        let undo = try JSON(parsing: again.output)["undo"]
        for index in 0..<4 { try await site.shell(undo[index].string) }
        #expect(try await site.shell(everything, exits: nil).output == "/etc/cron.d\n/etc/sudoers.d\n/var/lib\n")
      }
    }

    @Test func nobodyGetsRoundSudo() async throws {
      try await SharedSite.play { site in
        try await site.install()
        try await site.addChange("route")
        try await site.shell("mkdir copy; cp bin/netjob copy")
        // The files are out of reach, and the account's rights are only netjob's.
        for line in [
          "cat /var/lib/netjob/netjob.db", "ls /var/lib/netjob", "sudo -n -u netjob cat /var/lib/netjob/netjob.key",
          "sudo -n -u netjob sh", "sudo -n netjob job list", "sudo -n -u root netjob job list", "sudo -n -u bob netjob job list",
          "sudo -n -u netjob \"$PWD\"/copy/netjob job list", "sudo -n -u netjob NETJOB_DB=/tmp/x netjob job list",
          "sudo -n -E -u netjob netjob job list",
        ] {
          let refused = try await site.shell(line, as: "bob", exits: nil)
          #expect(refused.status != 0 && refused.output == "", "\(refused)")
        }
        try await site.shell("sudo -n -u netjob netjob job list", as: "mallory", exits: 1)
        // Without sudo there is no way in, whoever one says one is.
        for line in ["netjob job list", "SUDO_USER=alice netjob job list", "SUDO_USER=alice SUDO_UID=61001 netjob whoami"] {
          let refused = try await site.shell(line, as: "bob", exits: 4)
          #expect(refused.output == "" && refused.errors.contains("sudo -u netjob netjob"), "\(refused)")
        }
        // What bob sets before sudo does not arrive.
        for variables in [
          "SUDO_USER=alice SUDO_UID=61001", "USER=alice LOGNAME=alice", "NETJOB_DB=/etc/passwd NETJOB_KEY_FILE=/etc/passwd",
          "XDG_DATA_HOME=/tmp HOME=/tmp",
        ] {
          let who = try await site.shell("\(variables) sudo -n -u netjob netjob whoami --json", as: "bob")
          #expect(try JSON(parsing: who.output)["user"].string == "bob", "\(who)")
        }
        // A database of one's own is one's own, and says nothing about the shared one.
        let own = try await site.shell(
          "export NETJOB_DB=$HOME/own/netjob.db; netjob init >/dev/null 2>&1; SUDO_USER=alice netjob whoami --json", as: "bob")
        #expect(try JSON(parsing: own.output)["user"].string == "alice")
      }
    }

    @Test func throughSudoNoFileIsNamedAndNoProgramStarted() async throws {
      try await SharedSite.play { site in
        try await site.install()
        let data = "/var/lib/netjob"
        try await site.shell(
          "printf 'a line of the account only\\n' >\(data)/secret; chown netjob \(data)/secret; chmod 600 \(data)/secret")
        for line in [
          "--db \(data)/netjob.db job list", "--db $PWD/bin/netjob job list", "db backup \(data)/copy.db",
          "db backup $PWD/copy.db",
          "job create j --type tool --tool config-commands --device r1 --param-file commands=\(data)/secret",
          "job create j --type backup --devices-from \(data)/secret",
          "job create j --type tool --values \(data)/secret --device r1 --tool config-commands",
          "credential add c --username u --private-key-file \(data)/secret", "platform check \(data)/secret",
          "tool check \(data)/secret",
        ] {
          let refused = try await site.netjob(line, as: "dora", exits: 4)
          #expect(refused.output == "" && !refused.errors.contains("a line of the account"), "\(refused)")
        }
        #expect(try await site.shell("ls \(data)").output == "netjob.db\nnetjob.key\nplatforms\nsecret\ntools\n")
        let copy = try await site.shell("sudo -n -u netjob netjob db backup - | head -c 15", as: "dora")
        #expect(copy.output == "SQLite format 3")

        // Even where the administrator lets the variable through, and at a terminal: no pager, as it would run with the account's
        // rights.
        try await site.shell("echo 'Defaults env_keep += \"PAGER EDITOR VISUAL\"' >/etc/sudoers.d/a-mistake")
        let pager = site.folder + "/pager"
        try "#!/bin/sh\ntouch \(site.folder)/home/started\ncat\n".write(toFile: pager, atomically: true, encoding: .utf8)
        chmod(pager, 0o755)
        chmod(site.folder + "/home", 0o777)
        try await site.netjob("job create b --type backup --device r1 --comment \"$(seq 1 300)\"", as: "alice")
        let shown = try await site.shell(
          "export PAGER=\(pager) EDITOR=\(pager) VISUAL=\(pager); "
            + "script -qec 'sudo -n -u netjob netjob config list; sudo -n -u netjob netjob job log b; sudo -n -u netjob netjob help' /dev/null",
          as: "alice")
        #expect(shown.output.contains("netjob"), "\(shown)")
        #expect(access(site.folder + "/home/started", F_OK) != 0)
      }
    }

    @Test(.enabled(if: SharedSite.canSetLoginUID, "the kernel has login uids, and root may set them"))
    func oneLoginIsOnePersonToAnApproval() async throws {
      try await SharedSite.play { site in
        try await site.install()
        try await site.shell("echo 'alice,bob ALL=(bob,alice,root) NOPASSWD: ALL' >/etc/sudoers.d/friends")
        // A second name for alice's uid, and an account of root's.
        try await site.shell("useradd --no-log-init -M -o -u 61001 -g alice alix; gpasswd -a alix netjob-users")
        for name in ["alix", "root"] { try await site.netjob("user add \(name) --role approver", as: "dora") }
        try await site.addChange("route")
        try await site.netjob("approval request route -m please", as: "alice")

        let approve = "sudo -n -u netjob netjob approval approve route -m fine"
        let attempts: [(person: String, login: Int?, line: String)] = [
          ("alice", nil, approve),
          // Through another account that she may become, from there through root, and as root.
          ("alice", nil, "sudo -n -u bob \(approve)"),
          ("alice", nil, "sudo -n -u root sudo -n -u bob \(approve)"),
          ("alice", nil, "sudo -n -u root \(approve)"),
          ("alix", 61_001, approve), ("bob", 61_001, approve),
          // A new login of bob's within hers is still hers.
          ("alice", nil, "sudo -n -u root setpriv --reuid=bob --regid=bob --init-groups \(approve)"),
        ]
        for attempt in attempts {
          let refused = try await site.shell(attempt.line, as: attempt.person, login: attempt.login, exits: 4)
          #expect(refused.errors.contains("cannot approve this request"), "\(refused)")
        }
        #expect(try await site.netjob("approval list --json", as: "alice").output.contains("\"approvals\": []"))
        // The audit log knows the login behind the name.
        try await site.shell("sudo -n -u bob sudo -n -u netjob netjob approval comment route -m 'it is me'", as: "alice")
        let row = try JSON(parsing: try await site.netjob("audit log --limit 1 --json", as: "dora").output)[0]
        #expect(row["user"].string == "bob" && row["loginUid"].integer == 61_001 && row["mode"].string == "delegated", "\(row)")
        try await site.shell(approve, as: "bob")

        // The other way round: asked for by way of bob's account, approved as herself.
        try await site.shell(
          "sudo -n -u bob sudo -n -u netjob netjob job create other --type tool --tool static-route-add --device r1 "
            + "--param prefix=203.0.113.0/24 --param next-hop=192.0.2.1", as: "alice")
        try await site.netjob("approval request other -m please", as: "carol", exits: 0)
        try await site.netjob("approval approve other -m fine", as: "alice", exits: 4)
        try await site.netjob("approval approve other -m fine", as: "carol", exits: 4)
      }
    }

    @Test func theDoctorFindsWhatIsWrongAndItsRemedyMendsIt() async throws {
      try await SharedSite.play { site in
        try await site.install()
        try await site.netjob("credential add lab --username u --password-stdin --network default", as: "dora", input: "secret\n")
        // Something called cron, as no cron runs in a test.
        try await site.shell("cp /bin/sleep cron; { ./cron 300 & echo $! >cron.pid; } </dev/null >/dev/null 2>&1")
        defer {
          try? String(contentsOfFile: site.folder + "/cron.pid", encoding: .utf8).split(separator: "\n").forEach {
            kill(pid_t($0) ?? 0, SIGKILL)
          }
        }
        let fine = try await site.shell("netjob doctor")
        #expect(fine.output.contains("ok\tsudoers\t") && fine.output.contains("ok\tcron\t/etc/cron.d/netjob"), "\(fine)")
        // Root leaves no files of its own there.
        #expect(try await site.shell("find /var/lib/netjob ! -user netjob").output == "")
        // People: the administrator sees all but the sudo rules; others nothing.
        let dora = try await site.netjob("doctor", as: "dora")
        #expect(dora.output.contains("note\tsudoers\tonly root can read"), "\(dora)")
        #expect(try await site.netjob("doctor", as: "bob", exits: 4).output == "")
        let outside = try await site.shell("netjob doctor", as: "bob", exits: 1)
        #expect(outside.output.contains("is out of your reach\tsudo netjob doctor"), "\(outside)")

        let ills: [(ill: String, check: String)] = [
          ("chmod 644 /var/lib/netjob/netjob.key", "files"), ("chmod 755 /var/lib/netjob", "files"),
          ("chown root /var/lib/netjob/netjob.db", "files"), ("chmod 777 /var/lib/netjob/tools", "definitions"),
          ("chmod 666 /etc/cron.d/netjob", "cron"), ("chmod 777 /usr/local/bin/netjob", "program"),
        ]
        for item in ills {
          try await site.shell(item.ill)
          let document = try JSON(parsing: try await site.shell("netjob doctor --json", exits: 1).output)
          var mend: String?
          for index in 0..<30 where mend == nil && document["checks"][index]["name"].string == item.check {
            if document["checks"][index]["result"].string != "ok" { mend = document["checks"][index]["mend"].string }
          }
          let command = try #require(mend, "\(item.ill): \(document)").split(separator: ";")[0]
          try await site.shell(String(command))
          try await site.shell("netjob doctor")
        }
        for line in ["Defaults env_keep += \"NETJOB_*\"", "%netjob-users ALL=(netjob) SETENV: /usr/local/bin/netjob"] {
          try line.appending("\n").write(toFile: site.folder + "/etc/sudoers.d/mistake", atomically: true, encoding: .utf8)
          let found = try await site.shell("netjob doctor", exits: 1)
          #expect(found.output.contains("error\tsudoers\t/etc/sudoers.d/mistake"), "\(found)")
        }
        try await site.shell("rm /etc/sudoers.d/mistake /etc/cron.d/netjob; rm /var/lib/netjob/netjob.key")
        let keyless = try await site.shell("netjob doctor", exits: 1)
        #expect(keyless.output.contains("netjob.key cannot be read") && keyless.output.contains("warning\tcron\t"), "\(keyless)")
      }
    }

    @Test func theAuditLogGoesToSyslogWhereThatIsOn() async throws {
      try await SharedSite.play { site in
        try await site.install()
        // A /dev with a logger of the test's own.
        let logger = site.folder + "/logger"
        try """
        from os import chmod
        from socket import AF_UNIX, SOCK_DGRAM, socket
        from sys import argv
        s = socket(AF_UNIX, SOCK_DGRAM)
        s.bind("/dev/log")
        chmod("/dev/log", 0o666)
        while True:
            with open(argv[1], "ab") as f: f.write(s.recv(65536) + b"\\n")
        """.write(toFile: logger, atomically: true, encoding: .utf8)
        try await site.shell(
          """
          mkdir dev; mount -t tmpfs -o mode=755 none dev
          for n in null:3 zero:5 urandom:9; do mknod -m 666 dev/${n%:*} c 1 ${n#*:}; done
          mount --bind dev /dev
          """)
        // With nobody listening nothing changes, and nothing waits.
        try await site.netjob("setting set audit.syslog on", as: "dora")
        try await site.shell(
          "/usr/bin/python3 \(logger) \(site.folder)/messages </dev/null >/dev/null 2>&1 & echo $! >logger.pid; "
            + "while ! [ -S /dev/log ]; do sleep 0.02; done")
        try await site.netjob("network add lab", as: "dora")
        try await eventually("the message") {
          ((try? String(contentsOfFile: site.folder + "/messages", encoding: .utf8)) ?? "").contains("network.add")
        }
        let head = try await site.netjob("audit log --head", as: "dora").output.trimmingCharacters(in: .newlines)
        try await site.shell("kill $(cat logger.pid)")
        let messages = try String(contentsOfFile: site.folder + "/messages", encoding: .utf8).split(separator: "\n")
        #expect(messages.contains { $0.hasPrefix("<85>") && $0.contains("]: audit \(head) user dora delegated") }, "\(messages)")
        try await site.netjob("network add two", as: "dora")
      }
    }
  }
}
