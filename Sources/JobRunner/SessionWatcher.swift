package import DeviceCLI
package import Storage

/// Looks on at the sessions of a process with its devices.
package protocol SessionWatcher: Sendable {
  /// A session begins.
  /// - Parameter execution: nil where it is no job that opens it.
  /// - Returns: who gets to see it; nil is nobody.
  func watch(_ device: DeviceRecord, _ platform: Platform, execution: Int64?) -> (any SessionWatch)?
}

/// Sees one session, the secrets of its credential and job masked. The calls come one at a time, and must not wait.
package protocol SessionWatch: Sendable {
  /// Something that is not on the wire: how the session came about, why it ended. It quotes the device.
  func note(_ text: String)
  func traffic(_ direction: SessionOptions.Direction, _ bytes: [UInt8])
  /// Nothing more comes.
  func end()
}
