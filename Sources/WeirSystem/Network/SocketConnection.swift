import Glibc
import Synchronization
import WeirCore

/// A connected socket, TCP or Unix.
final class SocketConnection: Connection, Pollable {
    let peerName: String
    /// -1 once closed.
    private let descriptor: Atomic<CInt>

    /// Takes over a non-blocking socket.
    init(descriptor: CInt, peerName: String) {
        self.descriptor = Atomic(descriptor)
        self.peerName = peerName
        // Frames are gathered before they are written: waiting for more would only add latency.
        // A Unix socket does not know the option, and does not wait.
        setOption(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY)
    }

    deinit { close() }

    var polledDescriptor: CInt { descriptor.load(ordering: .relaxed) }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(WeirError) -> Int? {
        let socket = descriptor.load(ordering: .relaxed)
        switch retrying({ recv(socket, buffer.baseAddress, buffer.count, 0) }) {
        case .success(let count): return count
        case .failure(let failure):
            if failure.number == EAGAIN || failure.number == EWOULDBLOCK { return nil }
            throw SystemFailure.network(failure.number, "reading from \(peerName)")
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(WeirError) -> Int {
        let socket = descriptor.load(ordering: .relaxed)
        // Without MSG_NOSIGNAL a closed peer would end this process.
        let flags = CInt(MSG_NOSIGNAL)
        switch retrying({ send(socket, bytes.baseAddress, bytes.count, flags) }) {
        case .success(let count): return count
        case .failure(let failure):
            if failure.number == EAGAIN || failure.number == EWOULDBLOCK { return 0 }
            throw SystemFailure.network(failure.number, "writing to \(peerName)")
        }
    }

    func waitReadable(until deadline: Int64) {
        _ = waitFor(Int16(POLLIN), descriptor.load(ordering: .relaxed), until: deadline)
    }

    func close() {
        let open = descriptor.exchange(-1, ordering: .acquiringAndReleasing)
        if open >= 0 { Glibc.close(open) }
    }
}
