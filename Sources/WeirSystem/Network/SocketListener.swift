import CWeirSystem
import Glibc
import Synchronization
import WeirCore

/// A listening socket, TCP or Unix.
final class SocketListener: Listener, Pollable {
    let port: Int
    /// The file of a Unix socket, which goes when the listener closes; nil: TCP.
    private let file: SocketFile?
    /// -1 once closed.
    private let descriptor: Atomic<CInt>

    /// Takes over a non-blocking socket that listens.
    init(descriptor: CInt, port: Int, file: SocketFile? = nil) {
        self.descriptor = Atomic(descriptor)
        self.port = port
        self.file = file
    }

    deinit { close() }

    var polledDescriptor: CInt { descriptor.load(ordering: .relaxed) }

    func accept() throws(WeirError) -> (any Connection)? {
        let socket = descriptor.load(ordering: .relaxed)
        switch retrying({ Int(weir_accept(socket)) }) {
        case .success(let accepted):
            let descriptor = CInt(accepted)
            let peer = file?.path ?? SocketAddress(peerOf: descriptor)?.text
            return SocketConnection(descriptor: descriptor, peerName: peer ?? "a peer that left")
        case .failure(let failure):
            // A peer that gave up while it waited is as good as none.
            if [EAGAIN, EWOULDBLOCK, ECONNABORTED].contains(failure.number) { return nil }
            throw SystemFailure.network(failure.number, "accepting a connection")
        }
    }

    func close() {
        let open = descriptor.exchange(-1, ordering: .acquiringAndReleasing)
        guard open >= 0 else { return }
        // The file first: who finds it must find somebody who listens.
        file?.remove()
        Glibc.close(open)
    }
}
