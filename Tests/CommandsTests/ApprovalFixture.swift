import JobModel
import Storage

/// Manifests for what no command makes.
enum ApprovalFixture {
  static func manifest(_ job: JobRecord) -> ApprovalManifest {
    ApprovalManifest(
      job: job.name, network: job.network, revision: job.revision, definition: job.definition, toolSource: "",
      platformDigests: [:], secretDigests: [:], triggers: [], filters: [:], devices: [])
  }
}
