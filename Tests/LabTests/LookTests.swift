import Foundation
import Testing

extension LabTests {
  /// What netjob finds out of devices from its own host, with real servers in a network namespace of their own.
  @Suite struct Looks {
    /// Runs a command among a name server and an SNMP agent; they end with it.
    private func wrapper(_ folder: String) throws -> [String] {
      try "nameserver 127.0.0.1\n".write(toFile: folder + "/resolv.conf", atomically: true, encoding: .utf8)
      try "127.0.0.1 localhost\n".write(toFile: folder + "/hosts", atomically: true, encoding: .utf8)
      try """
      rocommunity look127
      sysName core1.example.net
      sysDescr Router of the lab
      sysContact noc@example.net
      sysLocation Rack 7
      agentXSocket \(folder)/agentx
      """.appending("\n").write(toFile: folder + "/snmpd.conf", atomically: true, encoding: .utf8)
      let script = """
        set -e
        ip link set lo up
        ip address add 127.0.1.1/8 dev lo
        mount --bind '\(folder)/resolv.conf' /etc/resolv.conf
        mount --bind '\(folder)/hosts' /etc/hosts
        dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --local=/example.net/ --local=/127.in-addr.arpa/ --listen-address=127.0.0.1 \
          --bind-interfaces --user=root --pid-file= --host-record=core1.example.net,127.0.1.1 \
          --host-record=moved.example.net,127.0.9.9 --host-record=core2.example.net,127.0.2.2 2>'\(folder)/dnsmasq.log' & dns=$!
        MIBS= SNMP_PERSISTENT_DIR='\(folder)' snmpd -f -C -c '\(folder)/snmpd.conf' -Le -I -smux,mteTrigger,mteTriggerConf \
          udp:127.0.1.1:1161 2>'\(folder)/snmpd.log' & agent=$!
        trap 'kill $dns $agent' EXIT
        tries=0
        until ss -Hlun sport = :53 | grep -q 53 && ss -Hltn sport = :53 | grep -q 53 && ss -Hlun sport = :1161 | grep -q 1161; do
          tries=$((tries + 1))
          [ $tries -lt 200 ] || { cat '\(folder)/dnsmasq.log' '\(folder)/snmpd.log' >&2; exit 99; }
          sleep 0.05
        done
        "$@"
        """
      return ["unshare", "--mount", "--net", "sh", "-c", script, "sh"]
    }

    private func play(_ body: (Story, (String, Int32) async throws -> String) async throws -> Void) async throws {
      try await Story.inFolder { folder in
        let story = Story(lab: Lab(nothingIn: folder), netjob: Netjob(folder: folder))
        try await story.netjob("init")
        try await story.netjob("user add alice --role operator")
        try await story.netjob(
          "credential add c --username lab --password-stdin --snmp-community-stdin", input: "lab\nlook127\n")
        let wrapper = try wrapper(folder)
        try await body(story) { name, status in
          try await story.netjob("job run \(name)", as: "alice", wrapper: wrapper, exits: status)
          let execution = try await story.netjob.lastExecution(of: name)
          let output = try await story.netjob("history output \(execution["id"].integer ?? 0)").output
          return output + execution["devices"][0]["error"].string + execution["devices"][0]["summary"].string
        }
      }
    }

    private func create(_ story: Story, _ name: String, _ tool: String, _ device: String, _ words: String = "") async throws {
      try await story.netjob("job create \(name) --type tool --tool \(tool) --device \(device) \(words)", as: "alice")
    }

    @Test func namesAndAddressesAreCompared() async throws {
      try await play { story, run in
        for (name, address) in [
          ("core1", "127.0.1.1"), ("core2", "127.0.1.1"), ("moved", "127.0.1.1"), ("unknown", "127.0.3.3"),
          ("named", "core1.example.net"),
        ] {
          try await story.netjob("device add \(name) --address \(address) --platform generic --credential c")
          try await create(story, name, "dns-lookup", name, "--param domain=example.net")
        }
        let good = try await run("core1", 0)
        #expect(good.contains("core1.example.net has address 127.0.1.1\n127.0.1.1 has name core1.example.net\n"), "\(good)")
        let named = try await run("named", 0)
        #expect(named.contains("core1.example.net and 127.0.1.1 belong together"), "\(named)")
        let other = try await run("core2", 1)
        #expect(other.contains("'core2.example.net' is 127.0.2.2, and the device is at 127.0.1.1"), "\(other)")
        #expect(other.contains("127.0.1.1 is called 'core1.example.net', not 'core2.example.net'"), "\(other)")
        #expect(try await run("moved", 1).contains("'moved.example.net' is 127.0.9.9, and the device is at 127.0.1.1"))
        let unknown = try await run("unknown", 1)
        #expect(unknown.contains("'unknown.example.net' has no address; 127.0.3.3 has no name"), "\(unknown)")
      }
    }

