import Foundation
import Testing

/// The completions in real shells at a prompt, typed into through a pseudo-terminal, with the built program and a database.
@Suite struct ShellCompletionTests {
  /// What is typed, and the words that the command then gets.
  private static let typed = [
    ("netjob hist<TAB>", "[history]"), ("netjob job sh<TAB>", "[job][show]"),
    ("netjob --js<TAB> job li<TAB>", "[--json][job][list]"),
    // Options, and what they choose from.
    ("netjob job list --sta<TAB>requested", "[job][list][--status][requested]"),
    ("netjob job list --type ba<TAB>", "[job][list][--type][backup]"), ("netjob job --typ<TAB>ba<TAB>", "[job][--type][backup]"),
    ("netjob approval show --out<TAB>ht<TAB>", "[approval][show][--output][html]"),
    ("netjob job list --type=ba<TAB>", "[job][list][--type=backup]"), ("netjob completion z<TAB>", "[completion][zsh]"),
    // Columns.
    ("netjob job list --columns name,rev<TAB>", "[job][list][--columns][name,revision]"),
    ("netjob job list --columns name,rev<TAB>,ty<TAB>", "[job][list][--columns][name,revision,type]"),
    ("netjob job list --columns=rev<TAB>,na<TAB>,ow<TAB> --json", "[job][list][--columns=revision,name,owner][--json]"),
    ("netjob job list --sort -rev<TAB>", "[job][list][--sort][-revision]"),
    // Names out of the database.
    ("netjob job show night<TAB>", "[job][show][nightly-backup]"), ("netjob delete audit<TAB>", "[delete][audit-run]"),
    ("netjob device show core<TAB>", "[device][show][core1]"),
    ("netjob job create x --type backup --device ed<TAB>", "[job][create][x][--type][backup][--device][edge7]"),
    ("netjob trigger show nightly-backup at<TAB>", "[trigger][show][nightly-backup][at-three]"),
    ("netjob job list --network pl<TAB>", "[job][list][--network][plant]"),
    // Nothing is made up where nothing fits.
    ("netjob job show zz<TAB>", "[job][show][zz]"),
  ]

  /// What is typed, and the words that are shown then.
  private static let shown = [
    ("netjob job show ", "nightly-backup audit-run"), ("netjob device show ", "core1 edge7"),
    ("netjob job create --type ", "backup report tool"), ("netjob trigger ", "add edit list preview"),
    ("netjob history --s", "--status --since --sort"),
  ]

  @Test(arguments: ["bash", "zsh", "fish"]) func atAPrompt(shell: String) throws {
    let folder = try PrivateFolder()
    let files = FileManager.default
    for name in ["bin", "completions"] {
      try files.createDirectory(atPath: "\(folder.path)/\(name)", withIntermediateDirectories: true)
    }
    try files.createSymbolicLink(atPath: "\(folder.path)/bin/netjob", withDestinationPath: BuiltProgram.path)
    for name in ["netjob.bash", "_netjob", "netjob.fish"] {
      try files.copyItem(atPath: "\(packageRoot)/completions/\(name)", toPath: "\(folder.path)/completions/\(name)")
    }
    let environment = ["PATH": "/usr/bin:/bin", "HOME": folder.path, "NETJOB_DB": "\(folder.path)/home/netjob.db", "TZ": "UTC"]
    for line in [
      "init -q", "network add plant -q", "device add core1 --address 192.0.2.1 --platform frr -q",
      "device add edge7 --address 192.0.2.2 --platform frr -q", "job create nightly-backup --type backup --all-devices -q",
      "job create audit-run --type backup --all-devices -q", "trigger add nightly-backup at-three --daily 1 --at 03:00 -q",
    ] {
      let result = try BuiltProgram.run(BuiltProgram.path, line.split(separator: " ").map(String.init), environment: environment)
      try #require(result.status == 0, "\(line): \(result.text)")
    }
    let lines = Self.typed.map(\.0) + Self.shown.map { "? \($0.0)|\($0.1)" }
    let script = "\(folder.path)/lines"
    try (lines.joined(separator: "\n") + "\n").write(toFile: script, atomically: false, encoding: .utf8)
    let result = try BuiltProgram.run(
      "/bin/sh", ["-c", "\"$0\" \"$1\" \"$2\" < \"$3\"", "\(packageRoot)/Tests/Lab/type-into-shell", shell, folder.path, script],
      environment: environment)
    let told = result.text.split(separator: "\n").map(String.init)
    #expect(result.status == 0 && told.count == lines.count, "\(result.text)")
    for (line, (expected, found)) in zip(lines, zip(Self.typed.map(\.1) + Self.shown.map { _ in "shown" }, told)) {
      #expect(found == expected, "\(shell): \(line)")
    }
  }
}
