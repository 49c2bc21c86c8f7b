import Glibc

/// An address of a socket, as the system keeps it: IPv4 or IPv6 with its port, or a path.
struct SocketAddress {
    /// The longest path of a socket, in bytes; the system keeps it with a zero byte.
    static let pathLimit = 107

    let family: CInt
    private var storage = sockaddr_storage()
    private var length: socklen_t

    /// Copies what the resolver found; nil if it found no address of ours.
    init?(_ info: addrinfo) {
        guard let source = info.ai_addr, info.ai_addrlen <= MemoryLayout<sockaddr_storage>.size
        else { return nil }
        family = info.ai_family
        length = info.ai_addrlen
        // SAFETY: the length was compared with the storage's, and the resolver's memory holds it.
        withUnsafeMutableBytes(of: &storage) { bytes in
            bytes.copyMemory(from: UnsafeRawBufferPointer(start: source, count: Int(length)))
        }
    }

    /// The address of a path; nil if it is empty, too long, or has a zero byte.
    init?(path: String) {
        let bytes = Array(path.utf8)
        guard !bytes.isEmpty, bytes.count <= Self.pathLimit, !bytes.contains(0) else { return nil }
        family = AF_UNIX
        // The family, the path, and the zero byte that the storage has already.
        let start = MemoryLayout<sa_family_t>.size
        length = socklen_t(start + bytes.count + 1)
        storage.ss_family = sa_family_t(AF_UNIX)
        // SAFETY: 2 + 107 bytes fit into the 128 of the storage.
        withUnsafeMutableBytes(of: &storage) { storage in
            UnsafeMutableRawBufferPointer(rebasing: storage[start...]).copyBytes(from: bytes)
        }
    }

    /// The address of a connected socket's peer; nil if it is gone.
    init?(peerOf descriptor: CInt) { self.init(descriptor, getpeername) }

    /// The address that a socket is bound to; nil if it is none.
    init?(of descriptor: CInt) { self.init(descriptor, getsockname) }

    private init?(
        _ descriptor: CInt,
        _ call: (CInt, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
    ) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // SAFETY: a sockaddr_storage begins with a sockaddr, by POSIX, and its size is told.
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                call(descriptor, pointer, &length)
            }
        }
        guard result == 0 else { return nil }
        family = CInt(storage.ss_family)
        self.storage = storage
        self.length = length
    }

    /// The port of an IP address; 0 if it is a path.
    var port: Int {
        guard family == AF_INET || family == AF_INET6 else { return 0 }
        // SAFETY: both IP families keep the port in the two bytes after the family, big endian.
        return withUnsafeBytes(of: storage) { bytes in
            Int(bytes.load(fromByteOffset: 2, as: UInt16.self).bigEndian)
        }
    }

    /// An IP address for messages: `127.0.0.1:4711`, `[::1]:4711`; nil if it is a path.
    var text: String? {
        guard family == AF_INET || family == AF_INET6 else { return nil }
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let failure = withPointer { pointer, length in
            getnameinfo(pointer, length, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST)
        }
        guard failure == 0 else { return nil }
        let bytes = host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let name = String(decoding: bytes, as: UTF8.self)
        return family == AF_INET6 ? "[\(name)]:\(port)" : "\(name):\(port)"
    }

    /// Lends the address in the form that socket calls take.
    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        // SAFETY: a sockaddr_storage begins with a sockaddr, by POSIX.
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}

/// Switches a socket's option on; failing to is harmless for those we use.
func setOption(_ descriptor: CInt, _ level: CInt, _ option: CInt) {
    var enabled: CInt = 1
    setsockopt(descriptor, level, option, &enabled, socklen_t(MemoryLayout<CInt>.size))
}

/// Waits until a descriptor is ready, at most until the deadline; whether it is.
func waitFor(_ events: Int16, _ descriptor: CInt, until deadline: Int64) -> Bool {
    while true {
        let left = max(0, deadline - max(0, nanoseconds(of: CLOCK_MONOTONIC)))
        let milliseconds = min(left / 1_000_000 + (left % 1_000_000 == 0 ? 0 : 1), 1 << 30)
        var request = pollfd(fd: descriptor, events: events, revents: 0)
        let ready = poll(&request, 1, CInt(milliseconds))
        if ready > 0 { return true }
        if ready == 0 && left <= milliseconds * 1_000_000 { return false }
        if ready < 0 && errno != EINTR { return false }
    }
}
