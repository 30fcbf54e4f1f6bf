import Commands
import Storage
import Terminal
import Testing

/// `netjob device import` and `netjob device export`.
@Suite struct DeviceFileTests {
  private func load(
    _ bench: CommandBench, _ text: String, _ options: String = "", as user: String? = "root"
  ) async -> CommandBench.Outcome {
    await bench.run("device import - \(options)", as: user, input: text)
  }

  private func device(_ bench: CommandBench, _ name: String) async throws -> JSONValue {
    try (await bench.run("device show \(name) --json")).json
  }

  @Test func aTableIsImportedOnceAndThenUnchanged() async throws {
    let bench = try await CommandBench()
    let text = """
      name,address,port,platform,tags,comment,enabled,field.site
      c1,10.0.0.1,2222,cisco_ios,core;edge,"first, of two",true,berlin
      c2,10.0.0.2,,arista_eos,,,false,

      """.replacing("\n\n", with: "\n")
    let trial = await load(bench, text, "--format csv --dry-run")
    #expect(trial.status == .done && trial.output == "+ c1\n+ c2\n", "\(trial.errors)")
    #expect(await bench.run("device show c1").status == .notFound)
    #expect(await load(bench, text, "--format csv").status == .done)
    let first = try await device(bench, "c1")
    #expect(first["port"] == 2222 && first["tags"] == ["core", "edge"] && first["fields"] == ["site": "berlin"])
    #expect(first["comment"] == "first, of two")
    #expect(try await device(bench, "c2")["enabled"] == false)
    let again = await load(bench, text, "--format csv")
    #expect(again.status == .usage && again.errors.contains("line 2: device 'c1': it exists already; --update changes it"))
    #expect(again.errors.contains("line 3: device 'c2'") && again.errors.contains("2 rows are wrong; nothing was imported"))
    let same = await load(bench, text, "--format csv --update --json")
    #expect(try same.json["unchanged"] == 2 && same.json["changed"] == [])
    let other = await load(
      bench, text.replacing("core;edge", with: "core;x").replacing("berlin", with: "bonn"), "--format csv --update")
    #expect(other.output == "~ c1: +tag x; -tag edge; field site berlin -> bonn\n", "\(other.output)\(other.errors)")
  }

  @Test func allMistakesAreToldAtOnceAndNothingIsImported() async throws {
    let bench = try await CommandBench()
    let text = """
      name,address,port,platform,enabled
      ok,10.0.0.1,22,frr,
      a,10.0.0.2,22,ios,
      b,10.0.0.3,seven,frr,
      c,10.0.0.4,22,frr,perhaps
      d,,22,frr,
      e,10.0.0.5,22
      ok,10.0.0.6,22,frr,
      f,10.0.0.7,99999,frr,
      ,10.0.0.8,22,frr,

      """.replacing("\n\n", with: "\n")
    let refused = await load(bench, text, "--format csv")
    #expect(refused.status == .usage)
    for words in [
      "line 3: device 'a': there is no platform 'ios'", "line 4: port: 'seven' is no number",
      "line 5: enabled: 'perhaps' is not true or false", "line 6: device 'd': it has no address",
      "line 7: 3 fields where the first line has 5", "line 8: device 'ok' is there twice, first at standard input line 2",
      "line 9: device 'f': port 99999 is out of range", "line 10: the device has no name",
    ] {
      #expect(refused.errors.contains(words), "\(words) in \(refused.errors)")
    }
    #expect(await bench.run("device show ok").status == .notFound)
    let some = await load(bench, text, "--format csv --keep-going")
    #expect(some.status == .failed && some.output.contains("+ ok"), "\(some.output)\(some.errors)")
    #expect(await bench.run("device show ok").status == .done)
    #expect(await bench.run("device show a").status == .notFound)
    // A value that cannot be read does not become the default one.
    #expect(!some.output.contains("+ b") && !some.output.contains("+ c"), "\(some.output)")
    let column = await load(bench, "name,adress\nx,1\n", "--format csv")
    #expect(column.status == .usage && column.errors.contains("line 1: the column 'adress' is none of name, address"))
    #expect(await load(bench, "what is it").errors.contains("--format says it: one of csv, json, yaml"))
  }

