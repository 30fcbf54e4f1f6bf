/// What a TCP port answered to an attempt to connect (RFC 9293, section 3.10).
package enum PortState: Sendable, Equatable {
  case open
  /// The host refused.
  case closed
  /// Nothing came back in time: a firewall drops packets, or nobody is there.
  case filtered
  /// A router, or this host, says that no way leads there.
  case unreachable(reason: String)
}
