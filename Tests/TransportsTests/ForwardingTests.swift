import Glibc
import Synchronization
import Testing

@testable import Transports

@Suite struct ForwardingTests {
  /// Whoever asks for a channel in the moment that the jump host is lost is told so: nothing would be done for it any more.
  @Test(arguments: [false, true]) func channelThatBeginsOnALostConnectionEnds(isAbandoned: Bool) throws {
    var pair: [Int32] = [0, 0]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
    defer { close(pair[0]) }
    let forwarding = try Forwarding(server: pair[0])
    forwarding.carrier.fail(TransportError(.connectionLost, "the jump host is gone"))
    let ends = Mutex<[Bool]>([])
    do {
      let forward = Forwarding.Forward(target: Endpoint(host: "192.0.2.1", port: 22), descriptor: pair[1])
      forward.isAbandoned = isAbandoned
      forward.onEnd = { isAbandoned in ends.withLock { $0.append(isAbandoned) } }
      forwarding.begin(forward)
      #expect(forwarding.opening == nil && forwarding.forwards.isEmpty && !forward.isOpen)
    }
    #expect(ends.withLock { $0 } == [isAbandoned])
    // Our end of the pair went with it: the client reads the end of its stream.
    var byte: UInt8 = 0
    #expect(recv(pair[0], &byte, 1, Int32(MSG_DONTWAIT)) == 0)
  }
}
