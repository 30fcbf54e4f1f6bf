/// What a search expression sees of a device; an empty text is a value that the device does not have.
package struct SearchSubject: Equatable, Sendable {
  package var name: String
  package var hostname: String
  package var address: String
  package var network: String
  package var platform: String
  package var vendor: String
  package var model: String
  package var version: String
  package var serial: String
  package var tags: [String]
  package var site: String
  package var status: String
  package var comment: String
  /// When the configuration last changed, in milliseconds since 1970; nil when that is not known.
  package var changed: Int64?
  /// Custom fields by key.
  package var fields: [String: String]

  /// Makes a subject; everything but the name may be left out.
  package init(
    name: String, hostname: String = "", address: String = "", network: String = "", platform: String = "", vendor: String = "",
    model: String = "", version: String = "", serial: String = "", tags: [String] = [], site: String = "", status: String = "",
    comment: String = "", changed: Int64? = nil, fields: [String: String] = [:]
  ) {
    self.name = name
    self.hostname = hostname
    self.address = address
    self.network = network
    self.platform = platform
    self.vendor = vendor
    self.model = model
    self.version = version
    self.serial = serial
    self.tags = tags
    self.site = site
    self.status = status
    self.comment = comment
    self.changed = changed
    self.fields = fields
  }
}
