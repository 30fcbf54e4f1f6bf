import Definitions
import Foundation
import Testing

@Suite struct DefinitionFolderTests {
  private func withFolder(_ body: (URL, DefinitionFolder) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "netjob-definitions-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    try body(url, DefinitionFolder(path: url.path))
  }

  @Test func regularFilesOnly() throws {
    try withFolder { url, folder in
      try Data("x".utf8).write(to: url.appending(path: "b.yaml"))
      try Data("y".utf8).write(to: url.appending(path: "a.yaml"))
      try Data("z".utf8).write(to: url.appending(path: "notes.txt"))
      try Data("h".utf8).write(to: url.appending(path: ".hidden.yaml"))
      try FileManager.default.createSymbolicLink(
        at: url.appending(path: "link.yaml"), withDestinationURL: url.appending(path: "a.yaml"))
      try FileManager.default.createDirectory(at: url.appending(path: "dir.yaml"), withIntermediateDirectories: true)
      mkfifo(url.appending(path: "fifo.yaml").path, 0o600)
      try Data(count: DefinitionFolder.byteCountLimit + 1).write(to: url.appending(path: "large.yaml"))
      #expect(try folder.names() == ["a", "b", "dir", "fifo", "large", "link"])
      #expect(try folder.contents(of: "b") == [0x78])
      #expect(try folder.contents(of: "none") == nil)
      for name in ["dir", "fifo", "large", "link"] {
        let error = #expect(throws: DefinitionError.self) { try folder.contents(of: name) }
        #expect(error?.code == .unreadable)
      }
    }
  }

  @Test(arguments: ["../a", "/etc/passwd", "", ".hidden", "a\u{0}b"]) func namesStayInTheFolder(_ name: String) throws {
    try withFolder { url, folder in
      try Data("h".utf8).write(to: url.appending(path: ".hidden.yaml"))
      #expect(try folder.contents(of: name) == nil)
    }
  }

  @Test func missingFolderIsEmpty() throws {
    #expect(try DefinitionFolder(path: "/nonexistent/platforms").names() == [])
  }
}
