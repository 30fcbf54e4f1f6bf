import CSSH2
import Glibc

/// The master's side of a pseudo-terminal (pty(7)): non-blocking, close-on-exec, closed with its last reference.
final class PseudoTerminal {
  enum Mode {
    /// As the system makes it; who opens it sets what it needs.
    case standard
    /// Lines, in which no byte but the line feed has a meaning.
    case lines
  }

  let master: Int32
  /// Where the other side is to be opened.
  let path: String
  /// Keeps the terminal from hanging up while nobody else has it open.
  private let slave: Int32

  /// - Parameter staysOpen: it is no end of file when the other side is closed.
  /// - Throws: `.system`.
  init(_ mode: Mode, size: TerminalSize? = nil, staysOpen: Bool) throws(TransportError) {
    var number: Int32 = 0
    let master = netjob_pseudo_terminal(&number)
    guard master >= 0 else { throw TransportError(.system, "cannot make a pseudo-terminal: \(SystemError(errno))") }
    var modes = termios()
    guard fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK) == 0, tcgetattr(master, &modes) == 0 else {
      let number = errno
      Glibc.close(master)
      throw TransportError(.system, "cannot set up a pseudo-terminal: \(SystemError(number))")
    }
    switch mode {
    case .standard: break
    case .lines:
      modes.c_lflag &= ~tcflag_t(ISIG | IEXTEN)
      modes.c_iflag &= ~tcflag_t(IXON | IXOFF | ICRNL | INLCR | IGNCR | ISTRIP)
      modes.c_oflag &= ~tcflag_t(OPOST)
      // 0 is _POSIX_VDISABLE: no byte erases, kills the line or ends the file.
      withUnsafeMutableBytes(of: &modes.c_cc) { for index in 0..<$0.count { $0[index] = 0 } }
    }
    tcsetattr(master, TCSANOW, &modes)
    if let size {
      var window = winsize()
      window.ws_col = UInt16(clamping: size.width)
      window.ws_row = UInt16(clamping: size.height)
      _ = ioctl(master, UInt(TIOCSWINSZ), &window)
    }
    let path = "/dev/pts/\(number)"
    let slave = staysOpen ? open(path, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1
    if staysOpen, slave < 0 {
      let number = errno
      Glibc.close(master)
      throw TransportError(.system, "cannot open a pseudo-terminal: \(SystemError(number))")
    }
    self.master = master
    self.path = path
    self.slave = slave
  }

  deinit {
    Glibc.close(master)
    if slave >= 0 { Glibc.close(slave) }
  }

  /// Whether what is typed now is hidden, as it is while a password is read.
  var hidesInput: Bool {
    var modes = termios()
    return tcgetattr(master, &modes) == 0 && modes.c_lflag & tcflag_t(ECHO) == 0
  }
}
