import WeirData

/// The whole numbers that a column of a type can hold.
enum DatagenLimits {
    /// The range, and by what a number is multiplied for storage; nil for types that hold none.
    static func of(_ type: LogicalType) -> (range: ClosedRange<Int64>, scale: Int128)? {
        switch type {
        case .boolean: (0...1, 1)
        case .int8: (-128...127, 1)
        case .int16: (-32768...32767, 1)
        case .int32, .monthInterval: (Int64(Int32.min)...Int64(Int32.max), 1)
        case .int64, .dayTimeInterval: (Int64.min...Int64.max, 1)
        // 0001-01-01 to 9999-12-31, as SQL has them.
        case .date: (-719_162...2_932_896, 1)
        case .time: (0...86_399_999_999_999, 1)
        case .timestamp(let precision, _): timestamp(precision)
        case .decimal(let precision, let scale): decimal(precision, scale)
        case .float, .double, .string, .bytes, .array, .map, .row: nil
        }
    }

    /// In the type's unit; nanoseconds within the years 1678 to 2262, which 64 bits hold.
    private static func timestamp(_ precision: Int) -> (ClosedRange<Int64>, Int128) {
        if precision <= 3 { return (-62_135_596_800_000...253_402_300_799_999, 1) }
        if precision <= 6 { return (-62_135_596_800_000_000...253_402_300_799_999_999, 1) }
        return (Int64.min...Int64.max, 1)
    }

    /// Digits before the point; what is behind it is zero.
    private static func decimal(_ precision: Int, _ scale: Int) -> (ClosedRange<Int64>, Int128) {
        let digits = min(max(precision - scale, 0), 18)
        let bound = (0..<digits).reduce(Int64(1)) { power, _ in power * 10 } - 1
        let unit = (0..<scale).reduce(Int128(1)) { power, _ in power * 10 }
        return (-bound...bound, unit)
    }
}
