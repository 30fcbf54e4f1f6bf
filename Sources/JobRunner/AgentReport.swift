private import JobModel
internal import Storage
private import Terminal

/// What an agent said on its standard output, see netjob-agent(7).
struct AgentReport: Sendable, Equatable {
  struct Result: Sendable, Equatable {
    var isOK: Bool
    var summary: String
    var error: String?
    var isChanged: Bool
  }

  /// What it said, line by line, and what the device did.
  var transcript = ""
  var configurations: [ConfigRevisionRecord.Kind: String] = [:]
  var facts: [String: String] = [:]
  var result: Result?

  /// A line that is none of the protocol.
  struct Malformed: Error, Equatable, CustomStringConvertible {
    let line: Int
    let message: String
    var description: String { "line \(line) of its output: \(message)" }
  }

  static let factNames = ["hostname", "vendor", "model", "version", "serial"]

  /// Reads lines as far as they go.
  /// - Returns: what is wrong with the first that is malformed; what stood before it has been taken in.
  mutating func read(_ output: [UInt8]) -> Malformed? {
    var number = 0
    for bytes in output.split(separator: 0x0A, omittingEmptySubsequences: false) {
      number += 1
      if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
      do {
        try take(bytes)
      } catch {
        return Malformed(line: number, message: "\(error)")
      }
    }
    return nil
  }

  private struct Problem: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }

  private mutating func take(_ bytes: ArraySlice<UInt8>) throws {
    if result != nil { throw Problem("nothing may follow the result") }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw Problem("it is not UTF-8") }
    guard let line = try? JSONValue(parsing: text), line.objectValue != nil else {
      throw Problem("it is no JSON object: '\(TextRule.quoted(String(text.prefix(80))))'")
    }
    func string(_ key: String) throws -> String {
      guard let value = line[key]?.stringValue else { throw Problem("it needs a string '\(key)'") }
      return value
    }
    func choice(_ key: String, _ allowed: [String]) throws -> String {
      let value = try string(key)
      guard allowed.contains(value) else {
        throw Problem("'\(key)' is '\(TextRule.quoted(value))', not one of \(allowed.joined(separator: ", "))")
      }
      return value
    }
    switch try choice("type", ["log", "output", "config", "fact", "result"]) {
    case "log": transcript += "(log) \(try string("message"))\n"
    case "output":
      let text = try string("text")
      transcript += text.utf8.last == 0x0A ? text : text + "\n"
    case "config":
      let kind = try choice("kind", ConfigRevisionRecord.Kind.allCases.map(\.rawValue))
      guard let kind = ConfigRevisionRecord.Kind(rawValue: kind) else { return }
      if configurations.updateValue(try string("text"), forKey: kind) != nil {
        throw Problem("the \(kind.rawValue) configuration is given twice")
      }
    case "fact": facts[try choice("name", Self.factNames)] = try string("value")
    default:
      var isChanged = false
      if let value = line["changed"] {
        guard let flag = value.boolValue else { throw Problem("'changed' must be true or false") }
        isChanged = flag
      }
      let isOK = try choice("status", ["ok", "failed"]) == "ok"
      result = Result(
        isOK: isOK, summary: line["summary"]?.stringValue ?? "", error: line["error"]?.stringValue, isChanged: isChanged)
    }
  }
}
