/// One column of a key: where it is, and how its value becomes canonical bytes.
struct KeyField {
    /// How a value is loaded and written.
    enum Form {
        /// A Boolean or integer of 1, 2, 4 or 8 bytes: eight bytes, sign-extended.
        case integer(PhysicalType, isUnsigned: Bool)
        /// Widened to a double.
        case float
        /// Eight bytes; -0.0 is 0.0, and there is one NaN.
        case double
        /// Trailing zeros removed: scale u8, then 16 bytes.
        case decimal
        /// Sixteen bytes.
        case wide
        /// A length (varint), then the bytes.
        case bytes
        /// As `bytes`, of the value in canonical form.
        case nested(LogicalType)
    }

    let column: Int
    let form: Form
    let isNullable: Bool

    init(column: Int, type: LogicalType, isNullable: Bool) {
        self.column = column
        self.isNullable = isNullable
        form =
            switch type {
            case .boolean: .integer(.bytes1, isUnsigned: true)
            case .float: .float
            case .double: .double
            case .decimal: .decimal
            case .string, .bytes: .bytes
            case .array, .map, .row: .nested(type)
            case .timestamp where type.physical == .bytes16: .wide
            default: .integer(type.physical, isUnsigned: false)
            }
    }

    /// Whether the value fits into eight bytes as an integer.
    var isInteger: Bool {
        if case .integer = form { return true }
        return false
    }

    /// Whether the value takes sixteen bytes as it is.
    var isWide: Bool {
        if case .wide = form { return true }
        return false
    }
}

extension Double {
    /// The value by which keys compare: one NaN, one zero.
    @inlinable
    public var canonical: Double { isNaN ? .nan : self == 0 ? 0 : self }
}

extension Decimal {
    /// The same number with the smallest scale, at least 0.
    public var canonical: Decimal {
        if unscaled == 0 { return Decimal(unscaled: 0, scale: 0) }
        var digits = unscaled
        var scale = scale
        while scale > 0 {
            // Sixty-four bits divide an order of magnitude faster than 128.
            if let small = Int64(exactly: digits) {
                let (quotient, remainder) = small.quotientAndRemainder(dividingBy: 10)
                if remainder != 0 { break }
                digits = Int128(quotient)
            } else {
                let (quotient, remainder) = digits.quotientAndRemainder(dividingBy: 10)
                if remainder != 0 { break }
                digits = quotient
            }
            scale -= 1
        }
        return Decimal(unscaled: digits, scale: scale)
    }

    /// The same number with another scale; nil if digits would be lost or do not fit.
    public func rescaled(to target: Int) -> Decimal? {
        var digits = unscaled
        if target >= scale {
            guard target - scale <= 38 else {
                return digits == 0 ? Decimal(unscaled: 0, scale: target) : nil
            }
            let (product, overflow) = digits.multipliedReportingOverflow(
                by: Decimal.powerOfTen(target - scale)
            )
            return overflow ? nil : Decimal(unscaled: product, scale: target)
        }
        guard scale - target <= 38 else {
            return digits == 0 ? Decimal(unscaled: 0, scale: target) : nil
        }
        let (quotient, remainder) = digits.quotientAndRemainder(
            dividingBy: Decimal.powerOfTen(scale - target)
        )
        digits = quotient
        return remainder == 0 ? Decimal(unscaled: digits, scale: target) : nil
    }

    /// 10 to the power of 0 up to 38.
    public static func powerOfTen(_ exponent: Int) -> Int128 {
        var power: Int128 = 1
        for _ in 0..<exponent { power *= 10 }
        return power
    }
}
