import DeviceCLI
import Testing

/// The forms that secrets have in the configurations of each platform, besides those of `PlatformTests`.
@Suite struct MaskTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let platform: String
    let text: String
    let masked: String
    var testDescription: String { "\(platform): \(masked)" }

    init(_ platform: String, _ text: String, _ masked: String) {
      self.platform = platform
      self.text = text
      self.masked = masked
    }
  }

  static let cases = [
    Case("cisco_xe", "username admin privilege 15 secret 9 $9$abc", "username admin privilege 15 secret 9 ******"),
    Case("cisco_xe", " key 6 AbCdEf", " key 6 ******"),
    Case("cisco_xe", "snmp-server host 10.0.0.1 version 2c n0tpublic", "snmp-server host 10.0.0.1 version 2c ******"),
    Case("cisco_xe", "ntp authentication-key 1 md5 0822455D0A16 7", "ntp authentication-key 1 md5 ****** 7"),
    Case("cisco_xe", " certificate ca 01\n  30820321 30820209\n  \tquit", " certificate ca 01\n******\n  \tquit"),
    Case(
      "cisco_xe", "snmp-server user u g v3 auth sha S3CRET priv aes 128 S3CRET2",
      "snmp-server user u g v3 auth sha ****** priv aes 128 ******"),
    Case(
      "cisco_nxos", "username admin password 5 $5$abc  role network-admin",
      "username admin password 5 ******  role network-admin"),
    Case(
      "cisco_nxos", "snmp-server community n0tpublic group network-operator",
      "snmp-server community ****** group network-operator"),
    Case("cisco_nxos", "tacacs-server host 10.0.0.9 key 7 \"fewhg\"", "tacacs-server host 10.0.0.9 key 7 \"******\""),
    Case("cisco_nxos", "    password 3 a667d47acc18ea6b", "    password 3 ******"),
    Case(
      "cisco_nxos", "snmp-server user admin network-admin auth md5 0x1234 priv 0x5678 localizedkey",
      "snmp-server user admin network-admin auth md5 ****** priv ****** localizedkey"),
    Case("cisco_xr", " secret 10 $6$abc", " secret 10 ******"),
    Case("cisco_xr", " password 7 0822455D0A16", " password 7 ******"),
    Case("cisco_xr", "snmp-server community n0tpublic RO", "snmp-server community ****** RO"),
    Case("cisco_xr", " key 7 0822455D0A16", " key 7 ******"),
    Case("cisco_xr", "  password encrypted 0822455D0A16", "  password encrypted ******"),
    Case("cisco_xr", "  key-string password 0822", "  key-string password ******"),
    Case("cisco_asa", "enable password $sha512$5000$abc== pbkdf2", "enable password ****** pbkdf2"),
    Case("cisco_asa", "passwd 2KFQnbNIdI.2KYOU encrypted", "passwd ****** encrypted"),
    Case("cisco_asa", "username bob password xyz encrypted privilege 15", "username bob password ****** encrypted privilege 15"),
    Case("cisco_asa", " ikev1 pre-shared-key abc", " ikev1 pre-shared-key ******"),
    Case(
      "cisco_asa", "snmp-server host inside 10.0.0.1 community n0tpublic version 2c",
      "snmp-server host inside 10.0.0.1 community ****** version 2c"),
    Case("cisco_asa", " key abc", " key ******"),
    Case("cisco_asa", " ikev2 remote-authentication pre-shared-key abc", " ikev2 remote-authentication pre-shared-key ******"),
    Case(
      "arista_eos", "username admin privilege 15 role network-admin secret sha512 $6$abc",
      "username admin privilege 15 role network-admin secret sha512 ******"),
    Case("arista_eos", "enable password sha512 $6$abc", "enable password sha512 ******"),
    Case("arista_eos", "snmp-server community n0tpublic ro", "snmp-server community ****** ro"),
    Case("arista_eos", "tacacs-server key 7 0822455D", "tacacs-server key 7 ******"),
    Case("arista_eos", "   neighbor 10.0.0.2 password 7 abc==", "   neighbor 10.0.0.2 password 7 ******"),
    Case(
      "juniper_junos", "        encrypted-password \"$6$abc\"; ## SECRET-DATA",
      "        encrypted-password \"******\"; ## SECRET-DATA"),
    Case("juniper_junos", "    secret \"$9$abc\"; ## SECRET-DATA", "    secret \"******\"; ## SECRET-DATA"),
    Case("juniper_junos", "    community n0tpublic {", "    community ****** {"),
    Case(
      "juniper_junos", "set system root-authentication encrypted-password \"$6$abc\"",
      "set system root-authentication encrypted-password \"******\""),
    Case(
      "juniper_junos", "    pre-shared-key ascii-text \"$9$abc\"; ## SECRET-DATA",
      "    pre-shared-key ascii-text \"******\"; ## SECRET-DATA"),
    Case("juniper_junos", "    authentication-key \"$9$abc\";", "    authentication-key \"******\";"),
    Case(
      "huawei_vrp", " local-user admin password irreversible-cipher $1a$abc$",
      " local-user admin password irreversible-cipher ******"),
    Case("huawei_vrp", " snmp-agent community read cipher %^%#abc%^%#", " snmp-agent community read cipher ******"),
    Case("huawei_vrp", " super password level 3 cipher abc", " super password level 3 cipher ******"),
    Case("huawei_vrp", " radius-server shared-key cipher abc", " radius-server shared-key cipher ******"),
    Case("huawei_vrp", " set authentication password cipher abc", " set authentication password cipher ******"),
    Case("hp_comware", " password hash $h$6$abc", " password hash ******"),
    Case("hp_comware", " snmp-agent community read cipher $c$3$abc", " snmp-agent community read cipher ******"),
    Case(
      "hp_comware", " primary authentication 10.0.0.9 key cipher $c$3$abc",
      " primary authentication 10.0.0.9 key cipher ******"),
    Case("hp_comware", " super password role network-admin hash $h$6$abc", " super password role network-admin hash ******"),
    Case("hp_procurve", "snmp-server community \"n0tpublic\" unrestricted", "snmp-server community \"******\" unrestricted"),
    Case(
      "hp_procurve", "password manager user-name \"admin\" sha1 \"abc\"",
      "password manager user-name \"admin\" sha1 \"******\""),
    Case("hp_procurve", "radius-server host 10.0.0.9 key \"abc\"", "radius-server host 10.0.0.9 key \"******\""),
    Case(
      "aruba_cx", "user admin group administrators password ciphertext AQBapabc",
      "user admin group administrators password ciphertext ******"),
    Case("aruba_cx", "snmp-server community n0tpublic", "snmp-server community ******"),
    Case("aruba_cx", "tacacs-server key ciphertext AQBap", "tacacs-server key ciphertext ******"),
    Case(
      "aruba_cx", "snmpv3 user u auth sha auth-pass ciphertext AQ1 priv aes priv-pass ciphertext AQ2",
      "snmpv3 user u auth sha auth-pass ciphertext ****** priv aes priv-pass ciphertext ******"),
    Case(
      "mikrotik_routeros", "/ppp secret add name=a password=\"S3 CRET\" profile=x",
      "/ppp secret add name=a password=****** profile=x"),
    Case(
      "mikrotik_routeros", "/snmp community set [ find default=yes ] name=n0tpublic",
      "/snmp community set [ find default=yes ] name=******"),
    Case(
      "mikrotik_routeros", "/interface wireguard add private-key=\"abc=\" listen-port=1",
      "/interface wireguard add private-key=****** listen-port=1"),
    Case("mikrotik_routeros", "/radius add address=10.0.0.9 secret=abc", "/radius add address=10.0.0.9 secret=******"),
    Case("mikrotik_routeros", "/ip ipsec identity add peer=p secret=abc", "/ip ipsec identity add peer=p secret=******"),
    Case("fortinet_fortios", "    set password ENC SH2abc", "    set password ENC ******"),
    Case("fortinet_fortios", "        set psksecret ENC abc==", "        set psksecret ENC ******"),
    Case(
      "fortinet_fortios",
      "    set private-key \"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIFABC\n-----END ENCRYPTED PRIVATE KEY-----\"",
      "    set private-key \"******\n******\n-----END ENCRYPTED PRIVATE KEY-----\""),
    Case(
      "fortinet_fortios", "config system snmp community\n    edit 1\n        set name \"n0tpublic\"\n    next\nend",
      "config system snmp community\n******\n******\n******\nend"),
    Case("fortinet_fortios", "        set passphrase \"abc\"", "        set passphrase \"******\""),
    Case("paloalto_panos", "        phash $5$abc;", "        phash ******;"),
    Case("paloalto_panos", "              secret -AQ==abcdefgh;", "              secret ******;"),
    Case("paloalto_panos", "          snmp-community-string n0tpublic;", "          snmp-community-string ******;"),
    Case(
      "paloalto_panos", "set deviceconfig system x pre-shared-key key -AQ==abcd",
      "set deviceconfig system x pre-shared-key key ******"),
    Case(
      "vyos", "set system login user vyos authentication encrypted-password '$6$abc'",
      "set system login user vyos authentication encrypted-password '******'"),
    Case(
      "vyos", "set service snmp community n0tpublic authorization 'ro'",
      "set service snmp community ****** authorization 'ro'"),
    Case(
      "vyos", "set vpn ipsec site-to-site peer 10.0.0.2 authentication pre-shared-secret 'abc'",
      "set vpn ipsec site-to-site peer 10.0.0.2 authentication pre-shared-secret '******'"),
    Case("vyos", "        encrypted-password \"$6$abc\"", "        encrypted-password \"******\""),
    Case("vyos", "    plaintext-password abc", "    plaintext-password ******"),
    Case("vyos", " community n0tpublic {", " community ****** {"),
    Case("nokia_sros", "                password \"$2y$10$abc\"", "                password \"******\""),
    Case("nokia_sros", "                community \"n0tpublic hash2\" {", "                community \"******\" {"),
    Case("nokia_sros", "            authentication-key \"abc hash2\"", "            authentication-key \"****** hash2\""),
    Case(
      "dell_os10", "username admin password $6$abc role sysadmin priv-lvl 15",
      "username admin password ****** role sysadmin priv-lvl 15"),
    Case("dell_os10", "snmp-server community n0tpublic ro", "snmp-server community ****** ro"),
    Case("dell_os10", "radius-server host 10.0.0.9 key 9 abc", "radius-server host 10.0.0.9 key 9 ******"),
    Case("extreme_exos", "configure account admin encrypted \"$5$abc\"", "configure account admin encrypted \"******\""),
    Case(
      "extreme_exos", "configure snmpv3 add community \"n0tpublic\" name \"n0tpublic\" user \"v1v2c_ro\"",
      "configure snmpv3 add community \"******\" name \"******\" user \"v1v2c_ro\""),
    Case(
      "extreme_exos", "configure radius mgmt-access primary shared-secret encrypted \"#$abc\"",
      "configure radius mgmt-access primary shared-secret encrypted \"******\""),
    Case("generic", "enable password 7 abc", "enable password 7 ******"),
    Case("generic", "snmp community n0tpublic", "snmp community ******"),
    Case("cisco_nxos", "interface Ethernet1/1", "interface Ethernet1/1"),
    Case("cisco_xr", " description uplink", " description uplink"),
    Case("cisco_asa", "access-list x extended permit ip any any", "access-list x extended permit ip any any"),
    Case("arista_eos", "interface Ethernet1", "interface Ethernet1"),
    Case("juniper_junos", "    host-name ex1;", "    host-name ex1;"),
    Case("huawei_vrp", " description uplink", " description uplink"),
    Case("hp_comware", " vlan 10", " vlan 10"),
    Case("hp_procurve", "vlan 1", "vlan 1"),
    Case("aruba_cx", "interface 1/1/1", "interface 1/1/1"),
    Case(
      "mikrotik_routeros", "/ip address add address=192.0.2.1/24 interface=ether1",
      "/ip address add address=192.0.2.1/24 interface=ether1"),
    Case("fortinet_fortios", "    set ip 192.0.2.1 255.255.255.0", "    set ip 192.0.2.1 255.255.255.0"),
    Case("paloalto_panos", "      hostname pa1;", "      hostname pa1;"),
    Case("vyos", "set system host-name 'r1'", "set system host-name 'r1'"),
    Case("nokia_sros", "        name \"sr1\"", "        name \"sr1\""),
    Case("dell_os10", "interface vlan 10", "interface vlan 10"),
    Case("extreme_exos", "configure vlan default tag 1", "configure vlan default tag 1"),
    Case("generic", "interface 1", "interface 1"),
  ]

  @Test(arguments: cases) func secretsAreMasked(_ secret: Case) throws {
    let platform = try PlatformCatalog().platform(named: secret.platform)
    #expect(platform.mask(configuration: "!\n\(secret.text)\n!\n") == "!\n\(secret.masked)\n!\n")
    // What is masked stays as it is: a mask that is masked again is the same.
    #expect(platform.mask(configuration: secret.masked) == secret.masked)
  }

  @Test(arguments: try PlatformCatalog().names()) func everyPlatformMasksSomething(_ name: String) throws {
    let platforms = Set(Self.cases.map(\.platform)).union(["cisco_ios", "frr"])
    #expect(platforms.contains(name) || name == "linux")
  }

  /// What changes by itself makes no difference, and what people change does.
  @Test(arguments: [
    ("fortinet_fortios", "    set password ENC SH2abc\n", "    set password ENC SH2xyz\n", "    set password plain\n"),
    (
      "fortinet_fortios", "set private-key \"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAA\n-----END ENCRYPTED PRIVATE KEY-----\"\n",
      "set private-key \"-----BEGIN ENCRYPTED PRIVATE KEY-----\nBBB\n-----END ENCRYPTED PRIVATE KEY-----\"\n", "set x\n"
    ),
    (
      "juniper_junos", "## Last commit: 2020-03-03 10:15:30 UTC by admin\n", "## Last commit: 2021-01-01 00:00:00 UTC by eve\n",
      "version 21;\n"
    ),
    (
      "mikrotik_routeros", "# 2020-03-03 10:15:30 by RouterOS 7.11.2\n", "# 2021-01-01 00:00:00 by RouterOS 7.11.2\n",
      "# 2020-03-03 10:15:30 by RouterOS 7.12\n"
    ),
    ("nokia_sros", "# Finished 2020-03-03T10:15:30.2+00:00\n", "# Finished 2021-01-01T00:00:00.1+00:00\n", "exit\n"),
    (
      "dell_os10", "! Last configuration change at Mar  03 10:15:30 2020\n",
      "! Last configuration change at Jan  01 00:00:00 2021\n",
      "! Version 11\n"
    ),
    (
      "cisco_xr", "!! Last configuration change at Tue Mar  3 10:15:30 2020 by admin\n",
      "!! Last configuration change at Fri Jan  1 00:00:00 2021 by eve\n", "hostname x\n"
    ),
    ("cisco_asa", "Cryptochecksum:5c22aabb\n", "Cryptochecksum:99887766\n", "hostname x\n"),
  ]) func whatChangesByItselfIsIgnored(_ name: String, _ one: String, _ other: String, _ changed: String) throws {
    let platform = try PlatformCatalog().platform(named: name)
    #expect(platform.normalizedForComparison(one) == platform.normalizedForComparison(other))
    #expect(platform.normalizedForComparison(one) != platform.normalizedForComparison(changed))
  }
}