  @Test(arguments: ["csv", "json", "yaml"]) func whatIsExportedComesBack(_ format: String) async throws {
    let bench = try await CommandBench()
    _ = await bench.run(["device", "edit", "r1", "--comment", "=1+1, \"x\"\nand", "--field", "site=köln", "--legacy"])
    let text = await bench.run("device export --format \(format)")
    #expect(text.status == .done)
    if format == "csv" { #expect(text.output.contains("\"'=1+1")) }
    let same = await load(bench, text.output, "--format \(format) --update --json")
    #expect(try same.json["unchanged"] == 3 && same.json["failed"] == [], "\(text.output)\(same.errors)")
    for name in ["r1", "r2", "l1"] { _ = await bench.run("device delete \(name) --yes") }
    #expect(await load(bench, text.output, "--format \(format)").status == .done)
    #expect(await bench.run("device export --format \(format)").output == text.output)
  }

  @Test func whatListsTellIsTakenToo() async throws {
    let bench = try await CommandBench()
    let list = await bench.run("device list --json")
    let same = await load(bench, list.output, "--update --json")
    #expect(try same.json["unchanged"] == 3, "\(same.errors)")
    let wrong = await load(bench, "[{\"name\": \"x\",\n \"adress\": \"10.0.0.1\"}]")
    #expect(wrong.errors.contains("standard input:2:2: ") && wrong.errors.contains("unknown key 'adress'"), "\(wrong.errors)")
  }

  @Test func anAnsibleInventory() async throws {
    let bench = try await CommandBench()
    let text = """
      all:
        vars: {ansible_user: admin}
        children:
          core:
            vars: {ansible_network_os: cisco.ios.ios}
            hosts:
              a1: {ansible_host: 10.0.0.1}
              a2: {ansible_host: 10.0.0.2, ansible_port: 2022, ansible_network_os: junipernetworks.junos.junos}
          east:
            hosts: {a1: }
            children:
              lab:
                hosts: {a3.example.net: {ansible_network_os: eos}}

      """
    let outcome = await load(bench, text, "--format ansible")
    #expect(outcome.status == .done, "\(outcome.errors)")
    let (a1, a2, a3) = (try await device(bench, "a1"), try await device(bench, "a2"), try await device(bench, "a3.example.net"))
    #expect(a1["platform"] == "cisco_ios" && a1["tags"] == ["core", "east"] && a1["address"] == "10.0.0.1")
    #expect(a2["platform"] == "juniper_junos" && a2["port"] == 2022)
    #expect(a3["address"] == "a3.example.net" && a3["tags"] == ["east", "lab"] && a3["platform"] == "arista_eos")
  }

  /// Precedence as Ansible has it, and nothing taken for something else.
  @Test func variablesOfAnInventory() async throws {
    let bench = try await CommandBench()
    let text = """
      ---
      all:
        vars: {ansible_network_os: frr}
        children:
          core:
            vars: {ansible_network_os: ios}
            hosts: {x1: {ansible_port: 2222}}
          berlin:
            vars: {ansible_port: 22, ansible_network_os: eos}
            children: {core: }
            hosts: {x1: , x2: }
          vaults:
            hosts:
              v1: {ansible_host: 10.2}
              v2: {ansible_host: '{{ inventory_hostname }}.example.net'}
              v3: {ansible_port: 2e3}

      """
    let outcome = await load(bench, text, "--format ansible --keep-going")
    #expect(outcome.status == .failed && outcome.output.contains("+ x1\n+ x2\n"), "\(outcome.output)\(outcome.errors)")
    let (x1, x2) = (try await device(bench, "x1"), try await device(bench, "x2"))
    #expect(x1["port"] == 2222 && x1["platform"] == "cisco_ios" && x1["tags"] == ["berlin", "core"])
    #expect(x2["port"] == 22 && x2["platform"] == "arista_eos" && x2["tags"] == ["berlin"])
    for words in ["v1.ansible_host: must be", "line 15: ansible_host: '{{ inventory_hostname }}", "v3.ansible_port: must be"] {
      #expect(outcome.errors.contains(words), "\(words) in \(outcome.errors)")
    }
    #expect(await bench.run("device show v1").status == .notFound)
    let ini = await load(bench, "[core]\nr1 ansible_host=10.0.0.1\n")
    #expect(ini.status == .usage && ini.errors.contains("'ansible-inventory --list --yaml'"), "\(ini.errors)")
  }

  @Test func whatSpreadsheetsWrite() async throws {
    let bench = try await CommandBench()
    let text = "\u{FEFF}Name,Address ,Platform,tags,comment\r\n\r\na,10.0.0.1,frr,big core; east ,''=x\r\n\r\n"
    let outcome = await load(bench, text, "--format csv")
    #expect(outcome.status == .done, "\(outcome.errors)")
    let a = try await device(bench, "a")
    #expect(a["tags"] == ["big core", "east"] && a["comment"] == "'=x")
    let exported = await bench.run("device export")
    let again = await load(bench, exported.output, "--format csv --update")
    #expect(again.errors.contains("0 added, 0 changed"), "\(again.errors)")
    #expect(await bench.run("device edit a --tag x;y").errors.contains("';'"))
    #expect(await load(bench, "name;address\n", "--format csv").errors.contains("separated by commas"))
  }

  /// Nobody can enter such a comment, but somebody with sqlite3 can. What turns text round may be entered, and must come back.
  @Test func whatActsOnATerminalIsEscaped() async throws {
    let bench = try await CommandBench()
    try bench.store().database.write { sql in
      _ = try sql.execute("UPDATE device SET comment = ? WHERE name = 'r1'", "\u{1B}]0;owned\u{7}\u{9B}2J\nline")
      _ = try sql.execute("UPDATE device SET comment = ? WHERE name = 'r2'", "a\u{202E}b")
    }
    let exported = await bench.run("device export")
    #expect(exported.output.contains(#",edge,"\x1b]0;owned\x07\x9b2J"# + "\nline\",true,"), "\(exported)")
    #expect(exported.output.contains(",edge,a\u{202E}b,true,"), "\(exported)")
    let shown = try await bench.run(["device", "export"], as: "root", atTerminalAnswering: nil)
    #expect(shown.output.contains(#",edge,a\u202eb,true,"#), "\(shown)")
    for format in ["json", "yaml"] {
      let text = await bench.run("device export --format \(format)").output
      #expect(!text.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{9B}" || $0 == "\u{202E}" }, "\(text)")
    }
  }

  @Test func listsOfNetBoxAndOxidized() async throws {
    let bench = try await CommandBench()
    let netbox = await load(
      bench,
      "Name,Status,Site,Role,Manufacturer,Platform,IP Address\nn1,Active,Berlin 1,Core Router,Cisco,IOS-XE,10.0.1.1/24\nn2,Offline,Bonn,Switch,Arista,eos,10.0.1.2\nn3,Active,Bonn,Switch,Arista,eos,\n",
      "--format netbox --keep-going")
    #expect(netbox.status == .failed && netbox.errors.contains("line 4: device 'n3': it has no address"), "\(netbox.errors)")
    let first = try await device(bench, "n1")
    #expect(first["platform"] == "cisco_xe" && first["tags"] == ["core-router"] && first["fields"] == ["site": "Berlin 1"])
    #expect(try await device(bench, "n2")["enabled"] == false)
    let oxidized = await load(
      bench, "# ours\no1.example.net:junos\no2:10.0.2.2:vrp:branch\n\no3:10.0.2.3:unheard\no4\n", "--format oxidized --keep-going"
    )
    #expect(oxidized.errors.contains("line 5: device 'o3': there is no platform 'unheard'"), "\(oxidized.errors)")
    #expect(oxidized.errors.contains("line 6: 1 fields"))
    let second = try await device(bench, "o2")
    #expect(second["platform"] == "huawei_vrp" && second["tags"] == ["branch"] && second["address"] == "10.0.2.2")
    #expect(try await device(bench, "o1.example.net")["address"] == "o1.example.net")
  }

  @Test func whoMayNotAddDevicesImportsNone() async throws {
    let bench = try await CommandBench()
    let text = "name,address,platform\nx,10.0.0.1,frr\n"
    #expect(await load(bench, text, "--format csv", as: "alice").status == .notPermitted)
    #expect(await bench.run("device import \(bench.folder)/x.csv", as: "root").status == .notPermitted)
    #expect(await bench.run("device export", as: "nobody").status == .notPermitted)
  }
}
