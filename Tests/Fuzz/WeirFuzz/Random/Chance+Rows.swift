import WeirData

/// Random types, schemas, values and batches, with values at borders.
extension Chance {
    mutating func type(depth: Int = 0) -> LogicalType {
        switch below(depth < 2 ? 21 : 18) {
        case 0: .boolean
        case 1: .int8
        case 2: .int16
        case 3: .int32
        case 4: .int64
        case 5: .float
        case 6: .double
        case 7, 8: decimalType()
        case 9, 10: .string
        case 11: .bytes
        case 12: .date
        case 13: .time(precision: below(10))
        case 14, 15: .timestamp(precision: below(10), isLocalZone: flag())
        case 16: .monthInterval
        case 17: .dayTimeInterval
        case 18: .array(type(depth: depth + 1))
        case 19: .map(key: type(depth: depth + 1), value: type(depth: depth + 1))
        default:
            .row((0..<below(4)).map { .init("f\($0)", type(depth: depth + 1)) })
        }
    }

    private mutating func decimalType() -> LogicalType {
        let precision = 1 + number(below: 38)
        return .decimal(precision: precision, scale: below(precision + 1))
    }

    mutating func schema(most: Int) -> Schema {
        Schema(
            (0..<below(most + 1)).map {
                ColumnDescriptor("c\($0)", id: $0 + 1, type(), isNullable: flag())
            }
        )
    }

    mutating func value(_ type: LogicalType) -> Value {
        switch type {
        case .boolean: .boolean(flag())
        case .int8: .integer(Int64(Int8(truncatingIfNeeded: number())))
        case .int16: .integer(Int64(Int16(truncatingIfNeeded: number())))
        case .int32: .integer(Int64(Int32(truncatingIfNeeded: number())))
        case .int64: .integer(number())
        case .float: .float(Float(real()))
        case .double: .double(real())
        case .decimal(let precision, let scale): .decimal(decimal(precision, scale))
        case .string: .string(text())
        case .bytes: .bytes(bytes(40))
        case .date: .date(CalendarDate(days: Int32(truncatingIfNeeded: number())))
        case .time: .time(TimeOfDay(nanoseconds: number()))
        case .timestamp(let precision, _): .timestamp(moment(precision))
        case .monthInterval:
            .monthInterval(MonthInterval(months: Int32(truncatingIfNeeded: number())))
        case .dayTimeInterval: .dayTimeInterval(DayTimeInterval(milliseconds: number()))
        case .array(let element): .array((0..<below(4)).map { _ in maybe(element) })
        case .map(let key, let mapped):
            .map((0..<below(4)).map { _ in .init(value(key), maybe(mapped)) })
        case .row(let fields): .row(fields.map { maybe($0.type) })
        }
    }

    private mutating func moment(_ precision: Int) -> TimestampNanoseconds {
        let unit: Int128 = precision <= 3 ? 1_000_000 : precision <= 6 ? 1000 : 1
        return TimestampNanoseconds(Int128(number()) * unit)
    }

    /// A value, or NULL one time in five.
    mutating func maybe(_ type: LogicalType) -> Value { happens(20) ? .null : value(type) }

    private mutating func real() -> Double {
        switch below(6) {
        case 0: choose([.nan, .infinity, -.infinity, -0.0, .leastNonzeroMagnitude])
        case 1: Double(bitPattern: next())
        default: Double(number()) / 64
        }
    }

    private mutating func decimal(_ precision: Int, _ scale: Int) -> Decimal {
        var most: Int128 = 1
        for _ in 0..<precision { most *= 10 }
        let digits = Int128(next()) << 60 ^ Int128(next())
        let unscaled = happens(20) ? most - 1 : digits % most
        return Decimal(unscaled: flag() ? unscaled : -unscaled, scale: scale)
    }

    /// A batch with times, sometimes row kinds, and sometimes a selection.
    mutating func batch(_ schema: Schema, rows: Int) -> Batch {
        let batch = Batch(schema, capacity: max(1, rows))
        let hasKinds = happens(30)
        let isSame = happens(30)
        for _ in 0..<rows {
            let kind: RowKind = hasKinds ? (RowKind(rawValue: UInt8(below(4))) ?? .insert) : .insert
            let values = schema.columns.map { $0.isNullable ? maybe($0.type) : value($0.type) }
            do {
                try batch.append(
                    values,
                    eventTime: isSame ? 5 : number(),
                    splitWatermark: isSame ? 4 : number(),
                    kind: kind
                )
            } catch {
                preconditionFailure("a value of its type is refused: \(error)")
            }
        }
        if happens(30), rows > 0 {
            let selection = Selection(capacity: rows)
            var count = 0
            for row in 0..<rows where flag() {
                selection.indices[count] = UInt16(row)
                count += 1
            }
            selection.setCount(count)
            batch.select(selection)
        }
        return batch
    }
}
