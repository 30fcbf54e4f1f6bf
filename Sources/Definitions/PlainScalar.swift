internal import Yams

/// What a plain scalar of YAML is, a word without quotes and without a tag: text, number, truth value or another (YAML 1.1, types).
///
/// The same rules as Yams has, which compiles them with Foundation's regular expressions: to load those takes longer than to
/// read a platform, and more memory than to keep all of them.
enum PlainScalar {
  /// In this order; the first that matches counts.
  private static let rules: [(tag: Tag.Name, pattern: Pattern)] = [
    (.bool, "^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$"),
    (
      .int,
      "^(?:[-+]?0b[0-1_]+|[-+]?0o?[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$"
    ),
    (
      .float,
      #"^(?:[-+]?(?:[0-9][0-9_]*)(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?|\.[0-9_]+(?:[eE][-+][0-9]+)?"#
        + #"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"#
    ),
    (.merge, "^<<$"), (.null, "^(?:~|null|Null|NULL)?$"),
    (
      .timestamp,
      "^(?:[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
        + #"|[0-9][0-9][0-9][0-9]-[0-9][0-9]?-[0-9][0-9]?(?:[Tt]|[ \t]+)[0-9][0-9]?:[0-9][0-9]:[0-9][0-9](?:\.[0-9]*)?"#
        + #"(?:[ \t]*(?:Z|[-+][0-9][0-9]?(?::[0-9][0-9])?))?)$"#
    ), (.value, "^=$"),
  ].compactMap { tag, source in (try? Pattern(source)).map { (tag, $0) } }

  /// Mostly there is nothing to be found.
  private static let all = PatternSet(rules.map(\.pattern))

  static func tag(of text: String) -> Tag.Name {
    var text = text
    let isText = text.withUTF8 { !all.matches($0) }
    return isText ? .str : rules.first { $0.pattern.matches(text) }?.tag ?? .str
  }
}
