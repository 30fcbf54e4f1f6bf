private import Commands
private import Glibc

@main
enum Main {
  static func main() async {
    ProcessEnvironment.openStandardStreams()
    ProcessEnvironment.shareMemory()
    // A reader that went away shows as a failed write, so that work on a device is not torn apart by it.
    signal(SIGPIPE, SIG_IGN)
    guard let words = ProcessEnvironment.arguments() else {
      let message = "netjob: error: an argument is not UTF-8\n"
      _ = message.withCString { write(STDERR_FILENO, $0, strlen($0)) }
      _exit(ExitStatus.usage.rawValue)
    }
    // Not `exit`, whose handlers take OpenSSL apart while a connection to a jump host may still be closing on its thread.
    // Nothing waits in a buffer of the C library.
    _exit(await Program(environment: ProcessEnvironment.variables()).run(words).rawValue)
  }
}
