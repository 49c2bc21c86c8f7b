import CWeirIntrinsics
import WeirCore

/// A key as a `FlatTable` takes it: eight bytes, sixteen, or any number.
///
/// A table is made for one kind and must be used with that kind only.
public protocol FlatKey {
    // SAFETY: slots are given by a table of the key's kind, so they have the key's width.

    /// The hash of its canonical bytes.
    var hash: UInt64 { get }
    /// Whether the key in this slot is equal.
    func isStored(in slot: UnsafeRawPointer, hash: UInt64) -> Bool
    /// Lends the canonical bytes.
    func withBytes(_ body: (UnsafeRawBufferPointer) -> Void)
}

/// The kinds of keys of a `FlatTable`.
@frozen
public enum FlatKeyKind: Int, Sendable {
    /// Eight bytes, a slot of eight.
    case fixed8 = 8
    /// Sixteen bytes, a slot of sixteen.
    case fixed16 = 16
    /// Any number of bytes, a slot of 24: the hash, so that growth reads no payload, and a view.
    case bytes = 24
}

/// A key of eight bytes, as a little-endian integer.
@frozen
public struct FlatKey8: FlatKey {
    /// The bytes.
    public let word: UInt64

    /// Wraps eight bytes.
    @inlinable
    @inline(__always)
    public init(_ word: UInt64) { self.word = word }

    /// The hash.
    @inlinable
    @inline(__always)
    public var hash: UInt64 { KeyHash.hash(word) }

    /// Compares.
    @inlinable
    @inline(__always)
    public func isStored(in slot: UnsafeRawPointer, hash: UInt64) -> Bool {
        slot.load(as: UInt64.self) == word
    }

    /// Lends the eight bytes.
    @inlinable
    public func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        withUnsafeBytes(of: word) { body($0) }
    }
}

/// A key of sixteen bytes, as two little-endian integers.
@frozen
public struct FlatKey16: FlatKey {
    /// The first eight bytes.
    public let first: UInt64
    /// The last eight bytes.
    public let second: UInt64

    /// Wraps sixteen bytes.
    @inlinable
    @inline(__always)
    public init(_ first: UInt64, _ second: UInt64) {
        self.first = first
        self.second = second
    }

    /// The hash.
    @inlinable
    @inline(__always)
    public var hash: UInt64 { KeyHash.hash(first, second) }

    /// Compares.
    @inlinable
    @inline(__always)
    public func isStored(in slot: UnsafeRawPointer, hash: UInt64) -> Bool {
        slot.load(as: UInt64.self) == first
            && slot.load(fromByteOffset: 8, as: UInt64.self) == second
    }

    /// Lends the sixteen bytes.
    @inlinable
    public func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        withUnsafeBytes(of: (first, second)) { body($0) }
    }
}

/// A key of any number of bytes, which stay the caller's.
@frozen
public struct FlatKeyBytes: FlatKey {
    /// The bytes.
    public let bytes: UnsafeRawBufferPointer

    /// Wraps bytes for the time of a call.
    @inlinable
    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The hash.
    @inlinable
    public var hash: UInt64 { KeyHash.hash(bytes) }

    /// Compares hash, length and bytes.
    @inlinable
    public func isStored(in slot: UnsafeRawPointer, hash: UInt64) -> Bool {
        if slot.load(as: UInt64.self) != hash { return false }
        let view = slot + 8
        let count = ByteView.count(view)
        if count != bytes.count { return false }
        if count == 0 { return true }
        guard let stored = ByteView.bytes(view).baseAddress, let mine = bytes.baseAddress else {
            return false
        }
        return weir_compare(stored, mine, count) == 0
    }

    /// Lends the bytes.
    @inlinable
    public func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) { body(bytes) }
}
