/// Commands that only read, at least one for each rule of a platform, and commands that must be refused.
enum ReadingExamples {
  static let reading: [String: [String]] = [
    "cisco_nxos": [
      "show version", "sh ver", "ping 10.0.0.1", "ping6 2001:db8::1", "traceroute 10.0.0.1", "dir", "dir bootflash:", "pwd",
      "show run | begin x", "show run | count", "show run | exclude x", "show run | include x", "show run | json",
      "show run | last 10", "show run | no-more", "show run | section interface",
    ],
    "cisco_xr": [
      "show version", "sh ver", "ping 10.0.0.1", "traceroute 10.0.0.1", "dir", "dir disk0:", "pwd", "show run | begin x",
      "show run | exclude x", "show run | include x",
    ],
    "cisco_asa": [
      "show version", "sh ver", "ping 10.0.0.1", "traceroute 10.0.0.1", "dir", "dir disk0:", "pwd", "show run | begin x",
      "show run | exclude x", "show run | include x", "show run | grep x",
    ],
    "arista_eos": [
      "show version", "sh ver", "ping 10.0.0.1", "traceroute 10.0.0.1", "dir", "dir flash:", "pwd", "show run | begin x",
      "show run | exclude x", "show run | include x", "show run | section bgp", "show version | json", "show run | no-more",
      "show x | nz",
    ],
    "juniper_junos": [
      "show version", "show configuration | display set", "show interfaces terse", "ping 10.0.0.1 count 3",
      "ping 10.0.0.1 count 3 rapid", "traceroute 10.0.0.1", "show x | compare", "show x | count", "show x | except y",
      "show x | find y", "show x | last 10", "show x | match y", "show x | no-more",
    ],
    "huawei_vrp": [
      "display version", "dis ver", "ping 10.0.0.1", "tracert 10.0.0.1", "dir", "dir flash:", "pwd", "display cur | begin x",
      "display cur | count x", "display cur | exclude x", "display cur | include x",
    ],
    "hp_comware": [
      "display version", "dis ver", "ping 10.0.0.1", "tracert 10.0.0.1", "dir", "dir flash:", "pwd", "display cur | begin x",
      "display cur | count x", "display cur | exclude x", "display cur | include x",
    ],
    "hp_procurve": [
      "show version", "sh ver", "ping 10.0.0.1", "ping6 2001:db8::1", "traceroute 10.0.0.1", "display version",
      "show run | begin x", "show run | exclude x", "show run | include x",
    ],
    "aruba_cx": [
      "show version", "sh ver", "ping 10.0.0.1", "ping6 2001:db8::1", "traceroute 10.0.0.1", "show run | begin x",
      "show run | count x", "show run | exclude x", "show run | include x",
    ],
    "mikrotik_routeros": [
      "/export", "/export terse", "/export hide-sensitive", "/ping 10.0.0.1 count=3", "/ping 10.0.0.1 count=3 size=1400",
      "/tool traceroute 10.0.0.1 count=1", "/interface print", "/log print", "/interface ethernet print detail",
      "/ip address print", "/ip firewall filter print",
    ],
    "fortinet_fortios": [
      "get system status", "get router info routing-table all", "show", "show system interface", "execute ping 10.0.0.1",
      "execute ping6 2001:db8::1", "execute traceroute 10.0.0.1", "diagnose sys ha status",
      "diagnose hardware deviceinfo nic port1", "diagnose ip arp list", "show | grep x", "show | grep -f x",
    ],
    "paloalto_panos": [
      "show system info", "show config running", "ping count 3 host 10.0.0.1", "traceroute host 10.0.0.1",
      "test routing fib-lookup virtual-router default ip 10.0.0.1", "show config running | match x",
      "show config running | except x",
    ],
    "vyos": [
      "show version", "show configuration commands", "ping 10.0.0.1 count 3", "traceroute 10.0.0.1",
      "show configuration commands | match x", "show x | no-match y", "show x | count", "show x | no-more",
    ],
    "nokia_sros": [
      "show version", "show router arp", "ping 10.0.0.1", "traceroute 10.0.0.1", "admin show configuration",
      "admin show configuration bof", "show port | match x", "show port | count", "show port | no-more",
    ],
    "dell_os10": [
      "show version", "sh ver", "ping 10.0.0.1", "ping6 2001:db8::1", "traceroute 10.0.0.1", "dir", "dir home", "pwd",
      "show x | except y", "show x | find y", "show x | grep y", "show x | no-more", "show x | display-xml",
    ],
    "extreme_exos": [
      "show version", "sh ver", "ping 10.0.0.1", "traceroute 10.0.0.1", "show x | begin y", "show x | count y",
      "show x | exclude y", "show x | grep y", "show x | include y",
    ],
    "generic": [
      "show version", "sh ver", "display version", "dis ver", "get x", "ping 10.0.0.1", "traceroute 10.0.0.1",
    ],
  ]

