/// A running hash of everything that a simulation did, in order.
struct TraceHash {
    /// What kind of effect is mixed in.
    enum Kind: UInt64 {
        case time = 1
        case random
        case step
        case background
        case file
        case network
        case output
        case crash
        case process
    }

    private(set) var value: UInt64 = 0x5765_6972

    mutating func mix(_ kind: Kind, _ number: UInt64) {
        value = (value ^ kind.rawValue) &* 0x9e37_79b9_7f4a_7c15
        value = (value ^ number ^ (value &>> 29)) &* 0xbf58_476d_1ce4_e5b9
        value ^= value &>> 32
    }

    mutating func mix(_ kind: Kind, _ text: String) { mix(kind, Self.hash(text.utf8)) }

    mutating func mix(_ kind: Kind, _ bytes: UnsafeRawBufferPointer) {
        mix(kind, Self.hash(bytes))
    }

    /// FNV-1a: fixed for ever, other than Swift's own hash.
    private static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
    }
}
