/// Work on a device stopped between two commands.
struct ChangeStopped: Error, Equatable {
  let reason: StopSignal.Reason
}

extension StopSignal.Reason {
  /// In a few words.
  var text: String {
    switch self {
    case .signal: "netjob was told to end"
    case .cancelled: "cancelled"
    case .lost: "the execution's lease ran out"
    case .storage(let why): "results cannot be written: \(why)"
    }
  }
}
