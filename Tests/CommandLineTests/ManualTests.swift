import Arguments
import Commands
import Foundation
import Testing

/// The pages of the manual that are written by hand: sections 5 and 7. NETJOB_RECORD=1 writes what was printed into their examples.
@Suite struct ManualTests {
  private static let pages: [String] = ["man/man5", "man/man7"].flatMap { folder in
    ((try? FileManager.default.contentsOfDirectory(atPath: packageRoot + "/" + folder)) ?? []).map { folder + "/" + $0 }.sorted()
  }

  @Test func theProgramRefersToEachPage() {
    let names = Self.pages.map { path in
      let file = path.split(separator: "/").last ?? ""
      return file.dropLast(2) + "(" + file.suffix(1) + ")"
    }
    #expect(!names.isEmpty)
    #expect(Set(AllCommands.table().manualPages) == Set(names.map(String.init)))
  }

  @Test(arguments: pages) func isCleanMarkup(page: String) throws {
    for command in [["mandoc", "-Tlint", "-Wwarning"], ["groff", "-ww", "-man", "-Tutf8", "-z"]] {
      let result = try BuiltProgram.run(
        "/usr/bin/env", command + [page], environment: ["PATH": "/usr/bin:/bin"], folder: packageRoot)
      #expect(result.text == "")
      #expect(result.status == 0)
    }
  }

  /// Every page of ours that it names is there.
  @Test(arguments: pages) func referencesAreThere(page: String) throws {
    let text = try String(contentsOfFile: packageRoot + "/" + page, encoding: .utf8)
    let references = text.matches(of: #/\n\.BR (netjob[a-z\\-]*) \(([157])\)/#).map { match in
      "man/man\(match.2)/\(match.1.replacing("\\-", with: "-")).\(match.2)"
    }
    #expect(!references.isEmpty)
    for reference in references {
      #expect(FileManager.default.fileExists(atPath: packageRoot + "/" + reference), "\(page) names \(reference)")
    }
  }

  @Test(arguments: pages) func examplesAreTrue(name: String) throws {
    let path = packageRoot + "/" + name
    let text = try String(contentsOfFile: path, encoding: .utf8)
    var page = ManualPage(parsing: text)
    #expect(page.text == text, "\(name) is not written the way it is read")
    var runner = try TranscriptRunner(name: name, home: PrivateFolder(), normalized: ManualPage.normalized)
    if page.isPlayedInTheLab {
      let desk = try LabDesk()
      runner.normalized = ManualPage.normalizedInTheLab
      runner.wrapper = desk.wrapper
      runner.standIns = [
        (real: desk.user, shown: "netops"), (real: runner.home.path + "/netjob/", shown: "/home/you/.local/share/netjob/"),
      ]
      try (desk.password + "\n").write(toFile: runner.home.path + "/password", atomically: true, encoding: .utf8)
      try withExtendedLifetime(desk) { try page.play(with: runner) }
    } else {
      try page.play(with: runner)
    }
    if isRecording { try page.text.write(toFile: path, atomically: true, encoding: .utf8) }
  }
}
