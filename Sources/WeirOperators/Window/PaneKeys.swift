import WeirCore
import WeirData
import WeirState

/// Keys with the start of a slice behind them, for a batch of rows.
///
/// ```
/// 8-byte keys: key | slice start, as a 16-byte key      others: key bytes | slice start, 8 bytes
/// ```
/// The hash is the key's, with other low bits, so that the slices of a key are in its key group.
public final class PaneKeys {
    // SAFETY: buffers of `capacity` entries, freed in `deinit`, written below `count` only.
    @usableFromInline let hashes: UnsafeMutablePointer<UInt64>
    @usableFromInline let words: UnsafeMutablePointer<UInt64>
    @usableFromInline let offsets: UnsafeMutablePointer<Int>
    @usableFromInline let rows: UnsafeMutablePointer<Int32>
    @usableFromInline let fresh: UnsafeMutablePointer<Int32>
    @usableFromInline var writer = ByteWriter(capacity: 4096)
    /// Whether keys are 16 bytes.
    @usableFromInline let isFixed: Bool
    /// How many there are.
    @usableFromInline private(set) var count = 0
    private(set) var capacity: Int

    init(_ layout: KeyLayout, capacity: Int) {
        isFixed = layout == .fixed8
        self.capacity = capacity
        hashes = .allocate(capacity: capacity)
        words = .allocate(capacity: capacity * 2)
        offsets = .allocate(capacity: capacity + 1)
        rows = .allocate(capacity: capacity)
        fresh = .allocate(capacity: capacity)
    }

    deinit {
        hashes.deallocate()
        words.deallocate()
        offsets.deallocate()
        rows.deallocate()
        fresh.deallocate()
    }

    /// Bytes of a slice's start.
    static let sliceBytes = 8

    /// Forgets all.
    func removeAll() {
        count = 0
        writer.removeAll()
    }

    /// Adds the key of a row of a batch.
    func append(_ keys: ExtractedKeys, _ position: Int, slice: Int64, row: Int) {
        let word = UInt64(bitPattern: slice)
        hashes[count] = KeyHash.hash(keys.hashes[position], namespace: word)
        rows[count] = Int32(truncatingIfNeeded: row)
        if isFixed {
            words[2 * count] = keys.integers[position]
            words[2 * count + 1] = word
        } else {
            offsets[count] = writer.count
            writer.append(bytes: keys.key(position))
            writer.append(integer: word)
            offsets[count + 1] = writer.count
        }
        count += 1
    }

    /// Bytes of a key that was added.
    @inlinable
    func bytes(_ index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: writer.base + offsets[index],
            count: offsets[index &+ 1] &- offsets[index]
        )
    }
}

@available(*, unavailable)
extension PaneKeys: Sendable {}
