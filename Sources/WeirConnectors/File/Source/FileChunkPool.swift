/// Stretches that a reader is done with, for those it reads next: memory in use is mapped, and near
/// to the processor.
///
/// Belongs to the reader's executor thread.
final class FileChunkPool {
    /// Room in front of a stretch for the rest of the one before.
    static let headroom = 64 << 10
    /// Most stretches that wait.
    private static let limit = 2

    private var free: [FileChunk] = []

    /// A stretch with room for `count` bytes.
    func take(_ count: Int) -> FileChunk {
        if let index = free.lastIndex(where: { $0.capacity >= count }) {
            let chunk = free.remove(at: index)
            chunk.reset()
            return chunk
        }
        return FileChunk(headroom: Self.headroom, capacity: count)
    }

    /// Takes a stretch that nobody else has.
    func give(_ chunk: FileChunk) {
        guard chunk.headroom == Self.headroom else { return }
        if free.count == Self.limit { free.removeFirst() }
        free.append(chunk)
    }
}

@available(*, unavailable)
extension FileChunkPool: Sendable {}
