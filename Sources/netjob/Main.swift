private import Commands
private import Glibc

@main
enum Main {
  static func main() async {
    // A reader that went away shows as a failed write, so that work on a device is not torn apart by it.
    signal(SIGPIPE, SIG_IGN)
    let program = Program(environment: ProcessEnvironment.variables())
    exit(await program.run(Array(CommandLine.arguments.dropFirst())).rawValue)
  }
}
