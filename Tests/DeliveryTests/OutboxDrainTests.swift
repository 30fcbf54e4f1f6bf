import Delivery
import Testing

@Suite struct OutboxDrainTests {
  @Test func anOutcomeBeginsWithNothing() {
    #expect(OutboxDrain.Outcome().sent == 0)
  }
}
