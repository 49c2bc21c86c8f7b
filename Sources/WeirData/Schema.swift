import WeirCore

/// A column of a schema: its name, its type, and the id that outlives renames.
public struct ColumnDescriptor: Hashable, Sendable {
    /// The name shown to people and found in JSON and CSV.
    public let name: String
    /// Identifies the column across versions of the schema; never reused.
    public let id: Int
    /// What it holds.
    public let type: LogicalType
    /// Whether a value may be missing.
    public let isNullable: Bool

    /// Describes a column.
    public init(_ name: String, id: Int, _ type: LogicalType, isNullable: Bool = false) {
        self.name = name
        self.id = id
        self.type = type
        self.isNullable = isNullable
    }
}

/// The columns of a stream of rows.
///
/// Shared by its batches, hence a class; immutable.
public final class Schema: Sendable {
    /// The columns, in order.
    public let columns: [ColumnDescriptor]

    /// A schema of these columns.
    ///
    /// - Precondition: names and ids are unique.
    public init(_ columns: [ColumnDescriptor]) {
        precondition(
            Set(columns.map(\.name)).count == columns.count,
            "column names repeat: \(columns.map(\.name))"
        )
        precondition(
            Set(columns.map(\.id)).count == columns.count,
            "column ids repeat: \(columns.map(\.id))"
        )
        self.columns = columns
    }

    /// The position of a column by name.
    public func index(of name: String) -> Int? { columns.firstIndex { $0.name == name } }

    /// A schema without columns: rows that only have a time.
    public static let empty = Schema([])
}

extension Schema: Hashable {
    /// Whether the columns are the same.
    public static func == (a: Schema, b: Schema) -> Bool { a === b || a.columns == b.columns }

    /// Hashes the columns.
    public func hash(into hasher: inout Hasher) { hasher.combine(columns) }
}

extension Schema: CustomStringConvertible {
    /// `(name TYPE, …)`.
    public var description: String {
        "(" + columns.map { "\($0.name) \($0.type)" }.joined(separator: ", ") + ")"
    }
}
