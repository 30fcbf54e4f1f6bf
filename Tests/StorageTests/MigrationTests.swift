import Storage
import Testing

@Suite struct MigrationTests {
  @Test func stepsAreNumberedWithoutGaps() {
    #expect(Migration.all.map(\.number) == Array(1...Migration.newest))
  }
}
