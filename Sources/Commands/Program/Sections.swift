/// The headings of the overview.
package enum Sections {
  package static let start = "Start"
  package static let devices = "Devices"
  package static let jobs = "Jobs"
  package static let approval = "Approval"
  package static let results = "Runs and results"
  package static let administration = "Administration"

  /// In the order of the overview.
  package static let all = [start, devices, jobs, approval, results, administration]
}
