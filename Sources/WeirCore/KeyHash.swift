/// The hash of a key's canonical bytes: fixed for ever, since it decides the key's group.
///
/// Snapshots record `version`. The high 32 bits choose the key group (`KeyGroup(hash:)`) and the
/// place of a sub-table inside it; the low 32 bits choose slot and tag inside a sub-table. All
/// forms fold a 64 × 64 → 128 bit product, after wyhash (Wang Yi, 2019, public domain); bytes are
/// read little endian on every machine.
@frozen
public enum KeyHash {
    /// The number of this function; another function would be another number.
    public static let version = 1

    /// The hash of a key with a namespace behind it, such as a part of a window.
    ///
    /// The high 32 bits are those of `keyHash`, the hash of the key alone: the key's group.
    @inlinable
    @inline(__always)
    public static func hash(_ keyHash: UInt64, namespace: UInt64) -> UInt64 {
        let low = fold(keyHash ^ 0x8ebc_6af0_9c88_c6e3, namespace ^ 0x5899_65cc_7537_4cc3)
        return keyHash & 0xffff_ffff_0000_0000 | low & 0xffff_ffff
    }

    /// High half xor low half of the 128-bit product.
    @inlinable
    @inline(__always)
    static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }

    /// The hash of eight bytes, given as a little-endian integer.
    @inlinable
    @inline(__always)
    public static func hash(_ key: UInt64) -> UInt64 {
        fold(key ^ 0xa076_1d64_78bd_642f, 0xe703_7ed1_a0b4_28db)
    }

    /// The hash of sixteen bytes, given as two little-endian integers, the first bytes in `first`.
    @inlinable
    @inline(__always)
    public static func hash(_ first: UInt64, _ second: UInt64) -> UInt64 {
        let head = fold(first ^ 0xa076_1d64_78bd_642f, 0xe703_7ed1_a0b4_28db)
        return fold(head ^ second ^ 0x8ebc_6af0_9c88_c6e3, 0x5899_65cc_7537_4cc3)
    }

    /// The hash of any number of bytes; eight and sixteen give what the special forms give.
    @inlinable
    public static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        guard let start = bytes.baseAddress else { return hash(shorterThanFour: bytes) }
        let count = bytes.count
        switch count {
        case 8: return hash(load64(start))
        case 16: return hash(load64(start), load64(start + 8))
        case 0...3: return hash(shorterThanFour: bytes)
        case 4...15:
            let step = (count &>> 3) &<< 2
            let a = load32(start) &<< 32 | load32(start + step)
            let b = load32(start + (count &- 4)) &<< 32 | load32(start + (count &- 4 &- step))
            return finish(a, b, 0x1ff5_c2d9_2b5f_7a11, count)
        default: return hash(long: start, count)
        }
    }

    /// Longer than sixteen bytes: sixteen a round, the last sixteen (overlapping) at the end.
    @inlinable
    static func hash(long start: UnsafeRawPointer, _ count: Int) -> UInt64 {
        var seed: UInt64 = 0x1ff5_c2d9_2b5f_7a11
        var position = 0
        while count &- position > 16 {
            seed = fold(
                load64(start + position) ^ 0xe703_7ed1_a0b4_28db,
                load64(start + position + 8) ^ seed
            )
            position &+= 16
        }
        return finish(
            load64(start + (count &- 16)),
            load64(start + (count &- 8)),
            seed,
            count
        )
    }

    @inlinable
    static func hash(shorterThanFour bytes: UnsafeRawBufferPointer) -> UInt64 {
        var word: UInt64 = 0
        for byte in bytes { word = word &<< 8 | UInt64(byte) }
        return finish(word, 0, 0x1ff5_c2d9_2b5f_7a11, bytes.count)
    }

    @inlinable
    @inline(__always)
    static func finish(_ a: UInt64, _ b: UInt64, _ seed: UInt64, _ count: Int) -> UInt64 {
        let product = (a ^ 0xe703_7ed1_a0b4_28db).multipliedFullWidth(by: b ^ seed)
        return fold(
            product.low ^ 0xa076_1d64_78bd_642f ^ UInt64(truncatingIfNeeded: count),
            product.high ^ 0xe703_7ed1_a0b4_28db
        )
    }

    // SAFETY: callers pass addresses inside of a buffer whose count they have checked.
    @inlinable
    @inline(__always)
    static func load64(_ address: UnsafeRawPointer) -> UInt64 {
        UInt64(littleEndian: address.loadUnaligned(as: UInt64.self))
    }

    @inlinable
    @inline(__always)
    static func load32(_ address: UnsafeRawPointer) -> UInt64 {
        UInt64(UInt32(littleEndian: address.loadUnaligned(as: UInt32.self)))
    }
}
