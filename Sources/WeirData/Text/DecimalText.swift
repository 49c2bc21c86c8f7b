/// DECIMAL from and to text.
public enum DecimalText {
    /// The unscaled digits at `scale` of `[+-]digits[.digits][e[+-]digits]`.
    ///
    /// Digits past `scale` are rounded half up (away from zero), as in Flink.
    ///
    /// - Returns: Nil if the text is not a number, or if it needs more than `precision` digits.
    public static func unscaled(
        _ text: UnsafeRawBufferPointer,
        precision: Int,
        scale: Int
    ) -> Int128? {
        guard let parts = NumberParts(text) else { return nil }
        guard parts.digits != 0 else { return 0 }
        let shift = parts.exponent + scale
        guard shift <= 38 else { return nil }
        // At most 38 digits, all of them more than one place past the last one kept.
        guard shift >= -38 else { return 0 }
        let limit = Decimal.powerOfTen(precision)
        var digits = parts.digits
        if shift >= 0 {
            let (product, overflow) = digits.multipliedReportingOverflow(
                by: Decimal.powerOfTen(shift)
            )
            guard !overflow else { return nil }
            digits = product
        } else {
            let divisor = Decimal.powerOfTen(-shift)
            let (quotient, remainder) = digits.quotientAndRemainder(dividingBy: divisor)
            digits = remainder >= divisor - remainder ? quotient + 1 : quotient
        }
        guard digits < limit else { return nil }
        return parts.isNegative ? -digits : digits
    }

    /// Appends the number with all `scale` digits behind the point.
    public static func append(_ value: Decimal, into writer: inout ByteWriter) {
        if value.unscaled < 0 { writer.append(byte: UInt8(ascii: "-")) }
        var digits = String(value.unscaled.magnitude)
        if digits.utf8.count <= value.scale {
            digits = String(repeating: "0", count: value.scale + 1 - digits.utf8.count) + digits
        }
        let point = digits.utf8.count - value.scale
        for (index, digit) in digits.utf8.enumerated() {
            if index == point { writer.append(byte: UInt8(ascii: ".")) }
            writer.append(byte: digit)
        }
    }
}

/// A decimal literal taken apart: `digits * 10^exponent`.
private struct NumberParts {
    var digits: Int128 = 0
    var exponent = 0
    var isNegative = false

    init?(_ text: UnsafeRawBufferPointer) {
        var position = 0
        if let first = text.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            isNegative = first == UInt8(ascii: "-")
            position = 1
        }
        guard readDigits(text, &position) else { return nil }
        guard position < text.count else { return }
        guard text[position] | 0x20 == UInt8(ascii: "e") else { return nil }
        guard readExponent(text, position + 1) else { return nil }
    }

    private mutating func readDigits(
        _ text: UnsafeRawBufferPointer,
        _ position: inout Int
    ) -> Bool {
        var count = 0
        var isBehindPoint = false
        var pendingZeros = 0
        while position < text.count {
            let byte = text[position]
            if byte == UInt8(ascii: "."), !isBehindPoint {
                isBehindPoint = true
            } else if byte &- 48 < 10 {
                count += 1
                if isBehindPoint { exponent -= 1 }
                if byte == 48 {
                    // Zeros may be trailing ones: they count only when another digit follows.
                    pendingZeros += 1
                } else {
                    guard push(pendingZeros, byte &- 48) else { return false }
                    pendingZeros = 0
                }
            } else {
                break
            }
            position += 1
        }
        exponent += pendingZeros
        return count > 0
    }

    /// Appends `zeros` zeros and a digit; false past 38 digits.
    private mutating func push(_ zeros: Int, _ digit: UInt8) -> Bool {
        if digits == 0 {
            digits = Int128(digit)
            return true
        }
        guard zeros < 38 else { return false }
        let (product, overflow) = digits.multipliedReportingOverflow(
            by: Decimal.powerOfTen(zeros + 1)
        )
        guard !overflow else { return false }
        let (sum, carries) = product.addingReportingOverflow(Int128(digit))
        digits = sum
        return !carries
    }

    private mutating func readExponent(_ text: UnsafeRawBufferPointer, _ start: Int) -> Bool {
        var position = start
        var isNegativeExponent = false
        if position < text.count,
            text[position] == UInt8(ascii: "-") || text[position] == UInt8(ascii: "+")
        {
            isNegativeExponent = text[position] == UInt8(ascii: "-")
            position += 1
        }
        guard position < text.count else { return false }
        var value = 0
        while position < text.count {
            let digit = text[position] &- 48
            guard digit < 10 else { return false }
            // Past any exponent of a DECIMAL; stops the number from overflowing.
            value = min(100_000, value * 10 + Int(digit))
            position += 1
        }
        exponent += isNegativeExponent ? -value : value
        return true
    }
}

extension Decimal: CustomStringConvertible {
    /// The number in decimal.
    public var description: String {
        var writer = ByteWriter(capacity: 64)
        DecimalText.append(self, into: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// The number in `text`, exactly, with as many digits behind the point as it shows.
    public init?(_ text: String) {
        var text = text
        let parsed = text.withUTF8 { buffer -> Decimal? in
            let bytes = UnsafeRawBufferPointer(buffer)
            let end = bytes.firstIndex { $0 | 0x20 == UInt8(ascii: "e") } ?? bytes.count
            let point = bytes.firstIndex(of: UInt8(ascii: ".")) ?? end
            var scale = max(0, end - point - 1)
            if end < bytes.count {
                let exponent = String(decoding: bytes[(end + 1)...], as: UTF8.self)
                guard let exponent = Int(exponent), exponent.magnitude < 1000 else { return nil }
                scale = max(0, scale - exponent)
            }
            guard scale <= 38 else { return nil }
            return DecimalText.unscaled(bytes, precision: 38, scale: scale).map {
                Decimal(unscaled: $0, scale: scale)
            }
        }
        guard let parsed else { return nil }
        self = parsed
    }
}
