/// Mail addresses of people, as RFC 5321 writes a mailbox: `dot-atom@domain`, in ASCII.
///
/// Quoted local parts and address literals are refused: no mail system hands them out, and they are where headers are forged.
package enum MailAddress {
  /// Checks an address: at most 254 bytes, 64 of them before the `@`, then a host name of labels of at most 63.
  /// - Throws: `.invalid`, saying what is wrong.
  package static func check(_ text: String) throws(ModelError) {
    if let fault = fault(in: text) {
      throw ModelError(
        .invalid, "mail address '\(TextRule.quoted(text))' is not allowed: \(fault)", hint: "it has the form NAME@DOMAIN")
    }
  }

  private static func fault(in text: String) -> String? {
    if text.isEmpty { return "it is empty" }
    if text.utf8.count > 254 { return "it is longer than 254 bytes" }
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return parts.count == 1 ? "it has no '@'" : "it has more than one '@'" }
    let (local, domain) = (parts[0], parts[1])
    if local.isEmpty { return "there is nothing before the '@'" }
    if domain.isEmpty { return "there is nothing after the '@'" }
    if local.utf8.count > 64 { return "more than 64 bytes stand before the '@'" }
    let atoms = local.split(separator: ".", omittingEmptySubsequences: false)
    if atoms.contains(where: \.isEmpty) { return "a dot stands at an end of a part, or beside another" }
    if !atoms.allSatisfy({ $0.utf8.allSatisfy(isAtomText) }) {
      return "before the '@' stand ASCII letters, digits, dots and any of !#$%&'*+-/=?^_`{|}~"
    }
    let labels = domain.split(separator: ".", omittingEmptySubsequences: false)
    let isHost = labels.allSatisfy { label in
      (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
        && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }
    return isHost ? nil : "'\(TextRule.quoted(String(domain)))' is no name of a domain"
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
  }

  private static func isAtomText(_ byte: UInt8) -> Bool {
    isAlphanumeric(byte) || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
  }
}
