private import JobModel

/// What a value is sorted by: numbers before addresses before text; addresses and the numbers within text by their value.
///
/// `10.0.0.9` comes before `10.0.0.10`, IPv4 before IPv6, `Gi1/0/2` before `gi1/0/10`.
struct NaturalOrder: Comparable {
  private enum Form: Equatable {
    case number(Double)
    /// With the length of a prefix, an address without one as the longest.
    case address(NetworkAddress, Int)
    case text([Piece])
  }

  /// A part of a text.
  private enum Piece: Equatable {
    /// A run of digits without leading zeros: a longer one is a greater number.
    case digits([UInt8])
    /// One other byte of UTF-8, ASCII letters small.
    case byte(UInt8)
  }

  private let form: Form
  /// Tells texts apart that differ in upper and lower case or leading zeros alone.
  private let text: String

  init(_ number: Double) {
    form = .number(number)
    text = ""
  }

  init(_ text: String) {
    self.text = text
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    if let address = parts.first.flatMap({ NetworkAddress($0) }),
      let length = parts.count == 1 ? address.family.bitCount : Int(parts[1])
    {
      form = .address(address, length)
    } else {
      form = .text(Self.pieces(text))
    }
  }

  static func < (left: NaturalOrder, right: NaturalOrder) -> Bool {
    switch (left.form, right.form) {
    case (.number(let first), .number(let second)): first < second
    case (.address(let first, let length), .address(let second, let other)): (first, length) < (second, other)
    case (.text(let first), .text(let second)):
      first == second ? left.text < right.text : first.lexicographicallyPrecedes(second, by: precedes)
    default: rank(left.form) < rank(right.form)
    }
  }

  private static func rank(_ form: Form) -> Int {
    switch form {
    case .number: 0
    case .address: 1
    case .text: 2
    }
  }

  private static func precedes(_ left: Piece, _ right: Piece) -> Bool {
    switch (left, right) {
    case (.digits(let first), .digits(let second)):
      first.count == second.count ? first.lexicographicallyPrecedes(second) : first.count < second.count
    case (.byte(let first), .byte(let second)): first < second
    case (.digits, .byte(let byte)): UInt8(ascii: "0") < byte
    case (.byte(let byte), .digits): byte < UInt8(ascii: "0")
    }
  }

  private static func pieces(_ text: String) -> [Piece] {
    var pieces: [Piece] = []
    var run: [UInt8] = []
    func close() {
      if !run.isEmpty { pieces.append(.digits(Array(run.drop { $0 == UInt8(ascii: "0") }))) }
      run.removeAll()
    }
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): run.append(byte)
      case UInt8(ascii: "A")...UInt8(ascii: "Z"):
        close()
        pieces.append(.byte(byte + 32))
      default:
        close()
        pieces.append(.byte(byte))
      }
    }
    close()
    return pieces
  }
}
