import Glibc

/// An IPv4 or IPv6 address with its port, as the system keeps it.
struct SocketAddress {
    let family: CInt
    private var storage = sockaddr_storage()
    private let length: socklen_t

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
