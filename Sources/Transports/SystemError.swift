import Glibc

/// An error number of the operating system in words, lower case as in our messages: `connection refused`.
struct SystemError: CustomStringConvertible, Equatable, Sendable {
  var number: Int32
  init(_ number: Int32) { self.number = number }

  var description: String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard strerror_r(number, &buffer, buffer.count - 1) == 0 else { return "error \(number)" }
    let text = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return text.prefix(1).lowercased() + text.dropFirst()
  }
}
