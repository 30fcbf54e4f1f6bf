import Foundation
import Testing

/// What the tests against real routers have in common: one at a time, as they are heavy, each with a lab of its own.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct LabTests {}

/// A lab, and a netjob that knows its routers and three people: `alice` plans, `bob` and `carol` approve.
struct Story: Sendable {
  let lab: Lab
  let netjob: Netjob

  /// Plays a story and takes everything down again. A lab that does not start fails the test.
  static func play(
    routers: Int = 1, _ body: (Story) async throws -> Void
  ) async throws {
    try await inFolder { folder in
      let lab = try await Lab.up(folder + "/lab", routers: routers)
      do {
        let story = Story(lab: lab, netjob: Netjob(folder: folder))
        try await story.setUp()
        try await body(story)
      } catch {
        try await lab.down()
        throw error
      }
      try await lab.down()
    }
  }

  /// Makes a private folder and removes it afterwards.
  static func inFolder(_ body: (String) async throws -> Void) async throws {
    var template = Array("/tmp/netjob-lab-test-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    let folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    // the lab's SSH server looks for its files as another user
    chmod(folder, 0o755)
    try await body(folder)
  }

  /// The database, the people, the routers.
  func setUp() async throws {
    try await netjob("init")
    try await netjob("user add alice --role operator --role approver")
    try await netjob("user add bob --role approver")
    try await netjob("user add carol --role approver")
    try await netjob("credential add lab --username \(lab.user) --password-stdin", input: lab.password + "\n")
    for router in lab.routers {
      try await netjob(
        "device add \(router.name) --address 127.0.0.1 --port \(router.port) --platform frr --credential lab --tag core")
    }
  }

  /// A job of alice's that changes routers.
  func createChange(
    _ name: String, prefix: String, routers: String = "--device r1", options: String = ""
  ) async throws {
    try await netjob(
      "job create \(name) --type tool --tool static-route-add \(routers) --param prefix=\(prefix) "
        + "--param next-hop=\(lab.routers[0].nextHop) \(options)", as: "alice")
  }

  /// A job of alice's that enters configuration lines.
  func createLines(_ name: String, _ lines: [String], routers: String = "--device r1", options: String = "") async throws {
    let file = netjob.folder + "/\(name).lines"
    try lines.joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
    // files are for the database's account only; the job becomes alice's by her edit
    try await netjob(
      "job create \(name) --type tool --tool config-commands \(routers) --param-file commands=\(file) \(options)")
    try await netjob("job edit \(name) --comment 'planned by alice'", as: "alice")
  }

  /// Alice asks, bob approves.
  func approve(_ job: String) async throws {
    try await netjob("approval request \(job) -m 'please'", as: "alice")
    let revision = try await netjob.json("job show \(job)")["revision"].integer ?? 0
    try await netjob("approval approve \(job) -m 'checked' --revision \(revision)", as: "bob")
  }

  /// A trigger that fires once, so many minutes from now.
  func addTrigger(_ job: String, _ name: String, inMinutes minutes: Int) async throws {
    try await netjob("trigger add \(job) \(name) --once \(Self.minute(minutes)) --timezone UTC", as: "alice")
  }

  /// Runs what is due in so many minutes from now.
  func runDueLine(inMinutes minutes: Int) -> String { "run-due --at \(Self.minute(minutes)):30Z" }

  /// The wall-clock minute so many minutes after half an hour from when the test run began: none is past while it lasts.
  static func minute(_ minutes: Int) -> String {
    var seconds = start + minutes * 60
    var fields = tm()
    gmtime_r(&seconds, &fields)
    func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + "\(number)" }
    return
      "\(fields.tm_year + 1900)-\(two(fields.tm_mon + 1))-\(two(fields.tm_mday))T\(two(fields.tm_hour)):\(two(fields.tm_min))"
  }

  private static let start: Int = time(nil) / 60 * 60 + 1800
}
