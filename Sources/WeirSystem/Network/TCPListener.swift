import CWeirSystem
import Glibc
import Synchronization
import WeirCore

/// A listening TCP socket.
final class TCPListener: Listener, Pollable {
    /// -1 once closed.
    private let descriptor: Atomic<CInt>

    /// Takes over a non-blocking socket.
    init(descriptor: CInt) { self.descriptor = Atomic(descriptor) }

    deinit { close() }

    var port: Int {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let socket = descriptor.load(ordering: .relaxed)
        // SAFETY: a sockaddr_storage begins with a sockaddr; both IP families keep the port in the
        // two bytes after the family, big endian.
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                _ = getsockname(socket, pointer, &length)
            }
            let bytes = UnsafeRawPointer(pointer)
            return Int(bytes.load(fromByteOffset: 2, as: UInt16.self).bigEndian)
        }
    }

    var polledDescriptor: CInt { descriptor.load(ordering: .relaxed) }

    func accept() throws(WeirError) -> (any Connection)? {
        let socket = descriptor.load(ordering: .relaxed)
        switch retrying({ Int(weir_accept(socket)) }) {
        case .success(let accepted): return TCPConnection(descriptor: CInt(accepted))
        case .failure(let failure):
            // A peer that gave up while it waited is as good as none.
            if [EAGAIN, EWOULDBLOCK, ECONNABORTED].contains(failure.number) { return nil }
            throw SystemFailure.network(failure.number, "accepting a connection")
        }
    }

    func close() {
        let open = descriptor.exchange(-1, ordering: .acquiringAndReleasing)
        if open >= 0 { Glibc.close(open) }
    }
}
