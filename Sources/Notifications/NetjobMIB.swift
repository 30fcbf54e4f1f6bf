package import JobModel

/// NETJOB-MIB below an enterprise's object identifier, which is a setting: `.0.N` is a notification, `.1.N` an object.
package struct NetjobMIB: Sendable {
  package let root: [UInt32]

  /// - Parameter root: as `EnterpriseIdentifier` allows it.
  package init(root: [UInt32]) { self.root = root }

  package func identifier(of event: NotificationEvent) -> [UInt32] { root + [0, event.number] }

  /// The instance of a scalar.
  package func identifier(of variable: TrapVariable) -> [UInt32] { root + [1, variable.rawValue, 0] }

  /// The descriptor of an event's notification.
  package static func name(of event: NotificationEvent) -> String {
    let words = event.rawValue.split(separator: "-")
    return "netjob" + words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined() + "Notification"
  }

  /// The module in SMIv2 (RFC 2578 to 2580).
  package var text: String {
    // What stands below `enterprises`.
    let place = root.dropFirst(6).map(String.init).joined(separator: " ")
    var lines = [
      "NETJOB-MIB DEFINITIONS ::= BEGIN", "", "IMPORTS",
      "    MODULE-IDENTITY, NOTIFICATION-TYPE, OBJECT-TYPE, Unsigned32, enterprises", "        FROM SNMPv2-SMI",
      "    DateAndTime", "        FROM SNMPv2-TC",
      "    MODULE-COMPLIANCE, NOTIFICATION-GROUP, OBJECT-GROUP", "        FROM SNMPv2-CONF",
      "    SnmpAdminString", "        FROM SNMP-FRAMEWORK-MIB;", "",
      "netjobMIB MODULE-IDENTITY", "    LAST-UPDATED \"\(Self.revision)\"", "    ORGANIZATION \"netjob\"",
      "    CONTACT-INFO \"Whoever runs netjob here.\"", "    DESCRIPTION",
      "        \"What netjob tells of approvals and executions of",
      "         jobs on network devices.\"", "    REVISION \"\(Self.revision)\"", "    DESCRIPTION \"The first version.\"",
      "    ::= { enterprises \(place) }", "",
      "netjobNotifications OBJECT IDENTIFIER ::= { netjobMIB 0 }", "netjobObjects OBJECT IDENTIFIER ::= { netjobMIB 1 }",
      "netjobConformance OBJECT IDENTIFIER ::= { netjobMIB 2 }", "",
    ]
    for variable in TrapVariable.allCases {
      lines += [
        "\(variable.name) OBJECT-TYPE", "    SYNTAX \(Self.syntax(of: variable))", "    MAX-ACCESS accessible-for-notify",
        "    STATUS current", "    DESCRIPTION", "        \"\(Self.description(of: variable))\"",
        "    ::= { netjobObjects \(variable.rawValue) }", "",
      ]
    }
    for event in Self.events {
      let objects = TrapVariable.list(of: event).map { "        " + $0.name }.joined(separator: ",\n")
      lines += [
        "\(Self.name(of: event)) NOTIFICATION-TYPE", "    OBJECTS {", objects, "    }", "    STATUS current", "    DESCRIPTION",
        "        \"\(Self.description(of: event))\"", "    ::= { netjobNotifications \(event.number) }", "",
      ]
    }
    let variables = TrapVariable.allCases.map { "        " + $0.name }.joined(separator: ",\n")
    let notifications = Self.events.map { "        " + Self.name(of: $0) }.joined(separator: ",\n")
    lines += [
      "netjobGroups OBJECT IDENTIFIER ::= { netjobConformance 1 }",
      "netjobCompliances OBJECT IDENTIFIER ::= { netjobConformance 2 }",
      "", "netjobObjectGroup OBJECT-GROUP", "    OBJECTS {", variables, "    }", "    STATUS current",
      "    DESCRIPTION \"What notifications carry.\"", "    ::= { netjobGroups 1 }", "",
      "netjobNotificationGroup NOTIFICATION-GROUP", "    NOTIFICATIONS {", notifications, "    }", "    STATUS current",
      "    DESCRIPTION \"All notifications.\"", "    ::= { netjobGroups 2 }", "",
      "netjobCompliance MODULE-COMPLIANCE", "    STATUS current", "    DESCRIPTION \"What netjob does.\"", "    MODULE",
      "        MANDATORY-GROUPS { netjobObjectGroup, netjobNotificationGroup }", "    ::= { netjobCompliances 1 }", "", "END",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  private static let revision = "202611220000Z"
  private static let events = NotificationEvent.allCases.sorted { $0.number < $1.number }

  private static func syntax(of variable: TrapVariable) -> String {
    switch variable {
    case .time: "DateAndTime"
    case .revision, .execution: "Unsigned32"
    default: "SnmpAdminString"
    }
  }

  private static func description(of variable: TrapVariable) -> String {
    switch variable {
    case .event: "The event in a word: requested, approved and so on."
    case .time: "When it happened, in UTC."
    case .job: "The name of the job."
    case .network: "The network of the job or device."
    case .user: "Who brought it about."
    case .revision: "The revision of the job."
    case .message: "What was said, or why it came about, cut to\n         255 octets."
    case .execution: "The number of the execution; 0 where there is\n         none."
    case .status: "The status of request or execution after the\n         event."
    case .command: "The command that shows more, or does what is\n         likely to be next."
    case .device: "The name of the device."
    }
  }

  private static func description(of event: NotificationEvent) -> String {
    switch event {
    case .requested: "Approval of a job was requested."
    case .approved: "Somebody approved a request. netjobStatus says\n         whether that was enough."
    case .rejected: "A request was rejected."
    case .commented: "Somebody commented a request."
    case .closed: "A request was closed: by a person, by its age,\n         or because its execution ended."
    case .executed: "An execution of a job began."
    case .completed: "An execution ended well."
    case .failed: "An execution failed, was cancelled or\n         interrupted, or was missed."
    case .notApproved: "A job was not run, as it is not approved."
    case .hostKeyChanged: "A device showed another host key than the\n         pinned one, and was refused."
    case .reset: "A request was taken back, as what it asked for\n         was changed."
    case .test: "Somebody tries whether notifications arrive."
    }
  }
}
