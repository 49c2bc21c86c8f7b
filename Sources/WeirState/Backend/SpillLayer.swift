import WeirCore
import WeirSnapshot

/// Entries that are newer than the rollback point and do not fit in memory.
///
/// A store like the image's, between tables and image, that knows removals: each value is preceded
/// by a byte, 1, and a removal is the single byte 0. It goes when its segments are in the image, or
/// when the job goes back before them.
struct SpillLayer {
    /// What it holds.
    let store: any ImageStore
    /// Keeps its files.
    let directory: ScratchDirectory
    /// The newest segment in it.
    var lastSequence: UInt64

    /// The content of a stored value; nil: removed.
    static func content(_ stored: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard stored.first == 1 else { return nil }
        return UnsafeRawBufferPointer(rebasing: stored[1...])
    }
}
