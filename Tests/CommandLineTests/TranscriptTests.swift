import Foundation
import Testing

/// Runs the sessions of `Transcripts/` with the program that was built. NETJOB_RECORD=1 writes what was printed into them.
@Suite struct TranscriptTests {
  private static let folder = packageRoot + "/Tests/CommandLineTests/Transcripts"
  private static let names: [String] = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()

  @Test func thereAreTranscripts() {
    #expect(Self.names.contains { $0.hasSuffix(".txt") })
  }

  @Test(arguments: names) func session(name: String) throws {
    let path = Self.folder + "/" + name
    let text = try String(contentsOfFile: path, encoding: .utf8)
    var transcript = Transcript(parsing: text)
    #expect(transcript.text == text, "\(name) is not written the way it is read")
    try #require(!transcript.steps.isEmpty, "\(name) holds no command")
    try TranscriptRunner(name: name, home: PrivateFolder()).play(&transcript.steps)
    if isRecording { try transcript.text.write(toFile: path, atomically: true, encoding: .utf8) }
  }
}
