import WeirCore

/// Where a REST server is: `http://HOST:PORT`.
package struct ServerURL: Sendable, Equatable, CustomStringConvertible {
    /// Name or address.
    package let host: String
    /// The port.
    package let port: Int

    /// Reads one or several URLs, with commas between.
    ///
    /// - Throws: `usage`.
    package static func list(
        _ text: String,
        position: String
    ) throws(WeirError) -> [ServerURL] {
        var urls: [ServerURL] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            urls.append(try ServerURL(String(part), position: position))
        }
        return urls
    }

    /// Reads a URL; `position` is where it was found, for messages.
    ///
    /// - Throws: `usage`.
    package init(_ text: String, position: String) throws(WeirError) {
        func wrong(_ reason: String) -> WeirError {
            WeirError(
                .usage,
                "\"\(text)\" is no address of a job manager.",
                position: position,
                reason: reason,
                fix: "Write http://HOST:PORT, such as http://127.0.0.1:8081."
            )
        }
        guard !text.hasPrefix("https:") else {
            throw wrong("Weir does not speak TLS; a proxy in front of the server can.")
        }
        guard text.hasPrefix("http://") else { throw wrong("It does not begin with http://.") }
        var rest = text.dropFirst(7)
        while rest.last == "/" { rest.removeLast() }
        let host: Substring
        var tail = rest[...]
        if rest.first == "[", let end = rest.firstIndex(of: "]") {
            host = rest[rest.index(after: rest.startIndex)..<end]
            tail = rest[rest.index(after: end)...]
        } else {
            host = rest.prefix { $0 != ":" && $0 != "/" }
            tail = rest.dropFirst(host.count)
        }
        let port = tail.isEmpty ? 80 : Int(tail.dropFirst()) ?? 0
        guard !host.isEmpty, tail.isEmpty || tail.first == ":", (1...65535).contains(port),
            host.utf8.allSatisfy({ $0 > 32 && $0 < 127 })
        else { throw wrong("It has no host, or no port from 1 to 65535.") }
        self.host = String(host)
        self.port = port
    }

    /// Whether only this machine can be meant.
    package var isLoopback: Bool { RESTAddress.isLoopback(host) }

    /// Host and port, as in a URL.
    var authority: String { RESTAddress(host: host, port: port).description }

    /// As it is written.
    package var description: String { "http://" + authority }
}
