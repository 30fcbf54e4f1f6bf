/// A noun: the commands whose path begins with its name.
package struct CommandGroup: Sendable {
  /// The noun.
  package let name: String
  /// The heading under which the overview lists it.
  package let section: String
  /// One phrase in lower case without a full stop.
  package let summary: String
  /// Paragraphs as in `CommandSpec.discussion`.
  package let discussion: String
  /// The verb that the noun alone stands for.
  package let defaultVerb: String?

  /// Makes a noun.
  package init(_ name: String, section: String, summary: String, discussion: String = "", defaultVerb: String? = nil) {
    self.name = name
    self.section = section
    self.summary = summary
    self.discussion = discussion
    self.defaultVerb = defaultVerb
  }
}
