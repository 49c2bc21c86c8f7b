/// The shape of an event, as a type without values.
///
/// ```swift
/// enum Bid: EventSchema {
///     @inlinable static var auction: Column<Int64> { .init(index: 0, id: 1, "auction") }
///     @inlinable static var price: Column<Int64> { .init(index: 1, id: 2, "price") }
///     static let schema = Schema(of: auction, price)
/// }
/// stream.filter { $0[Bid.price] > 100 }
/// ```
///
/// Columns are computed properties: a `static let` would pay a once-check at each access.
public protocol EventSchema: Sendable {
    /// The columns, in the order of their indices.
    static var schema: Schema { get }
}

extension EventSchema {
    /// A column of this schema that holds a `T`; a `T` that cannot be stored does not compile.
    public typealias Column<T: ColumnValue> = SchemaColumn<Self, T>
}

/// A typed column of a schema.
@frozen
public struct SchemaColumn<S: EventSchema, T: ColumnValue>: Sendable {
    /// Position among the columns.
    public let index: Int
    /// The id that outlives renames.
    public let id: Int
    /// The name in JSON, CSV and messages.
    public let name: StaticString
    /// The type, where `T` leaves it open (DECIMAL, precisions, nested types).
    public let declaredType: LogicalType?

    /// Declares a column; `type` is needed only for DECIMAL and nested values.
    @inlinable
    public init(index: Int, id: Int, _ name: StaticString, type: LogicalType? = nil) {
        self.index = index
        self.id = id
        self.name = name
        declaredType = type
    }

    /// The column as data.
    public var descriptor: ColumnDescriptor {
        ColumnDescriptor(
            "\(name)",
            id: id,
            declaredType ?? T.logicalType,
            isNullable: T.isNullable
        )
    }
}

extension Schema {
    /// The schema of these columns, given in the order of their indices.
    public convenience init<S: EventSchema, each T: ColumnValue>(
        of columns: repeat SchemaColumn<S, each T>
    ) {
        var descriptors: [ColumnDescriptor] = []
        for column in repeat each columns {
            precondition(
                column.index == descriptors.count,
                "column \(column.name) has index \(column.index), not \(descriptors.count)"
            )
            descriptors.append(column.descriptor)
        }
        self.init(descriptors)
    }
}
