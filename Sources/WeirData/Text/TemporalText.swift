/// Dates and times from text, in ISO 8601's and SQL's spellings.
///
/// Nothing is thrown: what is not a date is nil. No allocation.
public enum TemporalText {
    /// A moment: a day number and nanoseconds of that day.
    @frozen
    public struct Moment: Hashable, Sendable {
        /// Days since 1970-01-01.
        public var days: Int
        /// Nanoseconds since midnight.
        public var nanoseconds: Int64

        /// Wraps the two.
        @inlinable
        public init(days: Int, nanoseconds: Int64) {
            self.days = days
            self.nanoseconds = nanoseconds
        }

        /// Milliseconds since 1970, what is finer cut off.
        @inlinable
        public var milliseconds: Int64 {
            Int64(days) &* 86_400_000 &+ nanoseconds / 1_000_000
        }

        /// Microseconds since 1970, what is finer cut off.
        @inlinable
        public var microseconds: Int64 {
            Int64(days) &* 86_400_000_000 &+ nanoseconds / 1000
        }

        /// Nanoseconds since 1970 without the digits past `precision`.
        public func nanoseconds(precision: Int) -> Int128 {
            var unit: Int64 = 1
            for _ in max(0, precision)..<9 { unit *= 10 }
            let cut = nanoseconds - nanoseconds % unit
            return Int128(days) * 86_400_000_000_000 + Int128(cut)
        }
    }

    /// The day number of `YYYY-MM-DD`.
    public static func date(_ text: UnsafeRawBufferPointer) -> Int? {
        var cursor = TextCursor(text)
        guard let days = date(&cursor), cursor.isAtEnd else { return nil }
        return days
    }

    /// Nanoseconds since midnight of `HH:MM`, `HH:MM:SS` or with up to 9 digits of a fraction.
    public static func time(_ text: UnsafeRawBufferPointer) -> Int64? {
        var cursor = TextCursor(text)
        guard let time = time(&cursor), cursor.isAtEnd else { return nil }
        return time
    }

    /// The moment of `YYYY-MM-DD[(T| )HH:MM[:SS[.fraction]][Z|±HH[[:]MM]]]`.
    ///
    /// An offset is taken off, so the result is in UTC; without one the text is taken as it stands.
    public static func timestamp(_ text: UnsafeRawBufferPointer) -> Moment? {
        var cursor = TextCursor(text)
        guard let days = date(&cursor) else { return nil }
        if cursor.isAtEnd { return Moment(days: days, nanoseconds: 0) }
        guard
            cursor.skip(UInt8(ascii: "T")) || cursor.skip(UInt8(ascii: " "))
                || cursor.skip(UInt8(ascii: "t"))
        else { return nil }
        guard let time = time(&cursor) else { return nil }
        if cursor.isAtEnd { return Moment(days: days, nanoseconds: time) }
        if cursor.skip(UInt8(ascii: "Z")) || cursor.skip(UInt8(ascii: "z")) {
            return cursor.isAtEnd ? Moment(days: days, nanoseconds: time) : nil
        }
        guard let offset = offset(&cursor), cursor.isAtEnd else { return nil }
        var moment = Moment(days: days, nanoseconds: time - offset)
        if moment.nanoseconds < 0 {
            moment.nanoseconds += CivilCalendar.nanosecondsPerDay
            moment.days -= 1
        } else if moment.nanoseconds >= CivilCalendar.nanosecondsPerDay {
            moment.nanoseconds -= CivilCalendar.nanosecondsPerDay
            moment.days += 1
        }
        return moment
    }

    private static func date(_ cursor: inout TextCursor) -> Int? {
        guard let year = cursor.digits(4), cursor.skip(UInt8(ascii: "-")),
            let month = cursor.digits(2), cursor.skip(UInt8(ascii: "-")),
            let day = cursor.digits(2)
        else { return nil }
        guard month >= 1, month <= 12, day >= 1,
            day <= 28 || day <= CivilCalendar.days(inMonth: month, year: year)
        else { return nil }
        return CivilCalendar.days(year: year, month: month, day: day)
    }

    private static func time(_ cursor: inout TextCursor) -> Int64? {
        guard let hour = cursor.digits(2), hour < 24, cursor.skip(UInt8(ascii: ":")),
            let minute = cursor.digits(2), minute < 60
        else { return nil }
        var total = Int64(hour &* 60 &+ minute) &* 60
        guard cursor.skip(UInt8(ascii: ":")) else { return total &* 1_000_000_000 }
        guard let second = cursor.digits(2), second < 60 else { return nil }
        total &+= Int64(second)
        total &*= 1_000_000_000
        guard cursor.skip(UInt8(ascii: ".")) || cursor.skip(UInt8(ascii: ",")) else { return total }
        guard let fraction = cursor.fraction() else { return nil }
        return total &+ fraction
    }

    /// An offset from UTC in nanoseconds, less than a day.
    private static func offset(_ cursor: inout TextCursor) -> Int64? {
        let isNegative: Bool
        if cursor.skip(UInt8(ascii: "+")) {
            isNegative = false
        } else if cursor.skip(UInt8(ascii: "-")) {
            isNegative = true
        } else {
            return nil
        }
        guard let hour = cursor.digits(2), hour < 24 else { return nil }
        var minutes = hour * 60
        if !cursor.isAtEnd {
            _ = cursor.skip(UInt8(ascii: ":"))
            guard let minute = cursor.digits(2), minute < 60 else { return nil }
            minutes += minute
        }
        return Int64(isNegative ? -minutes : minutes) * 60_000_000_000
    }
}

/// Reads digits from text, checking the end at each step.
private struct TextCursor {
    let text: UnsafeRawBufferPointer
    var position = 0

    init(_ text: UnsafeRawBufferPointer) { self.text = text }

    var isAtEnd: Bool { position == text.count }

    mutating func skip(_ byte: UInt8) -> Bool {
        guard position < text.count, text[position] == byte else { return false }
        position &+= 1
        return true
    }

    /// Exactly `count` digits.
    mutating func digits(_ count: Int) -> Int? {
        guard text.count &- position >= count else { return nil }
        var value = 0
        for index in position..<(position &+ count) {
            let digit = text[index] &- 48
            guard digit < 10 else { return nil }
            value = value &* 10 &+ Int(digit)
        }
        position &+= count
        return value
    }

    /// One to nine digits behind the point, in nanoseconds.
    mutating func fraction() -> Int64? {
        var value: Int64 = 0
        var count = 0
        while position < text.count {
            let digit = text[position] &- 48
            guard digit < 10 else { break }
            guard count < 9 else { return nil }
            value = value &* 10 &+ Int64(digit)
            count &+= 1
            position &+= 1
        }
        guard count > 0 else { return nil }
        for _ in count..<9 { value &*= 10 }
        return value
    }
}
