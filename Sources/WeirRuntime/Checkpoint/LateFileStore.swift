#if Sabotage
import WeirCore
import WeirSnapshot

/// A store that says that it has written before it has; for `Sabotage.acknowledgeBeforeUpload`.
struct LateFileStore: FileStore {
    let store: any FileStore
    let world: any World

    func putIfAbsent(
        _ name: String,
        _ blocks: [UnsafeRawBufferPointer]
    ) throws(WeirError) -> StoredFile {
        let bytes = blocks.flatMap { Array($0) }
        world.threads.background { [store] in
            // Whoever waited for it has gone on.
            _ = try? store.putIfAbsent(name, bytes: bytes)
        }
        return StoredFile(size: bytes.count, checksum: bytes.withUnsafeBytes(Self.checksum))
    }

    private static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        // CRC32C, bit by bit.
        var checksum: UInt32 = .max
        for byte in bytes {
            checksum ^= UInt32(byte)
            for _ in 0..<8 { checksum = (checksum >> 1) ^ (checksum & 1 == 1 ? 0x82F6_3B78 : 0) }
        }
        return ~checksum
    }

    func putIfAbsent(
        _ name: String,
        linking localPath: String
    ) throws(WeirError) -> StoredFile { try store.putIfAbsent(name, linking: localPath) }

    func putIfAbsent(
        _ name: String,
        copying source: any StoredFileReader
    ) throws(WeirError) -> StoredFile { try store.putIfAbsent(name, copying: source) }

    func fetch(_ name: String, to localPath: String) throws(WeirError) {
        try store.fetch(name, to: localPath)
    }

    func open(_ name: String) throws(WeirError) -> any StoredFileReader { try store.open(name) }

    func list(prefix: String) throws(WeirError) -> [String] { try store.list(prefix: prefix) }

    func size(_ name: String) throws(WeirError) -> Int? { try store.size(name) }

    func place(of name: String) -> String { store.place(of: name) }

    func delete(_ names: [String]) throws(WeirError) { try store.delete(names) }
}

extension SnapshotWriter {
    /// The same, to a store that is late.
    func late(_ world: any World) -> SnapshotWriter {
        SnapshotWriter(
            store: LateFileStore(store: store, world: world),
            cancellation: cancellation
        )
    }
}
#endif
