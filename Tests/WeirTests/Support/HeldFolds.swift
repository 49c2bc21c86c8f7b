import Synchronization
import Weir
import WeirSnapshot
import WeirState

/// Holds the first fold of a job until it is let go of, or until the job does not want it any more.
final class HeldFolds: Sendable {
    private struct State {
        var hasBegun = false
        var isHolding = false
        var isReleased = false
        var opened = 0
        var openedWhileHolding = 0
    }

    private let state = Mutex(State())
    private let parker: any Parker
    private let begun: any Parker
    private let clock: any Clock

    init(_ world: any World) {
        parker = world.threads.makeParker()
        begun = world.threads.makeParker()
        clock = world.clock
    }

    /// Whether the fold has begun.
    var hasBegun: Bool { state.withLock { $0.hasBegun } }
    /// Whether a fold is under way.
    var isHolding: Bool { state.withLock { $0.isHolding } }
    /// Images that attempts have opened, and those among them while a fold was under way.
    var opened: (all: Int, whileHolding: Int) {
        state.withLock { ($0.opened, $0.openedWhileHolding) }
    }

    /// Waits until the fold has begun.
    func awaitBegin() {
        while !hasBegun { begun.park(until: nil) }
    }

    func release() { state.withLock { $0.isReleased = true } }

    func imageOpened() {
        state.withLock {
            $0.opened += 1
            if $0.isHolding { $0.openedWhileHolding += 1 }
        }
    }

    /// On the I/O thread: the first caller stays.
    func hold(unless cancellation: Cancellation) throws(WeirError) {
        let isFirst = state.withLock { state in
            defer { state.hasBegun = true }
            if !state.hasBegun { state.isHolding = true }
            return !state.hasBegun
        }
        guard isFirst else { return }
        begun.wake()
        while !cancellation.isCancelled, !state.withLock({ $0.isReleased }) {
            parker.park(until: clock.monotonicNanoseconds() + 1_000_000)
        }
        state.withLock { $0.isHolding = false }
        try cancellation.check("The fold of a test")
    }
}

/// Opens RocksDB images whose first fold is held; layers of spilled entries are not.
struct HeldImageFactory: ImageFactory {
    let folds: HeldFolds
    var images: any ImageFactory
    var cancellation = Cancellation()

    init(_ folds: HeldFolds, _ world: any World) {
        self.folds = folds
        images = RocksDBImageFactory(files: world.files, cacheBytes: 4 << 20)
    }

    func cancellable(by cancellation: Cancellation) -> any ImageFactory {
        var copy = self
        copy.images = images.cancellable(by: cancellation)
        copy.cancellation = cancellation
        return copy
    }

    func open(
        directory: String,
        parts: [CapturedImage],
        range: KeyGroupRange,
        timeToLive: ImageTimeToLive,
        verifies: Bool
    ) throws(WeirError) -> any ImageStore {
        let image = try images.open(
            directory: directory,
            parts: parts,
            range: range,
            timeToLive: timeToLive,
            verifies: verifies
        )
        guard directory.contains("/image-") else { return image }
        folds.imageOpened()
        return HeldImage(image, folds, cancellation)
    }
}

/// An image whose folds begin with a wait.
private final class HeldImage: ImageStore {
    private let image: any ImageStore
    private let folds: HeldFolds
    private let cancellation: Cancellation

    init(_ image: any ImageStore, _ folds: HeldFolds, _ cancellation: Cancellation) {
        self.image = image
        self.folds = folds
        self.cancellation = cancellation
    }

    func fold(
        _ segments: [SegmentReader],
        in range: KeyGroupRange,
        marksRemovals: Bool
    ) throws(WeirError) -> Int {
        try folds.hold(unless: cancellation)
        return try image.fold(segments, in: range, marksRemovals: marksRemovals)
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
        _ body: (_ index: Int, _ value: UnsafeRawBufferPointer?) -> Void
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

    func capture(into directory: String) throws(WeirError) -> [CapturedFile] {
        try image.capture(into: directory)
    }

    func compact() { image.compact() }

    var byteCount: Int { image.byteCount }
}
