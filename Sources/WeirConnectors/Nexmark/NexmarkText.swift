import WeirData

/// Random text, written straight into columns.
///
/// The characters are the published generator's, those of `extra` included, which are not all
/// letters: it takes remainders of numbers that may be negative.
enum NexmarkText {
    /// Shortest text of `text`.
    private static let shortest: Int32 = 3

    /// Fills `target` with 3 to `limit - 1` letters, here and there a `special` among them;
    /// returns how many.
    @inline(__always)
    static func fill(
        _ target: UnsafeMutableRawBufferPointer,
        limit: Int32,
        special: UInt8,
        _ random: inout JavaRandom
    ) -> Int {
        let count = Int(shortest &+ random.nextInt32(below: limit &- shortest))
        for index in 0..<count {
            target[index] =
                random.nextInt32(below: 13) == 0
                ? special
                : UInt8(truncatingIfNeeded: 97 &+ random.nextInt32(below: 26))
        }
        return count
    }

    /// Writes a text of at most `limit - 1` letters and spaces, without spaces at its ends; returns
    /// its length.
    static func store(
        _ column: ColumnReference,
        _ row: Int,
        limit: Int32,
        _ random: inout JavaRandom
    ) -> Int32 {
        withUnsafeTemporaryAllocation(byteCount: Int(limit), alignment: 8) { buffer in
            let count = fill(buffer, limit: limit, special: 32, &random)
            var start = 0
            var end = count
            while end > start, buffer[end - 1] == 32 { end -= 1 }
            while start < end, buffer[start] == 32 { start += 1 }
            column.storeBytes(UnsafeRawBufferPointer(rebasing: buffer[start..<end]), row)
            return Int32(truncatingIfNeeded: end - start)
        }
    }

    /// Writes as much text as brings a row of `size` bytes to `average` bytes on average, a fifth
    /// more or less.
    static func storeExtra(
        _ column: ColumnReference,
        _ row: Int,
        size: Int32,
        average: Int32,
        _ random: inout JavaRandom
    ) {
        guard size <= average else { return column.storeBytes(.init(start: nil, count: 0), row) }
        let wanted = average &- size
        let spread = Int32((Double(wanted) * 0.2 + 0.5).rounded(.down))
        let extra = spread == 0 ? 0 : random.nextInt32(below: 2 &* spread)
        let count = Int(wanted &- spread &+ extra)
        if count > ViewSlot.inlineLimit {
            let target = column.reserveBytes(count, row)
            fillExact(UnsafeMutableRawBufferPointer(start: target, count: count), &random)
            column.fixPrefix(row)
        } else {
            withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) { buffer in
                let target = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
                fillExact(target, &random)
                column.storeBytes(UnsafeRawBufferPointer(target), row)
            }
        }
    }

    /// Fills all of `target`, six characters from each random number.
    @inline(__always)
    private static func fillExact(
        _ target: UnsafeMutableRawBufferPointer,
        _ random: inout JavaRandom
    ) {
        guard let base = target.baseAddress else { return }
        var index = 0
        while index &+ 6 <= target.count {
            let characters = six(random.nextInt32())
            base.storeBytes(
                of: UInt32(truncatingIfNeeded: characters),
                toByteOffset: index,
                as: UInt32.self
            )
            base.storeBytes(
                of: UInt16(truncatingIfNeeded: characters &>> 32),
                toByteOffset: index &+ 4,
                as: UInt16.self
            )
            index &+= 6
        }
        guard index < target.count else { return }
        var characters = six(random.nextInt32())
        while index < target.count {
            target[index] = UInt8(truncatingIfNeeded: characters)
            characters &>>= 8
            index &+= 1
        }
    }

    /// The six digits of a number to the base 26, lowest first, as characters from `a` on.
    ///
    /// Digits of a negative number are negative, which gives characters before `a`. Each digit has
    /// its own division, so that the processor can do them side by side.
    @inline(__always)
    private static func six(_ number: Int32) -> UInt64 {
        let first = number / 26
        let second = number / 676
        let third = number / 17_576
        let fourth = number / 456_976
        let fifth = number / 11_881_376
        var result = character(number &- first &* 26)
        result |= character(first &- second &* 26) &<< 8
        result |= character(second &- third &* 26) &<< 16
        result |= character(third &- fourth &* 26) &<< 24
        result |= character(fourth &- fifth &* 26) &<< 32
        return result | character(fifth % 26) &<< 40
    }

    @inline(__always)
    private static func character(_ digit: Int32) -> UInt64 {
        UInt64(UInt8(truncatingIfNeeded: digit &+ 97))
    }
}
