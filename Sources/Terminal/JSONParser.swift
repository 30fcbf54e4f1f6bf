extension JSONValue {
  /// Reads one document, strictly by RFC 8259: valid UTF-8, no duplicate names, no lone surrogates, nothing after the value.
  ///
  /// Throws `.invalidJSON` with the offset in bytes. Nesting beyond `maximumDepth` is refused.
  package init(parsing bytes: some Sequence<UInt8>, maximumDepth: Int = 128) throws(TerminalError) {
    var parser = JSONParser(bytes: Array(bytes), maximumDepth: maximumDepth)
    self = try parser.document()
  }

  /// Reads one document from text.
  package init(parsing text: String, maximumDepth: Int = 128) throws(TerminalError) {
    try self.init(parsing: text.utf8, maximumDepth: maximumDepth)
  }
}

struct JSONParser {
  private let bytes: [UInt8]
  private let maximumDepth: Int
  private var position = 0

  init(bytes: [UInt8], maximumDepth: Int) {
    self.bytes = bytes
    self.maximumDepth = maximumDepth
  }

  mutating func document() throws(TerminalError) -> JSONValue {
    skipSpace()
    let value = try value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw failure("unexpected text after the value") }
    return value
  }

  private mutating func value(depth: Int) throws(TerminalError) -> JSONValue {
    switch peek {
    case nil: throw failure("a value is missing")
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func object(depth: Int) throws(TerminalError) -> JSONValue {
    try enter(depth)
    var members: [JSONValue.Member] = []
    var names: Set<String> = []
    if take(UInt8(ascii: "}")) { return .object([]) }
    repeat {
      skipSpace()
      let start = position
      guard peek == UInt8(ascii: "\"") else { throw failure("a member's name is missing") }
      let name = try string()
      guard names.insert(name).inserted else { throw failure("a name occurs twice in one object", at: start) }
      guard take(UInt8(ascii: ":")) else { throw failure("':' is missing") }
      skipSpace()
      members.append(JSONValue.Member(name, try value(depth: depth + 1)))
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw failure("',' or '}' is missing") }
    return .object(members)
  }

  private mutating func array(depth: Int) throws(TerminalError) -> JSONValue {
    try enter(depth)
    var values: [JSONValue] = []
    if take(UInt8(ascii: "]")) { return .array([]) }
    repeat {
      skipSpace()
      values.append(try value(depth: depth + 1))
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw failure("',' or ']' is missing") }
    return .array(values)
  }

  private mutating func enter(_ depth: Int) throws(TerminalError) {
    guard depth < maximumDepth else { throw failure("nested more than \(maximumDepth) deep") }
    position += 1
  }

  private mutating func word(_ text: StaticString, _ value: JSONValue) throws(TerminalError) -> JSONValue {
    let wanted = text.withUTF8Buffer { Array($0) }
    guard bytes[position...].starts(with: wanted) else { throw failure("not a value") }
    position += wanted.count
    return value
  }

  private mutating func number() throws(TerminalError) -> JSONValue {
    let start = position
    var isInteger = true
    if peek == UInt8(ascii: "-") { position += 1 }
    if peek == UInt8(ascii: "0") {
      position += 1
    } else {
      try digits(start: start)
    }
    if peek == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      try digits(start: start)
    }
    if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
      isInteger = false
      position += 1
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { position += 1 }
      try digits(start: start)
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger, let integer = Int64(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else { throw failure("a number is out of range", at: start) }
    return .number(number)
  }

  private mutating func digits(start: Int) throws(TerminalError) {
    let first = position
    while let byte = peek, UInt8(ascii: "0") <= byte, byte <= UInt8(ascii: "9") { position += 1 }
    guard position > first else { throw failure("not a value", at: start) }
  }

  private mutating func string() throws(TerminalError) -> String {
    let start = position
    position += 1
    var text: [UInt8] = []
    while let byte = peek {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else { throw failure("a string is not UTF-8", at: start) }
        return string
      case UInt8(ascii: "\\"): text += Array(String(try escape()).utf8)
      case 0..<0x20: throw failure("a control character stands in a string", at: position - 1)
      default: text.append(byte)
      }
    }
    throw failure("a string does not end", at: start)
  }

  private mutating func escape() throws(TerminalError) -> Unicode.Scalar {
    let start = position - 1
    guard let letter = peek else { throw failure("a string does not end") }
    position += 1
    switch letter {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let unit = try hexUnit(start: start)
      if let scalar = Unicode.Scalar(unit) { return scalar }
      guard (0xD800..<0xDC00).contains(unit), take(literal: UInt8(ascii: "\\")), take(literal: UInt8(ascii: "u")) else {
        throw failure("a surrogate stands alone", at: start)
      }
      let low = try hexUnit(start: start)
      // The pair is computed only once both units are surrogates: the subtractions cannot overflow then.
      guard (0xDC00..<0xE000).contains(low),
        let scalar = Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
      else { throw failure("a surrogate stands alone", at: start) }
      return scalar
    default: throw failure("an unknown escape", at: start)
    }
  }

  private mutating func hexUnit(start: Int) throws(TerminalError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      let digit: UInt8
      switch peek {
      case .some(let byte) where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte): digit = byte - UInt8(ascii: "0")
      case .some(let byte) where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte): digit = byte - UInt8(ascii: "a") + 10
      case .some(let byte) where (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte): digit = byte - UInt8(ascii: "A") + 10
      default: throw failure("'\\u' needs four hexadecimal digits", at: start)
      }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }

  // MARK: bytes

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
  }

  /// Takes a structural character, with the space before it.
  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    return take(literal: byte)
  }

  private mutating func take(literal byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    position += 1
    return true
  }

  private func failure(_ what: String, at offset: Int? = nil) -> TerminalError {
    TerminalError(.invalidJSON, "not valid JSON: \(what), at byte \(offset ?? position)")
  }
}
