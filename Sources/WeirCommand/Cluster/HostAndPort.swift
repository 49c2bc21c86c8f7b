import WeirCore

/// A name or address and a port, as options take them: `127.0.0.1:6123`, `[::1]:6123`.
struct HostAndPort: Equatable, CustomStringConvertible {
    let host: String
    let ports: ClosedRange<Int>

    /// The port, or the lowest one.
    var port: Int { ports.lowerBound }

    /// One port.
    init(host: String, port: Int) {
        self.host = host
        ports = port...port
    }

    /// The port so many further on; any port stays any.
    func moved(by number: Int) -> HostAndPort {
        port == 0 ? self : HostAndPort(host: host, port: port + number)
    }

    /// Reads an option's value with one or several of them, with commas between.
    ///
    /// - Throws: `usage`.
    static func list(_ text: String, option: String) throws(WeirError) -> [HostAndPort] {
        var places: [HostAndPort] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            places.append(try HostAndPort(String(part), option: option))
        }
        return places
    }

    /// Reads an option's value; 0 is a port that the system chooses.
    ///
    /// With `allowsRange` there may be two ports with a hyphen between.
    /// - Throws: `usage`.
    init(_ text: String, option: String, allowsRange: Bool = false) throws(WeirError) {
        let colon = text.lastIndex(of: ":") ?? text.startIndex
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        let numbers = text[colon...].dropFirst().split(
            separator: "-",
            omittingEmptySubsequences: false
        ).map { Int($0) ?? -1 }
        let areNumbers = numbers.allSatisfy { (0...65535).contains($0) }
        guard !host.isEmpty, let low = numbers.first, let high = numbers.last, areNumbers,
            numbers.count <= (allowsRange ? 2 : 1), low <= high
        else {
            throw WeirError(
                .usage,
                "\"\(text)\" is no address for \(option).",
                fix: "Write HOST:PORT" + (allowsRange ? " or HOST:LOWEST-HIGHEST" : "")
                    + ", such as 127.0.0.1:6123; port 0 is any free one."
            )
        }
        self.host = String(host)
        ports = low...high
    }

    /// As it is written.
    var description: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return ports.count == 1 ? "\(name):\(port)" : "\(name):\(port)-\(ports.upperBound)"
    }
}
