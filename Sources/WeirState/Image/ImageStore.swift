import WeirCore
import WeirSnapshot

/// The checkpointed state of one keyed subtask, behind its tables in memory.
///
/// It holds the newest value of every key as of the last folded checkpoint, never newer than the
/// point to which a rollback goes. Its directory is scratch: after a crash it is made again from a
/// checkpoint, so a fold that was interrupted does no harm. Reads come from the task's thread;
/// `fold` and `capture` from one background thread at a time, beside the reads.
public protocol ImageStore: AnyObject, Sendable {
    /// Calls `body` once, with the value of a key or nil; the bytes live until it returns.
    ///
    /// - Throws: `imageFailed`.
    func withValue(
        keyGroup: UInt16,
        state: UInt16,
        key: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(WeirError)

    /// Calls `body` for every key of the batch, in its order, with the value or nil.
    ///
    /// - Throws: `imageFailed`; then `body` was called for some keys only.
    func withValues(
        of batch: ImageReadBatch,
        _ body: (_ index: Int, _ value: UnsafeRawBufferPointer?) -> Void
    ) throws(WeirError)

    /// A cursor over the keys of a state that begin with `prefix`, in order; it stands nowhere.
    func cursor(
        keyGroup: UInt16,
        state: UInt16,
        prefix: UnsafeRawBufferPointer
    ) -> any ImageCursor

    /// A cursor over everything in some key groups, in order of group, state and key.
    func scan(_ range: KeyGroupRange) -> any ImageCursor

    /// Takes in the entries of segments that belong to some key groups; later segments are newer.
    ///
    /// Doing it again with the same segments changes nothing. With `marksRemovals` the store does not
    /// forget removed keys: every value has a byte in front, 1, and a removal is the value 0.
    /// - Returns: How many entries were written.
    /// - Throws: `imageFailed`, `diskFull`, `corruptSnapshot`, `cancelled`; then it must be done again.
    func fold(
        _ segments: [SegmentReader],
        in range: KeyGroupRange,
        marksRemovals: Bool
    ) throws(WeirError) -> Int

    /// Makes a directory with the files that are this image as of now.
    ///
    /// Hard links where that is possible. The directory must not exist.
    /// - Returns: The files, sorted by name.
    func capture(into directory: String) throws(WeirError) -> [CapturedFile]

    /// Rewrites everything, so that what was removed or has expired takes no room; waits for it.
    func compact()

    /// About how many bytes it takes on disk.
    var byteCount: Int { get }
}

/// An entry of an image; the bytes live until the cursor moves.
public struct ImageEntry {
    /// The key group of the key.
    public let keyGroup: UInt16
    /// The state that the entry belongs to.
    public let state: UInt16
    /// The key.
    public let key: UnsafeRawBufferPointer
    /// The value.
    public let value: UnsafeRawBufferPointer
}

/// A walk over a range of an image, as it was when the cursor was made; one thread at a time.
public protocol ImageCursor: AnyObject {
    /// Whether it stands on an entry.
    var isValid: Bool { get }
    /// Goes to the first entry.
    func seekToFirst()
    /// Goes to the last entry.
    func seekToLast()
    /// Goes to the first entry at or after a key of one key group and state.
    func seek(keyGroup: UInt16, state: UInt16, key: UnsafeRawBufferPointer)
    /// Goes to the next entry; it must be valid.
    func next()
    /// Goes to the previous entry; it must be valid.
    func previous()
    /// Calls `body` with the entry; it must be valid.
    func withEntry(_ body: (ImageEntry) -> Void)
    /// Throws what ended the walk, if it was not the end of the range.
    func checkStatus() throws(WeirError)
}
