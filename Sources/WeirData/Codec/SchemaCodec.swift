import WeirCore

/// Schemas as bytes, for snapshots: names, ids, types, and which columns may be NULL.
///
/// ```
/// version u8 = 1 | columns varint | column…
/// column: name (varint, UTF-8) | id varint | nullable u8 | type
/// type:   tag u8 | parameters
/// ```
public enum SchemaCodec {
    /// The version written.
    public static let version: UInt8 = 1
    /// Deepest nesting of types that is read.
    public static let depthLimit = 32
    /// Most columns that are read.
    public static let columnLimit = 16384

    /// Appends a schema.
    public static func encode(_ schema: Schema, into writer: inout ByteWriter) {
        writer.append(byte: version)
        writer.append(count: schema.columns.count)
        for column in schema.columns {
            writer.append(string: column.name)
            writer.append(count: column.id)
            writer.append(byte: column.isNullable ? 1 : 0)
            encode(column.type, into: &writer)
        }
    }

    /// A schema's bytes.
    public static func encode(_ schema: Schema) -> [UInt8] {
        var writer = ByteWriter()
        encode(schema, into: &writer)
        return writer.array
    }

    /// Reads a schema.
    ///
    /// - Throws: `corruptBytes`; `snapshotVersion` for a version that is not known.
    public static func decode(_ reader: inout ByteReader) throws(WeirError) -> Schema {
        let found = try reader.readByte()
        guard found == version else {
            throw WeirError(
                .snapshotVersion,
                "A schema of format version \(found) cannot be read; this program knows \(version)."
            )
        }
        let count = try reader.readCount(elementSize: 4)
        guard count <= columnLimit else { throw reader.corrupt("\(count) columns") }
        var columns: [ColumnDescriptor] = []
        var names: Set<String> = []
        var ids: Set<Int> = []
        for _ in 0..<count {
            let name = try reader.readString()
            guard let id = Int(exactly: try reader.readVarint()) else {
                throw reader.corrupt("a column id is too large")
            }
            guard names.insert(name).inserted, ids.insert(id).inserted else {
                throw reader.corrupt("column \(name) or its id \(id) is there twice")
            }
            let isNullable = try reader.readBoolean()
            let type = try decodeType(&reader)
            columns.append(ColumnDescriptor(name, id: id, type, isNullable: isNullable))
        }
        return Schema(columns)
    }

    /// Reads a schema that is all of `bytes`.
    public static func decode(_ bytes: [UInt8]) throws(WeirError) -> Schema {
        try bytes.withReader { reader throws(WeirError) in
            let schema = try decode(&reader)
            try reader.finish()
            return schema
        }
    }

    /// Appends a type.
    public static func encode(_ type: LogicalType, into writer: inout ByteWriter) {
        writer.append(byte: TypeTag(type).rawValue)
        switch type {
        case .decimal(let precision, let scale):
            writer.append(byte: UInt8(precision))
            writer.append(byte: UInt8(scale))
        case .time(let precision):
            writer.append(byte: UInt8(precision))
        case .timestamp(let precision, let isLocalZone):
            writer.append(byte: UInt8(precision))
            writer.append(byte: isLocalZone ? 1 : 0)
        case .array(let element):
            encode(element, into: &writer)
        case .map(let key, let value):
            encode(key, into: &writer)
            encode(value, into: &writer)
        case .row(let fields):
            writer.append(count: fields.count)
            for field in fields {
                writer.append(string: field.name)
                encode(field.type, into: &writer)
            }
        default: break
        }
    }

    /// Reads a type.
    public static func decodeType(
        _ reader: inout ByteReader,
        depth: Int = 0
    ) throws(WeirError) -> LogicalType {
        guard depth < depthLimit else { throw reader.corrupt("types nested \(depth) deep") }
        let byte = try reader.readByte()
        guard let tag = TypeTag(rawValue: byte) else {
            throw reader.corrupt("no type has the tag \(byte)")
        }
        if let plain = tag.plainType { return plain }
        switch tag {
        case .decimal: return try decodeDecimal(&reader)
        case .time: return .time(precision: try readPrecision(&reader))
        case .timestamp:
            let precision = try readPrecision(&reader)
            return .timestamp(precision: precision, isLocalZone: try reader.readBoolean())
        case .array: return .array(try decodeType(&reader, depth: depth + 1))
        case .map:
            let key = try decodeType(&reader, depth: depth + 1)
            return .map(key: key, value: try decodeType(&reader, depth: depth + 1))
        default:
            let count = try reader.readCount(elementSize: 2)
            guard count <= columnLimit else { throw reader.corrupt("\(count) fields") }
            var fields: [LogicalType.RowField] = []
            for _ in 0..<count {
                let name = try reader.readString()
                fields.append(.init(name, try decodeType(&reader, depth: depth + 1)))
            }
            return .row(fields)
        }
    }

    private static func decodeDecimal(_ reader: inout ByteReader) throws(WeirError) -> LogicalType {
        let precision = Int(try reader.readByte())
        let scale = Int(try reader.readByte())
        guard precision >= 1 && precision <= 38 && scale <= precision else {
            throw reader.corrupt("DECIMAL(\(precision), \(scale))")
        }
        return .decimal(precision: precision, scale: scale)
    }

    private static func readPrecision(_ reader: inout ByteReader) throws(WeirError) -> Int {
        let precision = Int(try reader.readByte())
        guard precision <= 9 else { throw reader.corrupt("precision \(precision)") }
        return precision
    }
}

extension Schema {
    /// A fingerprint of ids, types and nullability.
    ///
    /// Batches encoded with one schema decode with another of the same fingerprint. Names do not
    /// count, so a column may be renamed.
    public var fingerprint: UInt64 {
        var writer = ByteWriter()
        for column in columns {
            writer.append(count: column.id)
            writer.append(byte: column.isNullable ? 1 : 0)
            SchemaCodec.encode(column.type, into: &writer)
        }
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in writer.bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
    }
}

/// The first byte of an encoded type.
///
/// Numbers are never reused.
private enum TypeTag: UInt8 {
    case boolean = 1
    case int8 = 2
    case int16 = 3
    case int32 = 4
    case int64 = 5
    case float = 6
    case double = 7
    case decimal = 8
    case string = 9
    case bytes = 10
    case date = 11
    case time = 12
    case timestamp = 13
    case monthInterval = 14
    case dayTimeInterval = 15
    case array = 16
    case map = 17
    case row = 18

    init(_ type: LogicalType) {
        self =
            switch type {
            case .boolean: .boolean
            case .int8: .int8
            case .int16: .int16
            case .int32: .int32
            case .int64: .int64
            case .float: .float
            case .double: .double
            case .decimal: .decimal
            case .string: .string
            case .bytes: .bytes
            case .date: .date
            case .time: .time
            case .timestamp: .timestamp
            case .monthInterval: .monthInterval
            case .dayTimeInterval: .dayTimeInterval
            case .array: .array
            case .map: .map
            case .row: .row
            }
    }

    /// The type, if the tag says all of it.
    var plainType: LogicalType? {
        switch self {
        case .boolean: .boolean
        case .int8: .int8
        case .int16: .int16
        case .int32: .int32
        case .int64: .int64
        case .float: .float
        case .double: .double
        case .string: .string
        case .bytes: .bytes
        case .date: .date
        case .monthInterval: .monthInterval
        case .dayTimeInterval: .dayTimeInterval
        case .decimal, .time, .timestamp, .array, .map, .row: nil
        }
    }
}
