import WeirData

/// How text becomes a value of a column; one word to switch on per field.
enum FieldKind: UInt8 {
    case boolean
    case int8
    case int16
    case int32
    case int64
    case float
    case double
    case decimal
    case string
    case bytes
    case date
    case time
    case timestampMilliseconds
    case timestampMicroseconds
    case timestampNanoseconds
    case monthInterval
    case dayTimeInterval
    case nested

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
            case .timestamp(...3, _): .timestampMilliseconds
            case .timestamp(...6, _): .timestampMicroseconds
            case .timestamp: .timestampNanoseconds
            case .monthInterval: .monthInterval
            case .dayTimeInterval: .dayTimeInterval
            case .array, .map, .row: .nested
            }
    }
}

/// A column as a decoder sees it.
struct FieldPlan {
    /// Index in the batch.
    let column: Int
    let kind: FieldKind
    let isNullable: Bool
    /// Of a DECIMAL, TIME or TIMESTAMP.
    let precision: Int
    /// Of a DECIMAL.
    let scale: Int

    init(_ descriptor: ColumnDescriptor, column: Int) {
        self.column = column
        kind = FieldKind(descriptor.type)
        isNullable = descriptor.isNullable
        switch descriptor.type {
        case .decimal(let precision, let scale):
            self.precision = precision
            self.scale = scale
        case .time(let precision), .timestamp(let precision, _):
            self.precision = precision
            scale = 0
        default:
            precision = 0
            scale = 0
        }
    }

    /// Marks a row as present, if the column has a bitmap.
    @inline(__always)
    func setPresent(_ column: ColumnReference, _ row: Int) {
        if let validity = column.validity {
            validity[row &>> 6] |= 1 &<< UInt64(row & 63)
        }
    }

    /// Sets a row to NULL.
    ///
    /// - Returns: What is wrong, if the column is NOT NULL.
    func storeNull(_ column: ColumnReference, _ row: Int) -> MalformedReason {
        guard isNullable else { return .nullNotAllowed }
        column.setPresent(row, false)
        column.storeZero(physical, row)
        return .none
    }

    private var physical: PhysicalType {
        switch kind {
        case .boolean, .int8: .bytes1
        case .int16: .bytes2
        case .int32, .float, .date, .monthInterval: .bytes4
        case .int64, .double, .time, .timestampMilliseconds, .timestampMicroseconds,
            .dayTimeInterval:
            .bytes8
        case .decimal, .timestampNanoseconds: .bytes16
        case .string, .bytes, .nested: .view
        }
    }

    /// Stores an integer in a column of an integer type.
    @inline(__always)
    func storeInteger(_ value: Int64, _ column: ColumnReference, _ row: Int) -> MalformedReason {
        switch kind {
        case .int64, .dayTimeInterval: column.store(value, row)
        case .int32, .monthInterval:
            guard let narrow = Int32(exactly: value) else { return .outOfRange }
            column.store(narrow, row)
        case .int16:
            guard let narrow = Int16(exactly: value) else { return .outOfRange }
            column.store(narrow, row)
        default:
            guard let narrow = Int8(exactly: value) else { return .outOfRange }
            column.store(narrow, row)
        }
        setPresent(column, row)
        return .none
    }

    /// Stores a number's text in a column of a numeric type; the cursor ends behind it.
    @inline(__always)
    func storeNumber(
        _ cursor: inout UnsafePointer<UInt8>,
        isLenient: Bool,
        _ column: ColumnReference,
        _ row: Int
    ) -> MalformedReason {
        // SAFETY: the text lies between `start` and the cursor, both inside of the input.
        let start = cursor
        guard let parts = NumberText.parts(&cursor, isLenient: isLenient) else { return .badNumber }
        let text = UnsafeRawBufferPointer(start: start, count: cursor - start)
        switch kind {
        case .double, .float:
            guard let value = NumberText.double(parts, text) else { return .outOfRange }
            if kind == .double {
                column.store(value, row)
            } else {
                guard Float(value).isFinite else { return .outOfRange }
                column.store(Float(value), row)
            }
            setPresent(column, row)
            return .none
        case .decimal:
            let value = DecimalText.unscaled(text, precision: precision, scale: scale)
            guard let value else { return .outOfRange }
            column.store(value, row)
            setPresent(column, row)
            return .none
        default:
            guard let value = NumberText.integer(parts, text) else {
                return parts.isInteger ? .outOfRange : .badNumber
            }
            return storeInteger(value, column, row)
        }
    }
}
