import Arguments
import Commands
import Foundation
import Testing

/// man/ and completions/ are what the command table says, byte by byte. NETJOB_RECORD=1 writes them anew.
@Suite struct GeneratedFilesTests {
  private static let folders = ["man/man1", "completions"]

  @Test func filesAreWhatTheTableSays() throws {
    let expected = GeneratedFiles.render(AllCommands.table(), date: AllCommands.releaseDate)
    if isRecording { try Self.record(expected) }
    let found = Self.files()
    #expect(Set(found).subtracting(expected.keys).sorted() == [], "files that the table does not make: make record removes them")
    for (path, bytes) in expected.sorted(by: { $0.key < $1.key }) {
      let content = FileManager.default.contents(atPath: packageRoot + "/" + path).map(Array.init)
      let isCurrent = content == bytes
      #expect(isCurrent, "\(path) is not what the table says: make record writes it anew")
    }
  }

  /// The files that there are, by their paths below the package's root.
  private static func files() -> [String] {
    folders.flatMap { folder in
      ((try? FileManager.default.contentsOfDirectory(atPath: packageRoot + "/" + folder)) ?? []).map { folder + "/" + $0 }
    }
  }

  private static func record(_ expected: [String: [UInt8]]) throws {
    for path in files() where expected[path] == nil { try FileManager.default.removeItem(atPath: packageRoot + "/" + path) }
    for folder in folders {
      try FileManager.default.createDirectory(atPath: packageRoot + "/" + folder, withIntermediateDirectories: true)
    }
    for (path, bytes) in expected { try Data(bytes).write(to: URL(fileURLWithPath: packageRoot + "/" + path)) }
  }
}
