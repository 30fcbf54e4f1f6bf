private import Commands
private import Glibc
private import Scheduling

@main
enum Main {
  static func main() async {
    // A reader that went away shows as a failed write, so that work on a device is not torn apart by it.
    signal(SIGPIPE, SIG_IGN)
    let program = Program(environment: ProcessEnvironment.variables(), clock: SystemClock.now)
    exit(await program.run(Array(CommandLine.arguments.dropFirst())).rawValue)
  }
}
