internal import Crypto
internal import Foundation

/// The installation's secret key and what is derived from it: sealing of secrets, keyed hashes, the audit chain.
///
/// The key file holds 32 random bytes as 64 hexadecimal digits. From it, HKDF-SHA256 derives one key per purpose.
package struct KeyRing: Sendable {
  private let sealing: SymmetricKey
  private let hashing: SymmetricKey
  private let auditing: SymmetricKey

  /// Derives the keys from the content of a key file.
  /// - Throws: `.key` when it is not 64 hexadecimal digits.
  package init(fileContent: String, path: String) throws(StorageError) {
    let digits = fileContent.utf8.filter { !($0 == 0x0A || $0 == 0x0D || $0 == 0x20) }
    let values = digits.compactMap(KeyRing.value)
    guard digits.count == 64, values.count == 64 else {
      throw StorageError(.key, "the key file \(path) is damaged: it must hold 64 hexadecimal digits")
    }
    let bytes = stride(from: 0, to: 64, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    let root = SymmetricKey(data: bytes)
    func derived(_ purpose: String) -> SymmetricKey {
      HKDF<SHA256>.deriveKey(inputKeyMaterial: root, info: Data("netjob/1/\(purpose)".utf8), outputByteCount: 32)
    }
    sealing = derived("seal")
    hashing = derived("hash")
    auditing = derived("audit")
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  /// The content of a new key file.
  package static func newFileContent() -> String {
    let key = SymmetricKey(size: .bits256)
    return key.withUnsafeBytes { hexadecimal($0) } + "\n"
  }

  /// Seals `plain` with AES-256-GCM: nonce, ciphertext and tag in one. `place` (table, row, column) is bound to it.
  /// - Throws: `.key` for a place of no column in `SealedColumn.all`, which a change of the key would forget.
  package func seal(_ plain: [UInt8], place: String) throws(StorageError) -> [UInt8] {
    guard SealedColumn.covers(place) else { throw StorageError(.key, "nothing is sealed for \(place): no column is registered") }
    do {
      let box = try AES.GCM.seal(plain, using: sealing, authenticating: Data(place.utf8))
      guard let combined = box.combined else { throw StorageError(.key, "sealing for \(place) failed") }
      return [UInt8](combined)
    } catch let error as StorageError {
      throw error
    } catch {
      throw StorageError(.key, "sealing for \(place) failed")
    }
  }

  /// Opens what `seal` made for the same place.
  /// - Throws: `.key` when the key is another one, or the bytes were altered or moved.
  package func open(_ sealed: [UInt8], place: String) throws(StorageError) -> [UInt8] {
    do {
      let box = try AES.GCM.SealedBox(combined: sealed)
      return [UInt8](try AES.GCM.open(box, using: sealing, authenticating: Data(place.utf8)))
    } catch {
      throw StorageError(
        .key, "the secret of \(place) cannot be opened: it was altered, or the key file is not this database's",
        hint: "put the key file back that belongs to the database, or set the secret again")
    }
  }

  /// A keyed hash (HMAC-SHA256, hexadecimal) of a secret: equal for equal secrets, telling nothing else.
  package func keyedHash(_ secret: String) -> String {
    hexadecimalCode(HMAC<SHA256>.authenticationCode(for: Data(secret.utf8), using: hashing))
  }

  /// The audit chain's link: HMAC-SHA256 in hexadecimal.
  package func auditHash(_ text: String) -> String {
    hexadecimalCode(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: auditing))
  }

  /// The key of the audit chain, in hexadecimal: to be sealed under the one that takes its place.
  var auditKey: String { auditing.withUnsafeBytes { hexadecimal($0) } }

  /// As `auditHash`, with the key of before a rotation; nil when that is no key.
  static func auditHash(_ text: String, key: String) -> String? {
    let values = key.utf8.compactMap(KeyRing.value)
    guard key.utf8.count == 64, values.count == 64 else { return nil }
    let bytes = stride(from: 0, to: 64, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    return HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: bytes)).withUnsafeBytes {
      hexadecimal($0)
    }
  }

  private func hexadecimalCode(_ code: HMAC<SHA256>.MAC) -> String { code.withUnsafeBytes { hexadecimal($0) } }
}

/// SHA-256 of the text's UTF-8 in hexadecimal.
package func sha256(_ text: String) -> String {
  var text = text
  return text.withUTF8 { bytes in
    var hash = SHA256()
    hash.update(bufferPointer: UnsafeRawBufferPointer(bytes))
    return hash.finalize().withUnsafeBytes { hexadecimal($0) }
  }
}

/// SHA-256 of `bytes` in hexadecimal.
package func sha256(_ bytes: [UInt8]) -> String { SHA256.hash(data: bytes).withUnsafeBytes { hexadecimal($0) } }

/// Two digits in lower case for each byte.
func hexadecimal(_ bytes: UnsafeRawBufferPointer) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var result: [UInt8] = []
  result.reserveCapacity(bytes.count * 2)
  for byte in bytes {
    result.append(digits[Int(byte >> 4)])
    result.append(digits[Int(byte & 15)])
  }
  return String(decoding: result, as: UTF8.self)
}
