import WeirCore
import WeirREST

/// Where job managers agree who leads: `etcd://HOST:PORT[,HOST:PORT…]/PREFIX`.
public struct EtcdURL: Sendable, Equatable, CustomStringConvertible {
    /// The servers, any of which can be asked.
    let servers: [ServerURL]
    /// Before all names, with a slash at its end: each cluster has its own.
    let prefix: String

    /// Reads an option's value.
    ///
    /// - Throws: `usage`.
    public init(_ text: String, option: String) throws(WeirError) {
        func wrong(_ reason: String) -> WeirError {
            WeirError(
                .usage,
                "\"\(text)\" is no metadata store.",
                position: option,
                reason: reason,
                fix: "Write etcd://HOST:PORT/PREFIX, such as etcd://127.0.0.1:2379/weir, or for "
                    + "several members etcd://A:2379,B:2379,C:2379/weir."
            )
        }
        guard text.hasPrefix("etcd://") else { throw wrong("It does not begin with etcd://.") }
        let rest = text.dropFirst("etcd://".count)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        var servers: [ServerURL] = []
        for part in rest[..<slash].split(separator: ",", omittingEmptySubsequences: false) {
            guard !part.contains("@") else {
                throw wrong("Weir does not log in at etcd yet; a name and password have no use.")
            }
            do throws(WeirError) {
                let port = part.hasSuffix("]") || !part.contains(":") ? ":2379" : ""
                servers.append(try ServerURL("http://\(part)\(port)", position: option))
            } catch {
                throw wrong("\"\(part)\" is no HOST:PORT.")
            }
        }
        let prefix = rest[slash...].drop { $0 == "/" }.split(separator: "/").joined(separator: "/")
        guard !prefix.isEmpty else {
            throw wrong("It has no prefix, by which an etcd tells clusters apart.")
        }
        guard prefix.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
            throw wrong("Its prefix has characters that are no signs of ASCII.")
        }
        self.servers = servers
        self.prefix = prefix + "/"
    }

    /// As it is written.
    public var description: String {
        let places = servers.map { $0.description.dropFirst("http://".count) }
        return "etcd://\(places.joined(separator: ","))/\(prefix)"
    }
}
