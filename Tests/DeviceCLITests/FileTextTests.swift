import DeviceCLI
import Testing

/// Configurations as the files that devices load.
@Suite struct FileTextTests {
  @Test(arguments: [
    ("banner motd ^C\nKeep ^Out\n^C\nend\n", "banner motd \u{3}\nKeep ^Out\n\u{3}\nend\n"),
    ("banner login ^CHi^C\nline vty 0 4\nend\n", "banner login \u{3}Hi\u{3}\nline vty 0 4\nend\n"),
    ("banner exec ^CHi\nthere^C\nend", "banner exec \u{3}Hi\nthere\u{3}\nend\n"),
    ("banner motd #^C#\ninterface a\n description ^C\nend\n", "banner motd #^C#\ninterface a\n description ^C\nend\n"),
    ("hostname r1\nend\n", "hostname r1\nend\n"),
  ]) func caretsBecomeControlCharactersOnlyAroundTexts(_ shown: String, _ file: String) throws {
    let platform = try PlatformCatalog().platform(named: "cisco_ios")
    #expect(platform.fileText(of: shown) == file)
  }
}