    @Test func anAgentTellsWhatItIs() async throws {
      try await play { story, run in
        try await story.netjob("device add core1 --address 127.0.1.1 --platform generic --credential c")
        try await create(story, "info", "snmp-system-info", "core1", "--param port=1161")
        let output = try await run("info", 0)
        for line in [
          "sysDescr: Router of the lab\n", "sysName: core1.example.net\n", "sysContact: noc@example.net\n",
          "sysLocation: Rack 7\n", "sysObjectID: 1.3.6.1.4.1.8072.3.2.10\n", "sysUpTime: ",
        ] { #expect(output.contains(line), "\(output)") }
        #expect(!output.contains("look127"))
        try await create(story, "nobody", "snmp-system-info", "core1", "--param port=1162 --param timeout=1")
        #expect(try await run("nobody", 1).contains("no answer from UDP port 1162, or not to the community of 'c'"))
      }
    }

    @Test func portsAreFound() async throws {
      try await play { story, run in
        try await story.netjob("device add core1 --address 127.0.0.1 --platform generic --credential c")
        // The name server's.
        try await create(story, "scan", "port-scan", "core1", "--param ports=52-54,8022")
        let output = try await run("scan", 0)
        #expect(output.contains("52/tcp closed\n53/tcp open\n54/tcp closed\n8022/tcp closed\n1 of 4 ports open: 53"), "\(output)")
        try await story.netjob("device add far --address 203.0.113.9 --platform generic --credential c")
        try await create(story, "far", "port-scan", "far", "--param ports=22")
        #expect(try await run("far", 1).contains("no port can be reached: network is unreachable"))
        for ports in ["0", "70000", "9-2", "1-5000"] {
          let wrong = try await story.netjob(
            "job create wrong --type tool --tool port-scan --device core1 --param ports=\(ports)", as: "alice", exits: 2)
          #expect(wrong.errors.contains("parameter 'ports'"), "\(wrong)")
        }
      }
    }

    /// A port that what comes is dropped at is told from one that refuses.
    @Test func aPortThatNeverAnswersIsFiltered() async throws {
      try await Story.inFolder { folder in
        let netjob = Netjob(folder: folder)
        let hole = try ChildProcess(
          [
            URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Lab/black-hole").path, "silent",
            folder + "/hole",
          ],
          environment: ["PATH": "/usr/bin:/bin"])
        defer { hole.signal(SIGKILL) }
        try await eventually("the black hole") { access(folder + "/hole", F_OK) == 0 }
        let port = try String(contentsOfFile: folder + "/hole", encoding: .utf8).trimmingCharacters(in: .newlines)
        try await netjob("init")
        try await netjob("device add core1 --address 127.0.0.1 --platform generic")
        try await netjob("job create scan --type tool --tool port-scan --device core1 --param ports=1,\(port) --param timeout=1")
        try await netjob("job run scan")
        let output = try await netjob("history output 1").output
        #expect(output.contains("1/tcp closed\n\(port)/tcp filtered\n"), "\(output)")
      }
    }

    /// Behind a jump host the same address may be another device.
    @Test func nothingGoesRoundAJumpHost() async throws {
      try await play { story, run in
        try await story.netjob("network add far --jump 127.0.0.1:22 --jump-credential c")
        try await story.netjob("device add core1 --address 127.0.1.1 --platform generic --credential c --network far")
        for tool in ["port-scan", "snmp-system-info"] {
          try await create(story, tool, tool, "core1", "--network far")
          #expect(try await run(tool, 1).contains("leads through jump host 127.0.0.1:22"))
        }
      }
    }
  }
}
