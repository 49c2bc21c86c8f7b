import Synchronization
import WeirCore
import WeirSnapshot
import WeirState

/// An image whose folds fail as on a full disk, as often as it is told.
final class FullDiskImage: ImageStore {
    let image: any ImageStore
    let failures: Failures

    /// How many folds are still to fail.
    final class Failures: Sendable {
        let left = Mutex(0)
    }

    init(_ image: any ImageStore, _ failures: Failures) {
        self.image = image
        self.failures = failures
    }

    func withValue(
        keyGroup: UInt16,
        state: UInt16,
        key: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(WeirError) {
        try image.withValue(keyGroup: keyGroup, state: state, key: key, body)
    }

    func withValues(
        of batch: ImageReadBatch,
        _ body: (Int, UnsafeRawBufferPointer?) -> Void
    ) throws(WeirError) {
        try image.withValues(of: batch, body)
    }

    func cursor(
        keyGroup: UInt16,
        state: UInt16,
        prefix: UnsafeRawBufferPointer
    ) -> any ImageCursor {
        image.cursor(keyGroup: keyGroup, state: state, prefix: prefix)
    }

    func scan(_ range: KeyGroupRange) -> any ImageCursor { image.scan(range) }

    func fold(
        _ segments: [SegmentReader],
        in range: KeyGroupRange,
        marksRemovals: Bool
    ) throws(WeirError) -> Int {
        let fails = failures.left.withLock { left in
            left -= 1
            return left >= 0
        }
        if fails { throw WeirError(.diskFull, "The disk is full.") }
        return try image.fold(segments, in: range, marksRemovals: marksRemovals)
    }

    func capture(into directory: String) throws(WeirError) -> [CapturedFile] {
        try image.capture(into: directory)
    }

    func compact() { image.compact() }

    var byteCount: Int { image.byteCount }
}

/// Makes images whose folds fail.
struct FullDiskFactory: ImageFactory {
    let files: any FileSystem
    let failures = FullDiskImage.Failures()

    func open(
        directory: String,
        parts: [CapturedImage],
        range: KeyGroupRange,
        timeToLive: ImageTimeToLive,
        verifies: Bool
    ) throws(WeirError) -> any ImageStore {
        FullDiskImage(
            try ModelImageFactory(files: files).open(
                directory: directory,
                parts: parts,
                range: range,
                timeToLive: timeToLive,
                verifies: verifies
            ),
            failures
        )
    }
}
