import Definitions
import DeviceCLI
import Testing

/// What tools that change nothing may type, on the platforms within the program.
@Suite struct ReadOnlyRulesTests {
  static let reading: [String: [String]] = firstReading.merging(ReadingExamples.reading) { first, _ in first }
    .merging(["cisco_xe": firstReading["cisco_ios"] ?? []]) { first, _ in first }

  private static let firstReading: [String: [String]] = [
    "frr": [
      "show version", "sh ver", "sho ip route", "show ip route 203.0.113.0/24 json", "show running-config", "  show  clock ",
      "show bgp regexp ^65000_", "ping 10.0.0.1", "ping ipv6 2001:db8::1", "traceroute 10.0.0.1", "traceroute ip 10.0.0.1",
    ],
    "cisco_ios": [
      "show version", "sh ver", "SHOW Version", "show run | include route", "show run|i route", "sh ip int br | exc unassigned",
      "show ip interface brief | include up|down", "show run | section router bgp", "show run | b interface",
      "show ip route | count 10", "show platform", "show platform hardware throughput level", "ping 10.0.0.1",
      "ping vrf mgmt 10.0.0.1 repeat 3", "traceroute 10.0.0.1", "dir", "dir /all flash:", "more nvram:startup-config",
      "more flash0:config.text | include hostname", "more system:running-config", "more bootflash:x", "more disk0:x",
    ],
    "linux": [
      "arp", "arp -n", "cat /etc/os-release", "cat /proc/net/dev", "cat /sys/class/dmi/id/sys_vendor", "date", "date -u", "df",
      "df -h", "dmesg", "dmesg -T", "free", "free -m", "hostname", "hostname -f", "id", "ip addr", "ip route show table all",
      "ip -br addr", "ip -6 route show", "ip -s -d link", "ip -4 -o addr show dev eth0", "ip route get 10.0.0.1",
      "ip -6 route get 2001:db8::1", "lldpcli show neighbors", "lldpcli show neighbors details", "lscpu", "lsmod",
      "netstat -rn", "nproc", "ping -c 3 10.0.0.1", "ping -6 -c 3 2001:db8::1", "ps", "ps aux", "ss", "ss -tan",
      "traceroute 10.0.0.1", "traceroute -n 10.0.0.1", "uname", "uname -a", "uptime", "who",
    ],
  ]

