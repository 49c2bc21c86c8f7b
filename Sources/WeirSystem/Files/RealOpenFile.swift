import Glibc
import WeirCore

/// A file descriptor and the position of the next write.
///
/// Writes go by `pwrite` at a position kept here, so that `write(_:at:)` and appending mix.
final class RealOpenFile: OpenFile {
    private let path: String
    /// -1 once closed.
    private var descriptor: CInt
    /// Where the next `write(_:)` goes: the file's end for its one writer.
    private var position = 0
    /// A failed `fsync` may have dropped the pages: a later success would be a lie.
    private var synchronizeFailure: WeirError?

    init(descriptor: CInt, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close() }

    func moveToEnd() throws(WeirError) { position = try size() }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(WeirError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let count = try perform("reading") {
                pread(descriptor, rest.baseAddress, rest.count, offset + filled)
            }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(WeirError) {
        try write(bytes, at: position)
        position += bytes.count
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(WeirError) {
        var written = 0
        while written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
            let count = try perform("writing") {
                pwrite(descriptor, rest.baseAddress, rest.count, offset + written)
            }
            // A device that takes nothing and reports nothing would keep us here for ever.
            if count == 0 { throw SystemFailure.file(EIO, "writing", path) }
            written += count
        }
    }

    func truncate(to length: Int) throws(WeirError) {
        _ = try perform("truncating") { Int(ftruncate(descriptor, length)) }
        position = min(position, length)
    }

    func size() throws(WeirError) -> Int {
        var info = stat()
        _ = try perform("looking at") { Int(fstat(descriptor, &info)) }
        return Int(info.st_size)
    }

    func isDirectory() throws(WeirError) -> Bool {
        var info = stat()
        _ = try perform("looking at") { Int(fstat(descriptor, &info)) }
        return info.st_mode & S_IFMT == S_IFDIR
    }

    func synchronize() throws(WeirError) {
        if let synchronizeFailure { throw synchronizeFailure }
        do throws(WeirError) {
            _ = try perform("synchronising") { Int(fsync(descriptor)) }
        } catch {
            synchronizeFailure = error
            throw error
        }
    }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    private func perform(_ operation: String, _ call: () -> Int) throws(WeirError) -> Int {
        switch retrying(call) {
        case .success(let result): return result
        case .failure(let failure): throw SystemFailure.file(failure.number, operation, path)
        }
    }
}
