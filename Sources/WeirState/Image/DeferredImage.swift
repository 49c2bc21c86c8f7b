import Synchronization
import WeirCore
import WeirSnapshot

/// An image that is empty until something is put into it, and is made only then.
///
/// Making a RocksDB database waits for the disk half a dozen times, which a job that starts with no
/// state, and perhaps never folds any, need not wait for. The first fold or capture makes it, on the
/// background thread that does it.
final class DeferredImage: ImageStore {
    private let make: @Sendable () throws(WeirError) -> any ImageStore
    private let made = Mutex<(any ImageStore)?>(nil)

    /// An image that `make` makes.
    init(_ make: @escaping @Sendable () throws(WeirError) -> any ImageStore) { self.make = make }

    private var image: (any ImageStore)? { made.withLock { $0 } }

    private func madeImage() throws(WeirError) -> any ImageStore {
        if let image { return image }
        // One background thread at a time works on an image, so none makes it twice.
        let new = try make()
        made.withLock { $0 = new }
        return new
    }

    func withValue(
        keyGroup: UInt16,
        state: UInt16,
        key: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(WeirError) {
        guard let image else { return body(nil) }
        try image.withValue(keyGroup: keyGroup, state: state, key: key, body)
    }

    func withValues(
        of batch: ImageReadBatch,
        _ body: (_ index: Int, _ value: UnsafeRawBufferPointer?) -> Void
    ) throws(WeirError) {
        guard let image else {
            for index in 0..<batch.count { body(index, nil) }
            return
        }
        try image.withValues(of: batch, body)
    }

    func cursor(
        keyGroup: UInt16,
        state: UInt16,
        prefix: UnsafeRawBufferPointer
    ) -> any ImageCursor {
        image?.cursor(keyGroup: keyGroup, state: state, prefix: prefix) ?? DeferredImage.nothing
    }

    func scan(_ range: KeyGroupRange) -> any ImageCursor {
        image?.scan(range) ?? DeferredImage.nothing
    }

    private static var nothing: any ImageCursor {
        ModelImageCursor(ModelImage.Entries(), from: [], to: nil)
    }

    func fold(
        _ segments: [SegmentReader],
        in range: KeyGroupRange,
        marksRemovals: Bool
    ) throws(WeirError) -> Int {
        try madeImage().fold(segments, in: range, marksRemovals: marksRemovals)
    }

    func capture(into directory: String) throws(WeirError) -> [CapturedFile] {
        try madeImage().capture(into: directory)
    }

    func compact() { image?.compact() }

    var byteCount: Int { image?.byteCount ?? 0 }
}
