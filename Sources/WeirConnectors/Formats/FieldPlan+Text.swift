import WeirData

extension FieldPlan {
    /// Stores a value given as text: a CSV field, or a JSON string for a column of another type.
    ///
    /// The byte behind the text must be readable and no digit; `RecordDecoder.padding` bytes follow.
    func storeText(
        _ text: UnsafeRawBufferPointer,
        _ column: ColumnReference,
        _ row: Int,
        scratch: inout ByteWriter
    ) -> MalformedReason {
        switch kind {
        case .string: column.storeBytes(text, row)
        case .int8, .int16, .int32, .int64, .float, .double, .decimal, .monthInterval,
            .dayTimeInterval:
            return storeNumberText(text, column, row)
        case .boolean:
            guard let flag = FieldPlan.boolean(text) else { return .badBoolean }
            column.store(flag, row)
        case .bytes:
            scratch.removeAll()
            guard Base64Text.decode(text, into: &scratch) else { return .badBase64 }
            column.storeBytes(scratch.bytes, row)
        case .date:
            guard let days = TemporalText.date(text) else { return .badTime }
            column.store(Int32(truncatingIfNeeded: days), row)
        case .time:
            guard let time = TemporalText.time(text) else { return .badTime }
            column.store(time, row)
        case .timestampMilliseconds, .timestampMicroseconds, .timestampNanoseconds:
            guard let moment = TemporalText.timestamp(text) else { return .badTime }
            storeMoment(moment, column, row)
        case .nested: return .wrongType
        }
        setPresent(column, row)
        return .none
    }

    private func storeNumberText(
        _ text: UnsafeRawBufferPointer,
        _ column: ColumnReference,
        _ row: Int
    ) -> MalformedReason {
        guard let start = text.baseAddress, !text.isEmpty else { return .badNumber }
        // SAFETY: the text is not empty; what follows it is readable, see `storeText`.
        var cursor = start.assumingMemoryBound(to: UInt8.self)
        let end = cursor + text.count
        let reason = storeNumber(&cursor, isLenient: true, column, row)
        if reason == .none, cursor == end { return .none }
        if reason == .outOfRange, cursor == end { return reason }
        guard kind == .double || kind == .float, let special = FieldPlan.special(text) else {
            return .badNumber
        }
        if kind == .double { column.store(special, row) } else { column.store(Float(special), row) }
        setPresent(column, row)
        return .none
    }

    private func storeMoment(_ moment: TemporalText.Moment, _ column: ColumnReference, _ row: Int) {
        switch kind {
        case .timestampMilliseconds:
            var milliseconds = moment.milliseconds
            if precision < 3 {
                let unit: Int64 = precision == 2 ? 10 : precision == 1 ? 100 : 1000
                let rest = milliseconds % unit
                milliseconds -= rest < 0 ? rest + unit : rest
            }
            column.store(milliseconds, row)
        case .timestampMicroseconds:
            let nanoseconds = moment.nanoseconds(precision: precision)
            column.store(Int64(truncatingIfNeeded: nanoseconds / 1000), row)
        default: column.store(moment.nanoseconds(precision: precision), row)
        }
    }

    /// Stores milliseconds since 1970, as numbers stand for moments in JSON.
    func storeEpoch(
        milliseconds: Int64,
        _ column: ColumnReference,
        _ row: Int
    ) -> MalformedReason {
        switch kind {
        case .timestampMilliseconds: column.store(milliseconds, row)
        case .timestampMicroseconds:
            let (value, overflow) = milliseconds.multipliedReportingOverflow(by: 1000)
            if overflow { return .outOfRange }
            column.store(value, row)
        default: column.store(Int128(milliseconds) * 1_000_000, row)
        }
        setPresent(column, row)
        return .none
    }

    /// `true`, `false` (in any case), `1`, `0`.
    static func boolean(_ text: UnsafeRawBufferPointer) -> Bool? {
        if text.count == 1 {
            return text[0] == UInt8(ascii: "1") ? true : text[0] == UInt8(ascii: "0") ? false : nil
        }
        if equals(text, "true") { return true }
        return equals(text, "false") ? false : nil
    }

    /// Values of FLOAT and DOUBLE that no digits spell.
    private static func special(_ text: UnsafeRawBufferPointer) -> Double? {
        if equals(text, "nan") { return .nan }
        if equals(text, "infinity") || equals(text, "inf") { return .infinity }
        return equals(text, "-infinity") || equals(text, "-inf") ? -.infinity : nil
    }

    /// Whether the text is a lowercase word, letters in either case.
    private static func equals(_ text: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
        guard text.count == word.utf8CodeUnitCount else { return false }
        let letters = UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        return text.indices.allSatisfy {
            let byte = text[$0] >= 65 && text[$0] <= 90 ? text[$0] | 0x20 : text[$0]
            return byte == letters[$0]
        }
    }
}
