extension SearchExpression {
  /// The keys whose values are plain text.
  enum TextKey: String, CaseIterable, Sendable {
    case name, hostname, network, platform, vendor, model, version, serial, tag, site, status

    func values(_ device: SearchSubject) -> [String] {
      switch self {
      case .name: [device.name]
      case .hostname: [device.hostname]
      case .network: [device.network]
      case .platform: [device.platform]
      case .vendor: [device.vendor]
      case .model: [device.model]
      case .version: [device.version]
      case .serial: [device.serial]
      case .tag: device.tags
      case .site: [device.site]
      case .status: [device.status]
      }
    }
  }

  enum Comparison: String, CaseIterable, Sendable {
    // The longer signs first: the parser takes the first that fits.
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case less = "<"
    case greater = ">"
    case equal = "="

    func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
      switch self {
      case .lessOrEqual: left <= right
      case .greaterOrEqual: left >= right
      case .less: left < right
      case .greater: left > right
      case .equal: left == right
      }
    }
  }

  enum AddressSet: Equatable, Sendable, CustomStringConvertible {
    case single(NetworkAddress)
    case prefix(NetworkPrefix)
    case range(ClosedRange<NetworkAddress>)
    case pattern(Pattern)

    func contains(_ text: String) -> Bool {
      let address = NetworkAddress(text)
      if case .pattern(let pattern) = self {
        // However the address was written, 2001:db8:* should find it.
        return pattern.matches(text) || address.map { pattern.matches($0.description) } ?? false
      }
      guard let address else { return false }
      return contains(address) || address != address.unmapped && contains(address.unmapped)
    }

    private func contains(_ address: NetworkAddress) -> Bool {
      switch self {
      case .single(let single): single == address
      case .prefix(let prefix): prefix.contains(address)
      case .range(let range): range.contains(address)
      case .pattern: false
      }
    }

    var description: String {
      switch self {
      case .single(let address): address.description
      case .prefix(let prefix): prefix.description
      case .range(let range): "\(range.lowerBound)-\(range.upperBound)"
      case .pattern(let pattern): pattern.text(isBareWord: false)
      }
    }
  }

  /// One word of an expression.
  enum Term: Equatable, Sendable, CustomStringConvertible {
    case anywhere(Pattern)
    case text(TextKey, Pattern)
    case field(String, Pattern)
    case address(AddressSet)
    case version(Comparison, Version)
    /// How long ago the configuration changed, in milliseconds.
    case changed(Comparison, Int64)

    func matches(_ device: SearchSubject, now: Int64) -> Bool {
      switch self {
      case .anywhere(let pattern):
        [device.name, device.hostname, device.address, device.comment].contains { pattern.matches($0) }
      case .text(let key, let pattern):
        key.values(device).contains { pattern.matches($0) }
      case .field(let key, let pattern):
        device.fields[key].map { pattern.matches($0) } ?? false
      case .address(let set):
        set.contains(device.address)
      case .version(let comparison, let version):
        !device.version.isEmpty && comparison.holds(Version(device.version), version)
      case .changed(let comparison, let age):
        device.changed.map { comparison.holds(Self.age(of: $0, now: now), age) } ?? false
      }
    }

    private static func age(of time: Int64, now: Int64) -> Int64 {
      let (age, overflow) = now.subtractingReportingOverflow(time)
      return overflow ? (time < 0 ? .max : .min) : age
    }

    var description: String {
      switch self {
      case .anywhere(let pattern): pattern.text(isBareWord: true)
      case .text(let key, let pattern): "\(key.rawValue):\(pattern.text(isBareWord: false))"
      case .field(let key, let pattern): "\(Pattern.literal(key, isBareWord: true)):\(pattern.text(isBareWord: false))"
      case .address(let set): "address:\(set)"
      case .version(let comparison, let version):
        "version:\(comparison.rawValue)\(Pattern.literal(version.text, isBareWord: false))"
      case .changed(let comparison, let age): "changed:\(comparison.rawValue)\(AgeUnit.text(age))"
      }
    }
  }

  enum AgeUnit: Character, CaseIterable, Sendable {
    case second = "s"
    case minute = "m"
    case hour = "h"
    case day = "d"
    case week = "w"

    var milliseconds: Int64 {
      switch self {
      case .second: 1000
      case .minute: 60_000
      case .hour: 3_600_000
      case .day: 86_400_000
      case .week: 604_800_000
      }
    }

    /// The age in the largest unit that leaves no rest, up to days: 7d reads better than 1w.
    static func text(_ age: Int64) -> String {
      for unit in [day, hour, minute] where age != 0 && age % unit.milliseconds == 0 {
        return "\(age / unit.milliseconds)\(unit.rawValue)"
      }
      return "\(age / second.milliseconds)\(second.rawValue)"
    }
  }
}
