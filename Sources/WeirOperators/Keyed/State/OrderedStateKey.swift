import WeirCore
import WeirData

/// A type that can be the sub-key of a map state: its bytes order as its values do.
public protocol OrderedStateKey {
    /// Appends bytes whose order is that of the values.
    func store(orderedKey writer: inout ByteWriter)
    /// Reads the bytes; nil if they are no value.
    static func load(orderedKey bytes: UnsafeRawBufferPointer) -> Self?
}

extension OrderedStateKey where Self: FixedWidthInteger & BitwiseCopyable {
    /// Big endian, the sign flipped.
    public func store(orderedKey writer: inout ByteWriter) {
        let flip: Self = Self.isSigned ? 1 << (Self.bitWidth - 1) : 0
        withUnsafeBytes(of: (self ^ flip).bigEndian) { writer.append(bytes: $0) }
    }

    /// Big endian, the sign flipped.
    public static func load(orderedKey bytes: UnsafeRawBufferPointer) -> Self? {
        guard bytes.count == MemoryLayout<Self>.size else { return nil }
        let flip: Self = Self.isSigned ? 1 << (Self.bitWidth - 1) : 0
        return Self(bigEndian: bytes.loadUnaligned(as: Self.self)) ^ flip
    }
}

extension Int64: OrderedStateKey {}
extension Int32: OrderedStateKey {}
extension Int16: OrderedStateKey {}
extension Int8: OrderedStateKey {}
extension UInt64: OrderedStateKey {}
extension UInt32: OrderedStateKey {}
extension UInt16: OrderedStateKey {}
extension UInt8: OrderedStateKey {}
extension Int: OrderedStateKey {}

extension String: OrderedStateKey {
    /// UTF-8, which orders as code points do.
    public func store(orderedKey writer: inout ByteWriter) { store(state: &writer) }

    /// UTF-8.
    public static func load(orderedKey bytes: UnsafeRawBufferPointer) -> String? {
        load(state: bytes)
    }
}
