import WeirCore

/// How the canonical bytes of a key lie.
@frozen
public enum KeyLayout: UInt8, Sendable {
    /// Eight bytes, a sign-extended little-endian integer: one NOT NULL column of up to 64 bits.
    case fixed8
    /// Sixteen bytes: two such columns, one that may be NULL (0 or 1, then the value), or one
    /// TIMESTAMP(9).
    case fixed16
    /// A marker a column, then its bytes; see `KeyCodec`.
    case variable

    /// Bytes of every key, or nil if they differ.
    @inlinable
    public var size: Int? {
        switch self {
        case .fixed8: 8
        case .fixed16: 16
        case .variable: nil
        }
    }
}

/// The keys of a batch's rows and their hashes, by position among the rows that were extracted.
///
/// Reused from batch to batch; owned by one thread.
public final class ExtractedKeys {
    /// How the keys lie.
    public let layout: KeyLayout
    /// How many keys there are.
    public internal(set) var count = 0
    /// `KeyHash` of each key.
    public private(set) var hashes: UnsafeMutablePointer<UInt64>
    /// The first key of a fixed layout; the others follow at 8 or 16 bytes.
    public private(set) var fixedKeys: UnsafeMutableRawPointer
    /// Where each key of the variable layout begins; one more than keys.
    @usableFromInline var offsets: UnsafeMutablePointer<Int>
    /// The bytes of keys of the variable layout.
    @usableFromInline var writer: ByteWriter
    private var capacity: Int

    /// No keys yet.
    public init(_ layout: KeyLayout) {
        self.layout = layout
        capacity = 0
        hashes = .allocate(capacity: 1)
        offsets = .allocate(capacity: 1)
        fixedKeys = .allocate(byteCount: 16, alignment: 16)
        writer = ByteWriter()
    }

    deinit {
        hashes.deallocate()
        offsets.deallocate()
        fixedKeys.deallocate()
    }

    /// The bytes of a key; valid until the next extraction.
    @inlinable
    public func key(_ position: Int) -> UnsafeRawBufferPointer {
        if let size = layout.size {
            return UnsafeRawBufferPointer(start: fixedKeys + position &* size, count: size)
        }
        let start = offsets[position]
        return UnsafeRawBufferPointer(
            start: writer.base + start,
            count: offsets[position &+ 1] &- start
        )
    }

    /// The keys of the `fixed8` layout as integers.
    @inlinable
    public var integers: UnsafeMutablePointer<UInt64> {
        fixedKeys.assumingMemoryBound(to: UInt64.self)
    }

    /// Makes room for `count` keys and forgets the old ones.
    func prepare(_ count: Int) {
        self.count = count
        writer.removeAll()
        guard count > capacity else { return }
        capacity = max(count, 1024)
        // SAFETY: the three buffers belong to this object alone; pointers handed out by `key` are
        // documented to end with the next extraction.
        hashes.deallocate()
        offsets.deallocate()
        fixedKeys.deallocate()
        hashes = .allocate(capacity: capacity)
        offsets = .allocate(capacity: capacity + 1)
        fixedKeys = .allocate(byteCount: capacity * 16, alignment: 64)
    }
}

@available(*, unavailable)
extension ExtractedKeys: Sendable {}
