/// Keys that are read from an image together, `ImageReadBatch.limit` at most; one thread at a time.
public final class ImageReadBatch {
    /// The most keys of one batch: a read of so many is the longest that a task waits for.
    public static let limit = 128

    /// How many keys it holds.
    public private(set) var count = 0
    private var bytes: UnsafeMutableRawPointer
    private var capacity = 8 << 10
    private var used = 0
    private let starts = UnsafeMutablePointer<Int>.allocate(capacity: limit + 1)

    /// Makes an empty batch.
    public init() {
        bytes = .allocate(byteCount: capacity, alignment: 8)
        starts[0] = 0
    }

    deinit {
        bytes.deallocate()
        starts.deallocate()
    }

    /// Whether another key fits.
    public var hasRoom: Bool { count < Self.limit }

    /// Adds a key, which is copied; there must be room.
    public func append(keyGroup: UInt16, state: UInt16, key: UnsafeRawBufferPointer) {
        precondition(count < Self.limit, "a batch holds at most \(Self.limit) keys")
        let needed = used + ImageKey.prefixBytes + key.count
        if needed > capacity { grow(to: needed) }
        // SAFETY: `needed` bytes are there.
        ImageKey.storePrefix(keyGroup: keyGroup, state: state, to: bytes + used)
        if let source = key.baseAddress {
            (bytes + used + ImageKey.prefixBytes).copyMemory(from: source, byteCount: key.count)
        }
        used = needed
        count += 1
        starts[count] = used
    }

    /// Empties it.
    public func removeAll() {
        count = 0
        used = 0
    }

    /// A batch of some of the keys.
    func subset(_ indices: [Int]) -> ImageReadBatch {
        let result = ImageReadBatch()
        for index in indices {
            let bytes = key(at: index)
            guard let entry = ImageKey.entry(key: bytes, value: bytes) else { continue }
            result.append(keyGroup: entry.keyGroup, state: entry.state, key: entry.key)
        }
        return result
    }

    /// A key with its prefix; valid until the next change.
    func key(at index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: bytes + starts[index],
            count: starts[index + 1] - starts[index]
        )
    }

    private func grow(to needed: Int) {
        let larger = UnsafeMutableRawPointer.allocate(
            byteCount: max(needed, capacity * 2),
            alignment: 8
        )
        larger.copyMemory(from: bytes, byteCount: used)
        bytes.deallocate()
        bytes = larger
        capacity = max(needed, capacity * 2)
    }
}
