import Foundation
import JobModel
import Testing

@testable import JobRunner

/// A file that is read once is known again, and no other is taken for it.
@Suite struct PushedFileTests {
  private let folder: String

  init() throws {
    folder = NSTemporaryDirectory() + "/netjob-files-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  private func write(_ text: String) throws { try text.write(toFile: folder + "/image", atomically: false, encoding: .utf8) }

  @Test func anotherContentIsNoticedAfterTheFirstWasRead() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let files = FileFolder(path: folder)
    try write("one content")
    let pinned = try PushedFile(pinning: "image", in: files)
    func check() throws { try PushedFile("image", digest: pinned.digest, byteCount: pinned.byteCount, in: files).check() }
    #expect(files.version("image", with: pinned.digest) == nil)
    try check()
    let version = try #require(files.version("image", with: pinned.digest))
    try check()
    #expect(files.version("image", with: pinned.digest) == version)
    #expect(files.version("image", with: "another") == nil)

    // As long, and by the clock as old.
    let date = try #require(try FileManager.default.attributesOfItem(atPath: folder + "/image")[.modificationDate] as? Date)
    try write("two content")
    try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: folder + "/image")
    #expect(throws: ModelError.self) { try check() }
    try write("one content")
    try check()
    #expect(files.version("image", with: pinned.digest) != version)

    try FileManager.default.removeItem(atPath: folder + "/image")
    #expect(throws: ModelError.self) { try check() }
  }
}
