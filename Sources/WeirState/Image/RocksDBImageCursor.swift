import WeirCore
import WeirRocksDB

/// A walk over a range of a RocksDB image.
final class RocksDBImageCursor: ImageCursor {
    private let iterator: DatabaseIterator

    init(_ database: Database, from lower: [UInt8], to upper: [UInt8]?, fillsCache: Bool) {
        iterator = DatabaseIterator(database, from: lower, to: upper, fillsCache: fillsCache)
    }

    var isValid: Bool { iterator.isValid }

    func seekToFirst() { iterator.seekToFirst() }

    func seekToLast() { iterator.seekToLast() }

    func seek(keyGroup: UInt16, state: UInt16, key: UnsafeRawBufferPointer) {
        ImageKey.withBytes(keyGroup: keyGroup, state: state, key: key) { iterator.seek($0) }
    }

    func next() { iterator.next() }

    func previous() { iterator.previous() }

    func withEntry(_ body: (ImageEntry) -> Void) {
        iterator.withEntry { key, value in
            if let entry = ImageKey.entry(key: key, value: value) { body(entry) }
        }
    }

    func checkStatus() throws(WeirError) { try iterator.checkStatus() }
}
