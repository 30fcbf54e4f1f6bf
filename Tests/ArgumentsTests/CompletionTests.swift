import Arguments
import Foundation
import Testing

/// A command line up to the cursor and the words offered there; files are those of the test's folder.
struct CompletionCase: CustomTestStringConvertible {
  let line: String
  let words: [String]
  init(_ line: String, _ words: String) {
    self.line = line
    self.words = words.split(separator: " ").map(String.init).sorted()
  }
  var testDescription: String { line }
}

@Suite struct CompletionTests {
  static let globals = "--db --json --quiet -q --verbose -v --help -h"
  static let cases = [
    CompletionCase("netjob ", "job history key preview check help delete"),
    CompletionCase("netjob h", "history help"),
    CompletionCase("netjob job ", "create list delete add"),
    CompletionCase("netjob job cr", "create"),
    CompletionCase("netjob --json -v job cr", "create"),
    CompletionCase("netjob --db x job cr", "create"),
    CompletionCase("netjob --db=x job cr", "create"),
    CompletionCase("netjob nonsense ", ""),
    CompletionCase("netjob -", globals),
    CompletionCase("netjob key rotate -", globals),
    CompletionCase("netjob job list --l", "--limit"),
    CompletionCase("netjob history --s", "--since"),
    CompletionCase("netjob history --limit 5 --s", "--since"),
    CompletionCase("netjob job create --t", "--type"),
    CompletionCase("netjob job add --t", "--type"),
    CompletionCase("netjob job create --type ", "backup report tool"),
    CompletionCase("netjob job create -t ", "backup report tool"),
    CompletionCase("netjob job create --type to", "tool"),
    CompletionCase("netjob job create x --search y --type to", "tool"),
    CompletionCase("netjob job delete s", "save"),
    CompletionCase("netjob delete s", "save"),
    CompletionCase("netjob delete ", "save other"),
    CompletionCase("netjob delete save ", ""),
    CompletionCase("netjob delete -- ", "save other"),
    CompletionCase("netjob job create --device s", "sw1"),
    CompletionCase("netjob job create --comment s", ""),
    CompletionCase("netjob check o", "one.yaml"),
    CompletionCase("netjob check one.yaml tw", "two.yaml"),
    CompletionCase("netjob check --level 1 tw", "two.yaml"),
    CompletionCase("netjob --db tw", "two.yaml"),
    CompletionCase("netjob help job cr", "create"),
    CompletionCase("netjob help hi", "history"),
  ]

  /// Answers the completer; like the real one it filters by the prefix, and it complains where nobody should see it.
  private static let stub = """
    #!/bin/sh
    echo noise >&2
    test "$1" = __complete || exit 2
    case $2 in
      job) printf '%s\\n' save other ;;
      device) printf '%s\\n' sw1 core ;;
    esac
    """

  private static func inFolder<T>(_ body: (URL) throws -> T) throws -> T {
    var files = GeneratedFiles.render(Sample.table(), date: "2026-01-31").filter { $0.key.hasPrefix("completions/") }
    files["bin/netjob"] = Array(stub.utf8)
    files["one.yaml"] = []
    files["two.yaml"] = []
    return try Program.withFiles(files) { folder in
      let program = folder.appendingPathComponent("bin/netjob").path
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
      return try body(folder)
    }
  }

  private static func offered(_ words: [String], by script: String, _ shell: [String], in folder: URL) throws -> [String] {
    let path = folder.appendingPathComponent("bin").path + ":/usr/bin:/bin"
    let result = try Program.run(
      shell + [script] + words, directory: folder, environment: ["PATH": path, "HOME": folder.path])
    #expect(result.errors == "", "\(words)")
    return result.output.split(separator: "\n").map(String.init).sorted()
  }

  @Test(arguments: [("bash", "netjob.bash"), ("zsh", "_netjob"), ("fish", "netjob.fish")])
  func syntax(_ shell: String, _ file: String) throws {
    try Self.inFolder { folder in
      let result = try Program.run([shell, "-n", "completions/\(file)"], directory: folder)
      #expect(result.status == 0 && result.errors == "", "\(result.errors)")
    }
  }

  @Test func bashOffers() throws {
    let script = """
      source completions/netjob.bash
      COMP_WORDS=()
      for word in "$@"; do COMP_WORDS+=("$word"); done
      COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
      _netjob
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    let shell = ["bash", "--norc", "--noprofile", "-c"]
    try Self.inFolder { folder in
      for sample in Self.cases {
        // As bash cuts them: '=' is a word of its own.
        let words = sample.line.split(separator: " ", omittingEmptySubsequences: false).flatMap { word in
          word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init).joined(by: "=")
        }
        let found = try Self.offered([sample.line] + words, by: script, shell, in: folder)
        #expect(found == sample.words, "\(sample.line)")
      }
      for words in [["netjob", "job", "create", "--type", "="], ["netjob", "job", "create", "--type", "=", "to"]] {
        let found = try Self.offered(["x"] + words, by: script, shell, in: folder)
        #expect(found == (words.count == 5 ? ["backup", "report", "tool"] : ["tool"]))
      }
      let uncut = try Self.offered(
        ["x", "netjob", "job", "create", "--type=to"], by: "COMP_WORDBREAKS=' '\n" + script, shell, in: folder)
      #expect(uncut == ["--type=tool"])
      let beforeCursor = try Self.offered(
        ["x", "netjob", "job", "cr"], by: script.replacingOccurrences(of: "- 1))", with: "- 2))"), shell, in: folder)
      #expect(beforeCursor == ["job"])
    }
  }

  @Test func fishOffers() throws {
    let script = "source completions/netjob.fish; complete -C $argv[1] | string replace -r '\\t.*' ''"
    try Self.inFolder { folder in
      for sample in Self.cases + [CompletionCase("netjob job create --type=to", "--type=tool")] {
        let found = try Self.offered(
          [sample.line], by: script, ["env", "XDG_CONFIG_HOME=/nonexistent", "fish", "--no-config", "-c"], in: folder)
        #expect(found == sample.words, "\(sample.line)")
      }
    }
  }

  /// zsh's own completion builtins work only at a prompt, so that they are replaced by ones that print.
  @Test func zshOffers() throws {
    let script = """
      compadd() { local -a list; list=(${(P)2}); print -l -- ${(M)list:#$current*} }
      _describe() { local -a list; list=(${(P)@[-1]}); print -l -- ${(M)${list%%:*}:#$current*} }
      _files() { print -l -- ${current}*(N) }
      compset() { current=${current#*=} }
      source completions/_netjob
      words=("${(@)argv}")
      CURRENT=$#words
      _netjob
      """
    try Self.inFolder { folder in
      for sample in Self.cases + [CompletionCase("netjob job create --type=to", "tool")] {
        let words = sample.line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let found = try Self.offered(["zsh"] + words, by: script, ["zsh", "-f", "-c"], in: folder)
        #expect(found == sample.words, "\(sample.line)")
      }
    }
  }
}

extension [String] {
  fileprivate func joined(by separator: String) -> [String] {
    Array(map { [$0] }.joined(separator: [separator]))
  }
}
