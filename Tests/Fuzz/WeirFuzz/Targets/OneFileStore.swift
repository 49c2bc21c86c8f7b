import WeirCore
import WeirSnapshot

/// A store with one file, which lies in memory.
// SAFETY: the bytes live as long as the store is used, on one thread.
struct OneFileStore: FileStore, @unchecked Sendable {
    private let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    func open(_ name: String) throws(WeirError) -> any StoredFileReader { Reader(bytes) }

    func list(prefix: String) throws(WeirError) -> [String] { [] }

    func size(_ name: String) throws(WeirError) -> Int? { bytes.count }

    func place(of name: String) -> String { name }

    func putIfAbsent(
        _ name: String,
        _ blocks: [UnsafeRawBufferPointer]
    ) throws(WeirError) -> StoredFile { throw Self.isReadOnly }

    func putIfAbsent(
        _ name: String,
        linking localPath: String
    ) throws(WeirError) -> StoredFile { throw Self.isReadOnly }

    func putIfAbsent(
        _ name: String,
        copying source: any StoredFileReader
    ) throws(WeirError) -> StoredFile { throw Self.isReadOnly }

    func fetch(_ name: String, to localPath: String) throws(WeirError) { throw Self.isReadOnly }

    func delete(_ names: [String]) throws(WeirError) { throw Self.isReadOnly }

    private static var isReadOnly: WeirError { WeirError(.fileRefused, "The store is read only.") }

    private final class Reader: StoredFileReader {
        private let bytes: UnsafeRawBufferPointer

        init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        func size() throws(WeirError) -> Int { bytes.count }

        func read(
            at offset: Int,
            into buffer: UnsafeMutableRawBufferPointer
        ) throws(WeirError) -> Int {
            guard offset >= 0, offset < bytes.count else { return 0 }
            let part = UnsafeRawBufferPointer(rebasing: bytes[offset...].prefix(buffer.count))
            buffer.copyMemory(from: part)
            return part.count
        }

        func close() {}
    }
}
