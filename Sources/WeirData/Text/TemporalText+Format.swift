extension TemporalText {
    /// Appends `YYYY-MM-DD`; years outside 0 to 9999 get a sign.
    public static func append(date days: Int, into writer: inout ByteWriter) {
        let date = CivilCalendar.date(days: days)
        if date.year < 0 { writer.append(byte: UInt8(ascii: "-")) }
        if date.year > 9999 { writer.append(byte: UInt8(ascii: "+")) }
        let year = abs(date.year)
        if year > 9999 {
            DigitText.append(Int64(year), into: &writer)
        } else {
            DigitText.append(padded: year, digits: 4, into: &writer)
        }
        writer.append(byte: UInt8(ascii: "-"))
        DigitText.append(padded: date.month, digits: 2, into: &writer)
        writer.append(byte: UInt8(ascii: "-"))
        DigitText.append(padded: date.day, digits: 2, into: &writer)
    }

    /// Appends `HH:MM:SS` with `precision` digits of a fraction.
    public static func append(
        time nanoseconds: Int64,
        precision: Int,
        into writer: inout ByteWriter
    ) {
        let seconds = Int(nanoseconds / 1_000_000_000)
        DigitText.append(padded: seconds / 3600, digits: 2, into: &writer)
        writer.append(byte: UInt8(ascii: ":"))
        DigitText.append(padded: seconds / 60 % 60, digits: 2, into: &writer)
        writer.append(byte: UInt8(ascii: ":"))
        DigitText.append(padded: seconds % 60, digits: 2, into: &writer)
        guard precision > 0 else { return }
        var fraction = Int(nanoseconds % 1_000_000_000)
        for _ in precision..<9 { fraction /= 10 }
        writer.append(byte: UInt8(ascii: "."))
        DigitText.append(padded: fraction, digits: min(9, precision), into: &writer)
    }

    /// The text of a moment in milliseconds since 1970: `2013-01-01 05:15:00.000`.
    public static func text(milliseconds: Int64) -> String {
        var writer = ByteWriter()
        append(timestamp: Int128(milliseconds), precision: 3, into: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Appends a date and a time, with a space between (SQL) or `T` (ISO 8601).
    ///
    /// `units` count from 1970, as a TIMESTAMP column holds them: milliseconds up to `precision` 3,
    /// microseconds up to 6, nanoseconds up to 9.
    public static func append(
        timestamp units: Int128,
        precision: Int,
        separator: UInt8 = UInt8(ascii: " "),
        into writer: inout ByteWriter
    ) {
        let perDay: Int128
        let nanosecondsPerUnit: Int64
        switch precision {
        case ...3: (perDay, nanosecondsPerUnit) = (86_400_000, 1_000_000)
        case ...6: (perDay, nanosecondsPerUnit) = (86_400_000_000, 1000)
        default: (perDay, nanosecondsPerUnit) = (86_400_000_000_000, 1)
        }
        var days = units / perDay
        var rest = units % perDay
        if rest < 0 {
            rest += perDay
            days -= 1
        }
        append(date: Int(truncatingIfNeeded: days), into: &writer)
        writer.append(byte: separator)
        append(time: Int64(rest) * nanosecondsPerUnit, precision: precision, into: &writer)
    }
}

/// Decimal digits of integers, as bytes.
public enum DigitText {
    /// Appends an integer.
    public static func append(_ value: Int64, into writer: inout ByteWriter) {
        if value < 0 { writer.append(byte: UInt8(ascii: "-")) }
        var rest = value.magnitude
        let target = writer.reserve(20).assumingMemoryBound(to: UInt8.self)
        // SAFETY: 20 bytes are reserved, and 64 bits have at most 20 digits.
        var position = 20
        repeat {
            position &-= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            target[position] = UInt8(truncatingIfNeeded: digit) &+ 48
            rest = quotient
        } while rest != 0
        let count = 20 &- position
        for index in 0..<count { target[index] = target[position &+ index] }
        writer.advance(count)
    }

    /// Appends the lowest `digits` digits of a number that is not negative, zeros in front.
    public static func append(padded value: Int, digits: Int, into writer: inout ByteWriter) {
        let target = writer.reserve(digits).assumingMemoryBound(to: UInt8.self)
        // SAFETY: `digits` bytes are reserved.
        var rest = value
        for position in stride(from: digits - 1, through: 0, by: -1) {
            target[position] = UInt8(truncatingIfNeeded: rest % 10) &+ 48
            rest /= 10
        }
        writer.advance(digits)
    }
}