  @Test(arguments: reading.keys.sorted()) func readingCommandsPass(_ name: String) throws {
    let rules = try PlatformCatalog().platform(named: name).readOnly
    for command in Self.reading[name] ?? [] { #expect(rules.refusal(of: command) == nil, "\(name): \(command)") }
  }

  /// A rule that no example needs may allow anything unseen.
  @Test(arguments: reading.keys.sorted()) func everyRuleHasAnExample(_ name: String) throws {
    let text = String(decoding: try PlatformCatalog().source(of: name).bytes, as: UTF8.self)
    let parts = text.split(separator: "  allow:\n", maxSplits: 1)
    try #require(parts.count == 2)
    let rules = parts[1].split(separator: "\n").prefix { $0.hasPrefix("    - ") }
    let rest = parts[1].dropFirst(rules.map { $0.count + 1 }.reduce(0, +))
    #expect(rules.count >= (name == "cisco_ios" || name == "linux" ? 5 : 3))
    for rule in rules {
      let platform = try Platform(yaml: Array("\(parts[0])  allow:\n\(rule)\n\(rest)".utf8), file: "x.yaml")
      let examples = Self.reading[name] ?? []
      #expect(examples.contains { platform.readOnly.refusal(of: $0) == nil }, "\(name): \(rule)")
      #expect(examples.contains { platform.readOnly.refusal(of: $0) != nil }, "\(name): \(rule) allows everything")
    }
  }

  /// Refused as they stand.
  static let dangerous: [String: [String]] = firstDangerous.merging(["cisco_xe": firstDangerous["cisco_ios"] ?? []]) { first, _ in
    first
  }.merging(ReadingExamples.reading.keys.map { ($0, ReadingExamples.dangerous + (ReadingExamples.ownDangers[$0] ?? [])) }) {
    first, _ in first
  }

  @Test func everyPlatformHasExamples() throws {
    #expect(try Set(Self.reading.keys) == Set(PlatformCatalog().names()))
    #expect(try Set(Self.dangerous.keys) == Set(PlatformCatalog().names()))
  }

  private static let firstDangerous: [String: [String]] = [
    "frr": [
      "", " ", "c", "con", "con t", "conf t", "CONF T", " configure terminal", "configure  terminal", "do show version", "end",
      "enable", "e", "disable", "exit", "quit", "q", "logout", "no debug bgp", "w", "wr", "write memory", "write file",
      "copy running-config startup-config", "clear ip bgp *", "clea ip ospf process", "debug bgp updates", "undebug all",
      "terminal length 5", "terminal paginate", "output file /etc/passwd", "start-shell", "start-shell bash", "s", "st",
      "start-shell telnet 10.0.0.1", "ssh 10.0.0.1", "telnet 10.0.0.1", "reload", "rpki start", "mtrace 10.0.0.1",
      "graceful-restart prepare ip ospf", "bgp clear", "find ip", "list", "echo x", "log commands",
      "show", "sh", "show -x", "SHOW version", "show run | include route", "show run > /etc/passwd", "show version|cat",
      "showx version", "shw version", "ping", "ping -f", "ping 10.0.0.1 -f", "traceroute -m", "pin 10.0.0.1",
      "show version\nconfigure terminal", "show version\r\nconf t", "show\tversion", "show versi\u{F6}n", "\u{FF53}how version",
    ],
    "cisco_ios": [
      "", "co t", "con", "conf t", "CONF T", "  config   terminal", "configure replace flash:x", "do show version", "en",
      "disable",
      "reload", "reload in 5", "rel", "wr", "wr mem", "write erase", "copy run start", "copy tftp: flash:",
      "erase startup-config",
      "delete flash:x", "format flash:", "squeeze flash:", "mkdir x", "rename a b", "clear counters", "clear line 1",
      "debug all", "undebug all", "u all", "terminal monitor", "term len 0", "tclsh", "tclsh flash:x", "archive config",
      "archive download-sw tftp://x/y", "install add file x", "request platform software x", "boot system x", "setup",
      "send *", "ssh 10.0.0.1", "telnet 10.0.0.1", "connect x", "disconnect 1", "rlogin x", "rsh x", "lock", "login", "exit",
      "logout", "license boot level x", "test crash", "event manager run x", "guestshell run bash", "vlan database",
      "clock set 1:2:3 1 Jan 2020", "monitor capture x start", "crypto key generate rsa", "hw-module subslot 0/0 reload",
      "redundancy force-switchover", "no debug all", "default interface x", "where", "resume 1", "s", "sh", "show",
      "show run | redirect flash:x", "show run | red flash:x", "show run | r flash:x", "show run | tee flash:x",
      "show run | t flash:x", "show run | append flash:x", "show run | a flash:x", "show run |tee flash:x",
      "show run|redirect flash:x", "show tech-support | redirect tftp://10.0.0.1/x", "show run | format flash:x",
      "show run | include a | tee flash:x", "show run | include a|tee flash:x", "show run | include a| tee flash:x",
      "show run | include a |tee", "show run |", "show run | include", "show run > flash:x",
      "show platform hardware qfp active statistics drop clear", "sh plat hard qfp act stat drop cl",
      "show platform hardware qfp active statistics drop clear | include x", "| include x", "ping", "traceroute",
      "more", "more tftp://10.0.0.1/x", "more flash:x flash:y", "dir | redirect flash:x", "more flash:x | redirect flash:y",
      "show version\rconf t", "show\u{A0}version",
    ],
    "linux": [
      "", "bash", "sh", "sudo -s", "su", "reboot", "halt", "poweroff", "shutdown -h now", "rm -rf /",
      "dd if=/dev/zero of=/dev/sda",
      "cat", "cat /etc/shadow", "cat /etc/os-release /etc/shadow", "cat /proc/../etc/shadow", "cat /proc/kcore", "tee /etc/x",
      "hostname evil", "hostname -F /etc/passwd", "hostname -f evil", "HOSTNAME", "uname -a -x", "uname; reboot", "uname &",
      "uname && reboot", "uname | sh", "uname $(reboot)", "uname `reboot`", "uname > /etc/passwd", "uname < /dev/zero",
      "uname\nreboot",
      "uname\\", "uname 'x'", "uname \"x\"", "uname *", "uname {a,b}", "uname !!", "^uname^reboot", "uname ~", "uname #",
      "A=b uname",
      "date -s 12:00", "date 01010101", "date --set=12:00", "date -u 01010101", "dmesg -C", "dmesg -c", "dmesg -TC",
      "ip route add default via 10.0.0.1", "ip addr add 10.0.0.1/24 dev eth0", "ip a a 10.0.0.1/24 dev eth0",
      "ip link set eth0 down", "ip -br link set eth0 down", "ip route del default", "ip route flush table main",
      "ip -batch /tmp/x", "ip -b /tmp/x", "ip -force -batch /tmp/x", "ip netns exec x reboot", "ip -n x route show",
      "ip -all netns exec reboot", "ip neigh flush all", "ip rule add from all", "ip addr showx", "ip addr save", "ip monitor",
      "ss -K", "ss -tan -K", "ss --kill", "arp -d 10.0.0.1", "arp -s 10.0.0.1 0:0:0:0:0:0", "arp -f", "df -h /x", "ps aux -x",
      "lldpcli", "lldpcli configure", "lldpcli show neighbors -c /tmp/x", "lldpcli -c x show neighbors",
      "netstat -tuln -c", "ping 10.0.0.1", "ping -f -c 3 10.0.0.1", "ping -c 3 -f", "traceroute -i eth0 10.0.0.1",
      "systemctl stop sshd", "vtysh", "vtysh -c configure", "ip", "Uname -a", "UPTIME", "who -x",
    ],
  ]

  @Test(arguments: dangerous.keys.sorted()) func dangerousLinesAreRefused(_ name: String) throws {
    let rules = try PlatformCatalog().platform(named: name).readOnly
    let lines = try #require(Self.dangerous[name])
    #expect(lines.count >= 40)
    for line in lines { #expect(rules.refusal(of: line) != nil, "\(name): \(line)") }
  }

  /// The collections for a vendor's support can go into a file, or hold passwords.
  @Test(arguments: ["cisco_ios", "cisco_xe", "cisco_xr", "cisco_nxos", "cisco_asa", "huawei_vrp", "hp_comware"])
  func supportCollectionsWriteNoFile(_ name: String) throws {
    let rules = try PlatformCatalog().platform(named: name).readOnly
    let isCisco = name.hasPrefix("cisco")
    let refused =
      isCisco
      ? ["show tech-support file disk0:x", "sh tech file x", "SHOW TECH-SUPPORT password"]
      : ["display diagnostic-information x.txt", "dis dia x.txt", "DIS DIAG x | include y"]
    for line in refused { #expect(rules.refusal(of: line) != nil, "\(name): \(line)") }
    for line in isCisco ? ["show tech-support", "show tech-support ospf"] : ["display diagnostic-information", "dis version"] {
      #expect(rules.refusal(of: line) == nil, "\(name): \(line)")
    }
  }

  /// Command words in every abbreviation, alone and with arguments, in several spellings.
  static let words: [String: [String]] = [
    "frr": [
      "configure", "clear", "copy", "debug", "disable", "do", "echo", "edit", "enable", "end", "exit", "find", "graceful-restart",
      "list", "log", "mtrace", "no", "output", "quit", "reload", "rpki", "ssh", "start-shell", "telnet", "terminal", "test",
      "undebug", "watchfrr", "who", "write", "shutdown",
    ],
    "cisco_ios": [
      "access-enable", "archive", "boot", "clear", "clock", "configure", "connect", "copy", "crypto", "debug", "default",
      "delete",
      "disable", "disconnect", "do", "enable", "end", "erase", "event", "exit", "format", "guestshell", "hw-module", "install",
      "license", "lock", "login", "logout", "mkdir", "monitor", "mrinfo", "name-connection", "no", "pad", "ppp", "quit",
      "redundancy", "release", "reload", "rename", "renew", "request", "resume", "rlogin", "rmdir", "rsh", "send", "set", "setup",
      "slip", "squeeze", "ssh", "start-chat", "systat", "tclquit", "tclsh", "telnet", "terminal", "test", "tunnel", "undebug",
      "undelete", "upgrade", "verify", "vlan", "vtp", "where", "write", "x28", "x3", "shutdown",
    ],
    "linux": [
      "bash", "configure", "hostnamectl", "init", "ipmitool", "kill", "mount", "reboot", "rm", "shutdown", "sudo", "systemctl",
    ],
  ]

  @Test(arguments: words.keys.sorted()) func noAbbreviationGetsAround(_ name: String) throws {
    let rules = try PlatformCatalog().platform(named: name).readOnly
    for word in Self.words[name] ?? [] {
      for length in 1...word.count {
        let prefix = String(word.prefix(length))
        // What stands for `show` is no abbreviation of `shutdown`, which no exec mode has.
        if name != "linux", prefix == "sh" { continue }
        // Commands of their own on Linux.
        if name == "linux", ["hostname", "ip"].contains(prefix) { continue }
        for line in [prefix, " \(prefix) t", "\(prefix) terminal", prefix.uppercased() + " x", "\(prefix) x | include y"] {
          #expect(rules.refusal(of: line) != nil, "\(name): \(line)")
        }
      }
    }
  }

  @Test(arguments: [
    ("frr", "con t", "is not among the reading commands of platform 'frr': ping, show, traceroute"),
    ("frr", "ping", "is not among the reading commands of platform 'frr': ping *, ping ip|ipv6 *"),
    ("frr", "show run | i x", "has what reading commands of platform 'frr' must not have: it matches '[|>]'"),
    (
      "cisco_ios", "show run | tee x",
      "is not among the reading commands of platform 'cisco_ios': behind '|' may only be begin, count, exclude, include, section, once"
    ),
    ("linux", "hostname x", "is not among the reading commands of platform 'linux': hostname, hostname -d|-f|-I|-i|-s"),
    ("linux", "cat\tx", "has other characters than printable ASCII, and reading commands have none"),
  ]) func refusalsSayWhatIsAllowed(_ name: String, _ command: String, _ text: String) throws {
    #expect(try PlatformCatalog().platform(named: name).readOnly.refusal(of: command) == text)
  }

  @Test(arguments: [
    "'*'", "'* show'", "'...'", "'-*'", "'show ... x'", "'sh[ow'", "'sh]ow'", "'[show]'", "'sh[o]w'", "'sh[o][w]'", "'a||b'",
    "'|a'",
    "'a*b'", "'sh[ow]*'", "'show|*'",
  ]) func rulesThatAreNone(_ rule: String) throws {
    let text = String(decoding: try PlatformCatalog().source(of: "frr").bytes, as: UTF8.self)
    let wrong = text.replacing("- sh[ow] * ...", with: "- " + rule)
    #expect(wrong != text)
    let error = #expect(throws: DefinitionError.self) { try Platform(yaml: Array(wrong.utf8), file: "frr.yaml") }
    #expect(error?.description.contains("must be words such as 'show'") == true, "\(error?.description ?? "")")
  }
}
