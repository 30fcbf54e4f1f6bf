import Commands
import Storage
import Testing

@Suite struct SudoersReviewTests {
  private static let good = "%netjob-users ALL=(netjob) NOPASSWD: NOSETENV: /usr/local/bin/netjob\n"

  private func review(_ text: String) -> [Finding] {
    SudoersReview(account: "netjob", program: "/usr/local/bin/netjob").findings([("/etc/sudoers", text)])
  }

  @Test(arguments: [
    "",
    "Defaults env_reset\nDefaults mail_badpass\nroot ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n",
    "# Defaults !env_reset\n", "Defaults env_keep += \"LANG LC_* EDITOR\"\n", "Defaults:%ops env_keep -= \"PAGER\"\n",
    "Defaults!/usr/bin/apt setenv, env_keep += TZ\n", "Defaults>postgres !env_reset\n",
    "backup ALL=(postgres) SETENV: /usr/bin/pg_dump *\n", "Cmnd_Alias TOOLS = /usr/bin/*\n",
    "alice ALL=(netjob, root) \\\n  NOPASSWD: /usr/local/bin/netjob, !/bin/sh\n",
  ])
  func whatIsFineIsFine(_ text: String) {
    let found = review(text + Self.good)
    #expect(found.map(\.result) == [.ok], "\(found)")
  }

  @Test(arguments: [
    ("Defaults !env_reset", "env_reset off"), ("Defaults env_reset, setenv", "sets setenv"),
    ("Defaults env_keep += \"LANG NETJOB_*\"", "lets NETJOB_DB through with env_keep NETJOB_*"),
    ("Defaults env_keep = \"*\"", "lets NETJOB_DB through"), ("Defaults env_keep+=PAGER", "lets PAGER through"),
    ("Defaults\tenv_keep += \"XDG_DATA_HOME\"", "lets XDG_DATA_HOME through"),
    ("Defaults:alice env_keep += TZ", "lets TZ through"),
    ("Defaults!/usr/local/bin/netjob setenv", "sets setenv"), ("Defaults>netjob !env_reset", "env_reset off"),
    ("alice ALL=(netjob) SETENV: /usr/local/bin/netjob", "has SETENV"), ("alice ALL=(netjob) ALL", "lets people run anything"),
    ("alice ALL=(root,netjob) NOPASSWD: ALL", "lets people run anything"),
    ("alice ALL=(netjob:netjob) /bin/sh", "lets people run /bin/sh as 'netjob'"),
    ("alice ALL=(netjob) /usr/local/bin/*", "wildcard for the program"), ("alice ALL=(netjob) /usr/local/bin/", "wildcard"),
    ("alice ALL=(netjob) /opt/netjob/bin/netjob", "names /opt/netjob/bin/netjob"),
    ("alice ALL=(netjob) NOPASSWD: /usr/local/bin/netjob, \\\n   /usr/bin/vim", "lets people run /usr/bin/vim"),
  ])
  func whatLetsTooMuchThroughIsNamed(_ line: String, _ what: String) {
    let found = review(Self.good + line + "\n").filter(\.needsMending)
    #expect(found.count == 1 && found.first?.detail.contains(what) == true && found.first?.mend != nil, "\(found)")
  }

  @Test func aMissingRuleIsNamed() {
    #expect(review("root ALL=(ALL) ALL\n").map(\.detail) == ["no rule lets anybody run /usr/local/bin/netjob as 'netjob'"])
    // Words after the program narrow it down, or seem to.
    #expect(review(Self.good + "bob ALL=(netjob) /usr/local/bin/netjob job *\n").map(\.result) == [.note])
  }

  @Test(arguments: [
    "\\", "\"", "Defaults", "Defaults ,,,=\"", "=", "a=(", "a=()", "a=(netjob)", "a=(netjob) :", "=(netjob) \u{0}*",
  ])
  func whatIsNoSudoersFileTrapsNothing(_ text: String) {
    #expect(!review(text).isEmpty)
  }
}
