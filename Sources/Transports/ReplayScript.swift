/// A recorded or hand-written session: what the device sends, and what netjob must write in between.
package struct ReplayScript: Sendable, Equatable {
  package enum Step: Sendable, Equatable {
    /// netjob must write exactly these bytes; in how many writes does not matter.
    case expect([UInt8])
    /// The device sends these bytes.
    case send([UInt8])
    /// The device is silent for longer than the reader waits: one read times out, then the script goes on.
    case pause

    package static func expect(_ text: String) -> Step { .expect(Array(text.utf8)) }
    package static func send(_ text: String) -> Step { .send(Array(text.utf8)) }
  }

  /// What reads meet when every step is done.
  package enum Ending: Sendable, Equatable {
    /// The device closes its side: reads return an empty array.
    case endOfFile
    /// The device says nothing more: reads time out.
    case hang
    /// The connection breaks: reads and writes throw `.connectionLost`.
    case connectionLost
  }

  /// Where one read of the device's bytes ends and the next begins.
  package enum Delivery: Sendable, Equatable {
    /// One read per `send` step.
    case steps
    /// At most this many bytes per read, one at least; 1 is byte by byte.
    case chunks(Int)
    /// Reads end at these positions, counted from the first byte that the device ever sends; otherwise all that is there.
    case split([Int])
  }

  package var steps: [Step]
  package var ending: Ending
  package var delivery: Delivery
  /// Whether netjob may write while bytes of the device are still unread. Blanks after a prompt never count as unread.
  package var allowsTypeAhead: Bool

  package init(
    _ steps: [Step], ending: Ending = .endOfFile, delivery: Delivery = .steps, allowsTypeAhead: Bool = false
  ) {
    self.steps = steps
    self.ending = ending
    self.delivery = delivery
    self.allowsTypeAhead = allowsTypeAhead
  }
}
