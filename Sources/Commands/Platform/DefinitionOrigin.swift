/// Where a platform or tool comes from: the program itself, or a file.
enum DefinitionOrigin {
  /// The path of a file; nil for what is within the program, whose files have no folder.
  static func own(_ file: String) -> String? { file.contains("/") || file == "-" ? file : nil }

  /// For tables.
  static func text(_ file: String) -> String { own(file) ?? "netjob" }

  /// How messages name what is read.
  static func place(_ path: String) -> String { path == "-" ? "standard input" : path }

  /// A file is looked for by the name it defines.
  static func warnOfName(_ name: String, path: String, _ context: Context) {
    guard path != "-", let last = path.split(separator: "/").last, last != "\(name).yaml" else { return }
    context.warn("netjob will look for it as \(name).yaml, not as \(last)")
  }
}