  /// Refused on every platform of this list.
  static let dangerous = [
    "", "?", "configure", "configure terminal", "conf t", "config", "system-view", "sys", "enable", "en", "disable", "exit",
    "quit", "logout", "end", "reload", "reboot", "reset", "shutdown", "halt", "boot system x",
    "copy running-config startup-config", "copy a b", "delete flash:x", "del x", "erase startup-config", "format flash:",
    "write", "write memory", "wr", "save", "save x", "clear counters", "debug all", "undebug all", "no debug all", "tclsh",
    "bash", "start shell", "run bash", "guestshell", "request system reboot", "request system zeroize", "set x y", "undo x",
    "commit", "rollback 1", "load config x", "file delete x", "op script", "telnet 10.0.0.1", "ssh 10.0.0.1", "ftp 10.0.0.1",
    "tftp get 10.0.0.1", "scp a b", "install add x", "terminal length 5", "do show version", "show", "display",
    "show version > x", "show version >> x", "show version; reload", "show version\nreload", "show version\rreload",
    "show version | tee x", "show version | redirect x", "show version | append x", "show version | save x",
    "show version | include a | tee x", "show version | include a|tee", "show version | ", "show version | bash reboot",
    "display version > x", "show `reboot`", "show $(reboot)",
  ]

  /// Refused besides, by platform.
  static let ownDangers: [String: [String]] = [
    "cisco_nxos": [
      "show version ; conf t", "show tech-support > bootflash:x", "show clear x", "show run | sed x", "show run | awk x",
      "show run | vsh", "show run | grep x",
    ],
    "cisco_xr": [
      "admin", "show run | file disk0:x", "show run | utility script", "show x clear",
    ],
    "arista_eos": [
      "show run | grep x", "show run | awk x", "show x & reload", "show run | sh", "bash ls",
    ],
    "juniper_junos": [
      "ping 10.0.0.1", "show configuration | save x", "show x | tee y", "show x | append y", "show x | request message all hi",
      "monitor traffic", "edit interfaces", "request support information", "restart routing", "file copy a b", "op x",
      "show x | match y | save z",
    ],
    "huawei_vrp": [
      "reset saved-configuration", "reset counters", "startup saved-configuration x", "display cur > x",
      "undo terminal monitor", "super",
    ],
    "hp_comware": [
      "reset saved-configuration", "reset counters", "startup saved-configuration x", "display cur > x", "display cur >> x",
      "display cur | by-linenum", "super",
    ],
    "mikrotik_routeros": [
      "/export file=x", "/export terse file=x", "/ip address print file=x", "/ip address print file = x", "/log print follow",
      "/log print follow-only", "/interface print interval=1", "/ip address add address=1.1.1.1/24", "/ip address remove 0",
      "/ip address set 0 disabled=yes", "/system reboot", "/system reset-configuration", "/interface print; /system reboot",
      "/interface print [/system reboot]", "/interface print where (1)", "{/system reboot}", ":put x", "/file remove x",
      "/import x", "/ping 10.0.0.1", "/tool fetch url=x", "/user add name=x",
    ],
    "fortinet_fortios": [
      "config system interface", "execute reboot", "execute factoryreset", "execute backup config", "execute restore config",
      "diagnose sys kill 9 1", "diagnose debug enable", "diagnose sys ha reset-uptime", "execute ping", "set x", "end",
      "abort", "execute shutdown", "show | grep -x y", "fnsysctl ls",
    ],
    "paloalto_panos": [
      "ping host 10.0.0.1", "request restart system", "clear session all", "delete config saved x", "scp export x",
      "less mp-log x", "debug software restart", "run show x", "set cli pager off",
    ],
    "vyos": [
      "show version && reboot", "show version & reboot", "show version || reboot", "reset x", "sudo su",
      "cat /config/config.boot", "ping 10.0.0.1", "show x | sh", "show x | sudo tee y", "show ../x", "show x | match y | sh",
      "show *", "show {a,b}", "show ~", "show 'x'", "monitor traffic", "generate x", "add system image x",
      "delete system image x", "rm x",
    ],
    "nokia_sros": [
      "admin save", "admin reboot", "admin show", "tools perform x", "file remove x", "edit-config exclusive", "bof",
      "environment more true", "show x > y", "clear x", "oam x", "/configure system name x",
    ],
    "extreme_exos": [
      "enable ports all", "disable ports all", "create vlan x", "unconfigure switch", "run script x", "show x | suspend",
      "use configuration x", "download image x", "load script x", "upload configuration x",
    ],
    "generic": [
      "show run | include x", "get x y", "show x < y", "show (x)", "show {x}",
    ],
    "aruba_cx": [
      "checkpoint rollback x", "start-shell", "show run | redirect x", "vsf x", "erase all", "https-server x",
    ],
    "hp_procurve": [
      "menu", "setup", "kill", "show run | redirect x", "ping 10.0.0.1 repetitions 5", "page", "reload", "boot",
    ],
    "cisco_asa": [
      "show run | redirect flash:x", "packet-tracer input x", "capture x", "changeto context x", "failover active",
      "session sfr", "vpn-sessiondb logoff all",
    ],
    "dell_os10": [
      "show x | save y", "system bash", "image install x", "ztd start", "support-assist-activity x", "lock", "transaction x",
    ],
  ]
}
