import Glibc
import WeirCore

/// TCP and Unix-domain sockets that never block.
struct RealNetwork: Network {
    /// How long a peer may take to accept a connection.
    static let connectTimeoutNanoseconds: Int64 = 5_000_000_000

    func connect(host: String, port: Int) throws(WeirError) -> any Connection {
        let operation = "connecting to \(host):\(port)"
        var failure = SystemFailure.network(EADDRNOTAVAIL, operation)
        for address in try resolve(host, port, passive: false) {
            do throws(WeirError) { return try connect(to: address, operation) } catch {
                failure = error
            }
        }
        throw failure
    }

    func listen(host: String, port: Int) throws(WeirError) -> any Listener {
        let operation = "listening on \(host):\(port)"
        var failure = SystemFailure.network(EADDRNOTAVAIL, operation)
        for address in try resolve(host, port, passive: true) {
            do throws(WeirError) { return try listen(at: address, operation) } catch {
                failure = error
            }
        }
        throw failure
    }

    private func connect(
        to address: SocketAddress,
        _ operation: String
    ) throws(WeirError) -> SocketConnection {
        let descriptor = try openSocket(address, operation)
        let connection = SocketConnection(
            descriptor: descriptor,
            peerName: address.text ?? operation
        )
        let result = address.withPointer { pointer, length in
            retrying { Int(Glibc.connect(descriptor, pointer, length)) }
        }
        if case .failure(let reason) = result {
            guard reason.number == EINPROGRESS else {
                throw SystemFailure.network(reason.number, operation)
            }
            let deadline = nanoseconds(of: CLOCK_MONOTONIC) + Self.connectTimeoutNanoseconds
            guard waitFor(Int16(POLLOUT), descriptor, until: deadline) else {
                throw SystemFailure.network(ETIMEDOUT, operation)
            }
            var pending: CInt = 0
            var length = socklen_t(MemoryLayout<CInt>.size)
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &pending, &length)
            if pending != 0 { throw SystemFailure.network(pending, operation) }
        }
        return connection
    }

    private func listen(
        at address: SocketAddress,
        _ operation: String
    ) throws(WeirError) -> SocketListener {
        let descriptor = try openSocket(address, operation)
        setOption(descriptor, SOL_SOCKET, SO_REUSEADDR)
        let bound = address.withPointer { Glibc.bind(descriptor, $0, $1) }
        guard bound == 0, Glibc.listen(descriptor, SOMAXCONN) == 0 else {
            let failure = errno
            Glibc.close(descriptor)
            throw SystemFailure.network(failure, operation)
        }
        let port = SocketAddress(of: descriptor)?.port ?? 0
        return SocketListener(descriptor: descriptor, port: port)
    }

    /// A new socket for an address, which children do not inherit.
    func openSocket(
        _ address: SocketAddress,
        _ operation: String,
        isBlocking: Bool = false
    ) throws(WeirError) -> CInt {
        let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let flags = isBlocking ? 0 : CInt(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.family, kind | flags, 0)
        guard descriptor >= 0 else { throw SystemFailure.network(errno, operation) }
        return descriptor
    }

    private func resolve(
        _ host: String,
        _ port: Int,
        passive: Bool
    ) throws(WeirError) -> [SocketAddress] {
        guard (0...65535).contains(port) else {
            throw WeirError(.networkFailed, "Port \(port) is not between 0 and 65535.")
        }
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = passive ? AI_PASSIVE : 0
        // SAFETY: the resolver's list is read only before it is freed at the end of this function.
        var first: UnsafeMutablePointer<addrinfo>?
        let failure = getaddrinfo(host, String(port), &hints, &first)
        guard failure == 0 else {
            throw WeirError(
                .networkFailed,
                "resolving host \(host) failed",
                reason: String(cString: gai_strerror(failure))
            )
        }
        defer { freeaddrinfo(first) }
        var addresses: [SocketAddress] = []
        var next = first
        while let info = next?.pointee {
            if let address = SocketAddress(info) { addresses.append(address) }
            next = info.ai_next
        }
        return addresses
    }
}
