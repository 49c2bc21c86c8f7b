import WeirData

/// Numbers from text, eight digits at a time.
///
/// Cursors stand in memory where `RecordDecoder.padding` bytes behind the text may be read, and
/// where a byte that is no digit follows.
enum NumberText {
    /// A number taken apart: `mantissa * 10^exponent`, if `isExact`.
    struct Parts {
        var mantissa: UInt64 = 0
        var exponent = 0
        var isNegative = false
        /// Whether there is neither point nor exponent.
        var isInteger = true
        /// Whether all digits are in the mantissa.
        var isExact = true
    }

    // SAFETY: eight bytes at the cursor are readable, see above.
    @inline(__always)
    static func load8(_ cursor: UnsafePointer<UInt8>) -> UInt64 {
        UInt64(littleEndian: UnsafeRawPointer(cursor).loadUnaligned(as: UInt64.self))
    }

    /// How many of eight bytes, from the lowest on, are digits.
    ///
    /// A carry out of a byte that is no digit only disturbs bytes above it.
    @inline(__always)
    static func leadingDigits(_ word: UInt64) -> Int {
        let values = word ^ 0x3030_3030_3030_3030
        let others = ((values &+ 0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080
        return others.trailingZeroBitCount &>> 3
    }

    /// The number of the lowest `count` digits of a word, 1 to 8.
    ///
    /// Pairs, then fours, then eights (Lemire, "Quickly parsing eight digits", 2018).
    @inline(__always)
    static func number(_ word: UInt64, digits count: Int) -> UInt64 {
        var value = (word ^ 0x3030_3030_3030_3030) &<< UInt64(64 &- 8 &* count)
        value = (value &* 10 &+ (value &>> 8)) & 0x00ff_00ff_00ff_00ff
        value = (value &* 100 &+ (value &>> 16)) & 0x0000_ffff_0000_ffff
        return (value &* 10000 &+ (value &>> 32)) & 0xffff_ffff
    }

    /// Appends digits to `value` and moves the cursor behind them; returns how many.
    ///
    /// `value` is right as long as it took 19 digits at most in all.
    @inline(__always)
    static func digits(_ cursor: inout UnsafePointer<UInt8>, _ value: inout UInt64) -> Int {
        var total = 0
        while true {
            let word = load8(cursor)
            let count = leadingDigits(word)
            if count == 0 { return total }
            value = value &* power(count) &+ number(word, digits: count)
            total &+= count
            cursor += count
            if count < 8 { return total }
        }
    }

    /// The digits of an integer that is nothing but 1 to 15 digits, without a zero in front; 0 if the
    /// number at the cursor is of another kind, or none.
    @inline(__always)
    static func plainInteger(_ cursor: UnsafePointer<UInt8>, _ value: inout UInt64) -> Int {
        let first = load8(cursor)
        var count = leadingDigits(first)
        guard count > 0 else { return 0 }
        value = number(first, digits: count)
        if count == 8 {
            let second = load8(cursor + 8)
            let more = leadingDigits(second)
            guard more < 8 else { return 0 }
            if more > 0 { value = value &* power(more) &+ number(second, digits: more) }
            count &+= more
        }
        let behind = cursor[count]
        let isPlain = behind != UInt8(ascii: ".") && behind | 0x20 != UInt8(ascii: "e")
        return isPlain && (count == 1 || cursor.pointee != UInt8(ascii: "0")) ? count : 0
    }

    @inline(__always)
    private static func power(_ exponent: Int) -> UInt64 {
        switch exponent {
        case 1: 10
        case 2: 100
        case 3: 1000
        case 4: 10000
        case 5: 100_000
        case 6: 1_000_000
        case 7: 10_000_000
        default: 100_000_000
        }
    }

    /// Reads a number as JSON spells it and moves the cursor behind it; nil if it is none.
    ///
    /// `isLenient` also takes a `+`, leading zeros, and a point without digits on one side.
    @inline(__always)
    static func parts(_ cursor: inout UnsafePointer<UInt8>, isLenient: Bool) -> Parts? {
        var parts = Parts()
        if cursor.pointee == UInt8(ascii: "-") {
            parts.isNegative = true
            cursor += 1
        } else if isLenient, cursor.pointee == UInt8(ascii: "+") {
            cursor += 1
        }
        let isZero = cursor.pointee == UInt8(ascii: "0")
        let whole = digits(&cursor, &parts.mantissa)
        if !isLenient, whole == 0 || (isZero && whole > 1) { return nil }
        var all = whole
        if cursor.pointee == UInt8(ascii: ".") {
            parts.isInteger = false
            cursor += 1
            let fraction = digits(&cursor, &parts.mantissa)
            if fraction == 0, !isLenient { return nil }
            all &+= fraction
            parts.exponent = 0 &- fraction
        }
        if all == 0 { return nil }
        if cursor.pointee | 0x20 == UInt8(ascii: "e") {
            parts.isInteger = false
            guard let exponent = exponent(&cursor) else { return nil }
            parts.exponent &+= exponent
        }
        parts.isExact = all <= 19
        return parts
    }

    /// Reads `e[+-]digits`; large exponents are cut off at ten million.
    private static func exponent(_ cursor: inout UnsafePointer<UInt8>) -> Int? {
        cursor += 1
        let isNegative = cursor.pointee == UInt8(ascii: "-")
        if isNegative || cursor.pointee == UInt8(ascii: "+") { cursor += 1 }
        var value = 0
        var count = 0
        while cursor.pointee &- 48 < 10 {
            value = min(10_000_000, value &* 10 &+ Int(cursor.pointee &- 48))
            count &+= 1
            cursor += 1
        }
        if count == 0 { return nil }
        return isNegative ? 0 &- value : value
    }

    /// The double nearest to a number whose text is `text`.
    ///
    /// Exact products and quotients need no more than one rounding (Clinger, "How to Read Floating
    /// Point Numbers Accurately", 1990); the rest takes the library's long way.
    @inline(__always)
    static func double(_ parts: Parts, _ text: UnsafeRawBufferPointer) -> Double? {
        if parts.isExact, parts.mantissa <= 1 << 53, parts.exponent >= -22, parts.exponent <= 22 {
            let mantissa = Double(parts.mantissa)
            let value =
                parts.exponent < 0
                ? mantissa / power10(0 &- parts.exponent) : mantissa * power10(parts.exponent)
            return parts.isNegative ? -value : value
        }
        return Double(String(decoding: text, as: UTF8.self)).flatMap { $0.isFinite ? $0 : nil }
    }

    /// Powers of ten that a double holds exactly.
    private static func power10(_ exponent: Int) -> Double {
        switch exponent {
        case 0: 1
        case 1: 1e1
        case 2: 1e2
        case 3: 1e3
        case 4: 1e4
        case 5: 1e5
        case 6: 1e6
        case 7: 1e7
        case 8: 1e8
        case 9: 1e9
        case 10: 1e10
        case 11: 1e11
        case 12: 1e12
        case 13: 1e13
        case 14: 1e14
        case 15: 1e15
        case 16: 1e16
        case 17: 1e17
        case 18: 1e18
        case 19: 1e19
        case 20: 1e20
        case 21: 1e21
        default: 1e22
        }
    }

    /// The integer of a number, if it is one and fits 64 bits.
    @inline(__always)
    static func integer(_ parts: Parts, _ text: UnsafeRawBufferPointer) -> Int64? {
        if parts.isInteger, parts.isExact {
            let value = Int64(bitPattern: parts.mantissa)
            if value >= 0 { return parts.isNegative ? 0 &- value : value }
            if parts.isNegative, parts.mantissa == 1 << 63 { return .min }
            return nil
        }
        return wideInteger(text)
    }

    /// An integer spelled with a point, an exponent, or many digits.
    private static func wideInteger(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard let exact = Decimal(String(decoding: text, as: UTF8.self))?.canonical,
            exact.scale == 0
        else { return nil }
        return Int64(exactly: exact.unscaled)
    }
}
