private import DeviceCLI
internal import Storage

extension JobPlan {
  static func backup(_ job: JobRecord, _ targets: DeviceQueries.Targets, _ catalogs: Catalogs) -> JobPlan {
    perDevice(job, targets, catalogs) { device, platform in
      guard platform.running != nil else {
        throw Unplanned(description: "platform '\(platform.name)' does not say how to read a configuration")
      }
      let commands =
        [platform.running?.command, platform.startup?.command].compactMap { $0 } + platform.inventory.map(\.command)
      return Part(device: device, platform: platform, task: .backup, commands: commands)
    }
  }
}
