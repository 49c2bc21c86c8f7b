import WeirCore
import WeirData

/// A type whose values can be kept in keyed state.
///
/// Fixed-width types lie in the state as they are in memory: give a small struct of integers the
/// conformances `BitwiseCopyable` and `StateValue`, and nothing else is needed. Other types write
/// bytes.
///
/// ```swift
/// struct Visit: BitwiseCopyable, StateValue { var first: Int64; var count: Int32 }
/// ```
public protocol StateValue {
    /// Bytes of each value, if all take the same number; nil if they differ.
    static var stateWidth: Int? { get }
    /// What the values are, as text in snapshots: a restore refuses values of another format. The
    /// type's name; give a type that was renamed its old one.
    static var stateFormat: String { get }
    /// Reads a value; nil if the bytes are none.
    static func load(state bytes: UnsafeRawBufferPointer) -> Self?
    /// Appends the value's bytes.
    func store(state writer: inout ByteWriter)
}

extension StateValue {
    /// The type's name.
    public static var stateFormat: String { "\(Self.self)" }
}

extension StateValue where Self: BitwiseCopyable {
    /// The size in memory.
    @inlinable
    public static var stateWidth: Int? { MemoryLayout<Self>.size }

    /// Reads the bytes as they are.
    @inlinable
    public static func load(state bytes: UnsafeRawBufferPointer) -> Self? {
        guard bytes.count >= MemoryLayout<Self>.size else { return nil }
        return bytes.loadUnaligned(as: Self.self)
    }

    /// Writes the bytes as they are.
    @inlinable
    public func store(state writer: inout ByteWriter) {
        withUnsafeBytes(of: self) { writer.append(bytes: $0) }
    }
}

extension Int64: StateValue {}
extension Int32: StateValue {}
extension Int16: StateValue {}
extension Int8: StateValue {}
extension UInt64: StateValue {}
extension UInt32: StateValue {}
extension UInt16: StateValue {}
extension UInt8: StateValue {}
extension Int: StateValue {}
extension Double: StateValue {}
extension Float: StateValue {}
extension Bool: StateValue {}

extension String: StateValue {
    /// Values differ in length.
    public static var stateWidth: Int? { nil }

    /// Reads UTF-8.
    public static func load(state bytes: UnsafeRawBufferPointer) -> String? {
        String(validating: bytes, as: UTF8.self)
    }

    /// Writes UTF-8.
    public func store(state writer: inout ByteWriter) {
        var copy = self
        copy.withUTF8 { writer.append(bytes: UnsafeRawBufferPointer($0)) }
    }
}

extension [UInt8]: StateValue {
    /// Values differ in length.
    public static var stateWidth: Int? { nil }

    /// Copies the bytes.
    public static func load(state bytes: UnsafeRawBufferPointer) -> [UInt8]? { [UInt8](bytes) }

    /// Writes the bytes.
    public func store(state writer: inout ByteWriter) { writer.append(bytes: self) }
}
