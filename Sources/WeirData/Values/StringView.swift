/// Text in a column, or a literal.
///
/// UTF-8 bytes that are somebody else's. Never outlives its row.
///
/// Comparing and hashing read bytes; `String(view)` makes a copy, for the edges where a person
/// reads it.
@frozen
public struct StringView: ColumnValue {
    /// The UTF-8 bytes.
    public let utf8: UnsafeRawBufferPointer

    /// Views bytes that outlive it.
    @inlinable
    public init(utf8: UnsafeRawBufferPointer) { self.utf8 = utf8 }

    /// STRING.
    @inlinable
    public static var logicalType: LogicalType { .string }

    /// Reads a row.
    @inlinable
    public static func load(_ column: ColumnReference, _ row: Int) -> StringView {
        StringView(utf8: column.bytes(row))
    }

    /// Writes a copy of the bytes.
    @inlinable
    public static func store(_ value: StringView, _ column: ColumnReference, _ row: Int) {
        column.storeBytes(value.utf8, row)
        if column.validity != nil { column.setPresent(row, true) }
    }

    /// Bytes of the text.
    @inlinable
    public var count: Int { utf8.count }

    /// Whether the text begins with these bytes.
    @inlinable
    public func hasPrefix(_ prefix: StringView) -> Bool {
        count >= prefix.count
            && prefix == StringView(utf8: UnsafeRawBufferPointer(rebasing: utf8[..<prefix.count]))
    }
}

extension StringView: Equatable {
    /// Whether the bytes are the same.
    @inlinable
    public static func == (a: StringView, b: StringView) -> Bool {
        guard a.utf8.count == b.utf8.count else { return false }
        return a.utf8.elementsEqual(b.utf8)
    }
}

extension StringView: Comparable {
    /// Orders by bytes, which for UTF-8 is the order of code points.
    @inlinable
    public static func < (a: StringView, b: StringView) -> Bool {
        a.utf8.lexicographicallyPrecedes(b.utf8)
    }
}

extension StringView: ExpressibleByStringLiteral {
    /// A literal's bytes, which live for ever.
    @inlinable
    public init(stringLiteral value: StaticString) {
        self.init(
            utf8: UnsafeRawBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount)
        )
    }
}

extension String {
    /// A copy of viewed text; bytes that are not UTF-8 become U+FFFD.
    @inlinable
    public init(_ view: StringView) { self.init(decoding: view.utf8, as: UTF8.self) }
}

/// Octets in a column.
///
/// Never outlives its row.
@frozen
public struct BytesView: ColumnValue {
    /// The octets.
    public let bytes: UnsafeRawBufferPointer

    /// Views bytes that outlive it.
    @inlinable
    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// BYTES.
    @inlinable
    public static var logicalType: LogicalType { .bytes }

    /// Reads a row.
    @inlinable
    public static func load(_ column: ColumnReference, _ row: Int) -> BytesView {
        BytesView(column.bytes(row))
    }

    /// Writes a copy of the bytes.
    @inlinable
    public static func store(_ value: BytesView, _ column: ColumnReference, _ row: Int) {
        column.storeBytes(value.bytes, row)
        if column.validity != nil { column.setPresent(row, true) }
    }
}
