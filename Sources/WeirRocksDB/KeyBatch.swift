/// Keys that are read together, `KeyBatch.limit` at most.
///
/// One thread at a time.
///
/// It stores addresses, not copies: the keys' memory must stay until the read has returned.
public final class KeyBatch {
    /// The most keys of one batch.
    public static let limit = 128

    /// How many keys it holds.
    public private(set) var count = 0
    // SAFETY: four arrays of `limit` places, freed in `deinit`; `count` never passes `limit`, and
    // whoever adds a key keeps its memory until the read has returned.
    let keys = UnsafeMutablePointer<UnsafePointer<CChar>?>.allocate(capacity: limit)
    let sizes = UnsafeMutablePointer<Int>.allocate(capacity: limit)
    let values = UnsafeMutablePointer<OpaquePointer?>.allocate(capacity: limit)
    let errors = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: limit)

    /// Makes an empty batch.
    public init() {
        values.initialize(repeating: nil, count: Self.limit)
        errors.initialize(repeating: nil, count: Self.limit)
    }

    deinit {
        keys.deallocate()
        sizes.deallocate()
        values.deallocate()
        errors.deallocate()
    }

    /// Adds a key.
    ///
    /// There must be room.
    public func append(_ key: UnsafeRawBufferPointer) {
        precondition(count < Self.limit, "a batch holds at most \(Self.limit) keys")
        keys[count] = key.characters
        sizes[count] = key.count
        count += 1
    }

    /// Empties it.
    public func removeAll() { count = 0 }
}
