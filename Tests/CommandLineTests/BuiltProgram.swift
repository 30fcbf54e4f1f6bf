import Foundation

/// The program that was built together with these tests.
enum BuiltProgram {
  /// Beside the test bundle, which is the running program.
  static let path: String = {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("netjob").path
  }()

  struct Result: Equatable {
    var status: Int32
    /// Standard output and standard error, in the order in which they were written.
    var text: String
  }

  /// Runs a program with nothing but `environment`, standard input being empty.
  static func run(
    _ executable: String, _ arguments: [String], environment: [String: String], folder: String? = nil
  ) throws -> Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    process.environment = environment
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let status = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    return Result(status: status, text: String(decoding: bytes, as: UTF8.self))
  }
}

/// A folder of its own for one test, removed with it.
final class PrivateFolder {
  let path: String

  /// - Parameter inMemory: where there is a file system for it, on which what is synced costs nothing.
  init(inMemory: Bool = false) throws {
    let parent = inMemory && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NSTemporaryDirectory()
    var template = Array((parent + "/netjob-test-XXXXXX").utf8CString)
    guard let made = mkdtemp(&template) else { throw CocoaError(.fileWriteUnknown) }
    path = String(cString: made)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Where the package is, as the compiler saw it.
let packageRoot = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

/// Whether expectations are written anew instead of being compared.
let isRecording = ProcessInfo.processInfo.environment["NETJOB_RECORD"] == "1"
