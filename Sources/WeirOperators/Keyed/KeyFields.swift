import WeirData

/// The columns of one input that make its key.
public struct KeyFields: Sendable {
    /// The input's schema.
    public let schema: Schema
    /// The positions of the key's columns.
    public let columns: [Int]
    /// Whether each may be NULL, if that is wider than the schema says: on either side of a join.
    public let isNullable: [Bool]?

    /// The key in these columns.
    public init(_ schema: Schema, columns: [Int], isNullable: [Bool]? = nil) {
        self.schema = schema
        self.columns = columns
        self.isNullable = isNullable
    }

    /// Keys of two inputs, such that equal values have equal bytes.
    public static func pair(
        _ left: Schema,
        _ leftColumns: [Int],
        _ right: Schema,
        _ rightColumns: [Int]
    ) -> [KeyFields] {
        precondition(leftColumns.count == rightColumns.count, "keys of different lengths")
        let isNullable = zip(leftColumns, rightColumns).map {
            left.columns[$0].isNullable || right.columns[$1].isNullable
        }
        return [
            KeyFields(left, columns: leftColumns, isNullable: isNullable),
            KeyFields(right, columns: rightColumns, isNullable: isNullable),
        ]
    }

    /// The key's types as text; state of other keys is not this state.
    var format: String {
        columns.enumerated().map { position, column in
            let descriptor = schema.columns[column]
            let isOptional = isNullable?[position] ?? descriptor.isNullable
            return "\(descriptor.type)" + (isOptional ? "?" : "")
        }.joined(separator: ", ")
    }

    func makeCodec() -> KeyCodec { KeyCodec(schema, columns: columns, isNullable: isNullable) }
}
