import Glibc
import WeirCore

/// Unix-domain sockets.
extension RealNetwork {
    func connect(path: String) throws(WeirError) -> any Connection {
        let operation = "connecting to \(path)"
        let address = try Self.address(path)
        // A socket of this kind cannot be waited for while a peer's queue is full: so it blocks
        // until it is connected, for a limited time.
        let descriptor = try openSocket(address, operation, isBlocking: true)
        let connection = SocketConnection(descriptor: descriptor, peerName: path)
        var limit = timeval(tv_sec: Int(Self.connectTimeoutNanoseconds / 1_000_000_000), tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        let result = address.withPointer { pointer, length in
            retrying { Int(Glibc.connect(descriptor, pointer, length)) }
        }
        if case .failure(let failure) = result {
            let number = failure.number == EAGAIN ? ETIMEDOUT : failure.number
            throw SystemFailure.network(number, operation)
        }
        guard fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0 else {
            throw SystemFailure.network(errno, operation)
        }
        return connection
    }

    func listen(path: String) throws(WeirError) -> any Listener {
        let operation = "listening on \(path)"
        let address = try Self.address(path)
        let turn = try takeTurn(path, operation)
        defer { close(turn) }
        try removeStaleFile(path, address, operation)

        let descriptor = try openSocket(address, operation)
        // Before the socket has a name: so it never has one that others may use.
        fchmod(descriptor, S_IRUSR | S_IWUSR)
        let bound = address.withPointer { Glibc.bind(descriptor, $0, $1) }
        guard bound == 0, let file = SocketFile(path),
            Glibc.listen(descriptor, SOMAXCONN) == 0
        else {
            let failure = errno
            close(descriptor)
            throw SystemFailure.network(failure, operation)
        }
        return SocketListener(descriptor: descriptor, port: 0, file: file)
    }

    private static func address(_ path: String) throws(WeirError) -> SocketAddress {
        guard let address = SocketAddress(path: path) else {
            throw WeirError(
                .badValue,
                "\(path) cannot be the path of a socket.",
                reason: "It has \(path.utf8.count) bytes; the system takes "
                    + "1 to \(SocketAddress.pathLimit), and no zero byte.",
                fix: "Choose a directory with a shorter path, or a relative one."
            )
        }
        return address
    }

    /// Holds a lock on the path's directory, until the descriptor closes: of two that find the same
    /// stale file, the second would remove the first one's new one.
    private func takeTurn(_ path: String, _ operation: String) throws(WeirError) -> CInt {
        let directory = RealFileSystem().directory(of: path)
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        switch retrying({ Int(open(directory, flags)) }) {
        case .failure(let failure): throw SystemFailure.file(failure.number, operation, directory)
        case .success(let descriptor):
            // A volume without locks has no two that start at the same moment, one hopes.
            _ = retrying { Int(flock(CInt(descriptor), LOCK_EX)) }
            return CInt(descriptor)
        }
    }

    /// Removes a socket file that nobody listens on, as the end of a process leaves it.
    private func removeStaleFile(
        _ path: String,
        _ address: SocketAddress,
        _ operation: String
    ) throws(WeirError) {
        guard SocketFile.isTaken(path) else { return }
        guard let file = SocketFile(path) else {
            throw WeirError(
                .networkFailed,
                "\(operation) failed",
                reason: "There is a file of this name, which is no socket.",
                fix: "Choose another path, or move the file away."
            )
        }
        let descriptor = try openSocket(address, operation)
        defer { close(descriptor) }
        let result = address.withPointer { pointer, length in
            retrying { Int(Glibc.connect(descriptor, pointer, length)) }
        }
        guard case .failure(let failure) = result, failure.number == ECONNREFUSED else {
            throw SystemFailure.network(EADDRINUSE, operation)
        }
        file.remove()
    }
}
