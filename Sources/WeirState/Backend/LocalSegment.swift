import Synchronization
import WeirCore
import WeirSnapshot

/// A segment of this process: first in memory, then a scratch file, which goes with the object.
///
/// Any thread may call it.
final class LocalSegment: Sendable {
    /// Where the file is, once `materialise` has returned.
    let path: String
    /// Bytes of the file.
    let byteCount: Int
    /// Entries in it, removals included.
    let entryCount: Int
    /// The key groups in it.
    let keyGroupRange: KeyGroupRange
    private let scratch: ScratchSpace
    private var files: any FileSystem { scratch.files }
    /// The content, until it is on disk.
    private let memory: Mutex<SegmentImage?>
    /// Whether the file is whole; apart from `memory`, whose lock is held while it is written.
    private let isWritten: Atomic<Bool>

    /// A segment that is in memory only.
    init(_ image: SegmentImage, in scratch: ScratchSpace) {
        path = scratch.newPath("segment")
        self.scratch = scratch
        byteCount = image.byteCount
        entryCount = image.entryCount
        keyGroupRange = image.keyGroupRange
        memory = Mutex(image)
        isWritten = Atomic(false)
    }

    /// A segment whose file is at `path` already.
    init(fileAt path: String, in scratch: ScratchSpace) throws(WeirError) {
        let reader = try SegmentReader(files: scratch.files, path: path)
        self.path = path
        self.scratch = scratch
        byteCount = reader.byteCount
        entryCount = reader.entryCount
        keyGroupRange = reader.keyGroupRange
        memory = Mutex(nil)
        isWritten = Atomic(true)
    }

    // The last one who knows the segment may be the task, whom removing a file would hold up.
    deinit { scratch.discard(path) }

    /// Bytes that are in memory and not on disk yet; never waits.
    var unwrittenBytes: Int { isWritten.load(ordering: .acquiring) ? 0 : byteCount }

    /// Writes the file, unless that is done.
    func materialise() throws(WeirError) {
        var failure: WeirError?
        memory.withLock { memory in
            guard let image = memory else { return }
            do throws(WeirError) {
                try write(image)
                memory = nil
                isWritten.store(true, ordering: .releasing)
            } catch { failure = error }
        }
        if let failure { throw failure }
    }

    private func write(_ image: SegmentImage) throws(WeirError) {
        let file = try files.open(path, .truncate)
        defer { file.close() }
        for block in image.blocks { try file.write(block) }
    }

    /// Opens the file.
    func reader() throws(WeirError) -> SegmentReader {
        try materialise()
        return try SegmentReader(files: files, path: path)
    }
}
