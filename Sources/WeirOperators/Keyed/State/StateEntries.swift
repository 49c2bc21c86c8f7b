/// The entries of a map or list state, read from the state in batches as they are asked for.
///
/// It belongs to the key that was at hand when it was made, and may be walked more than once. Memory
/// is bounded, however many entries there are; `Array(entries)` holds them all.
public struct StateEntries<Element>: Sequence {
    let cell: SortedCell
    let walk: SortedWalk
    let decode: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Element?

    /// Gives one entry after the other.
    public struct Iterator: IteratorProtocol {
        let cell: SortedCell
        var walk: SortedWalk
        let decode: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Element?

        /// The next entry that has not expired; nil at the end.
        public mutating func next() -> Element? {
            let skip = walk.prefix.count
            while let entry = walk.next() {
                guard let content = cell.content(entry.value) else { continue }
                cell.renew(walk.keyGroup, entry.key, entry.value)
                let element = entry.key[skip...].withUnsafeBytes { key in
                    content.withUnsafeBytes { decode(key, $0) }
                }
                if let element { return element }
                cell.failCorrupt()
            }
            return nil
        }
    }

    /// Begins at the first entry.
    public func makeIterator() -> Iterator { Iterator(cell: cell, walk: walk, decode: decode) }
}
