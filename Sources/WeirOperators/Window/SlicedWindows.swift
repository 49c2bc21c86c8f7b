import WeirCore

/// Windows of one size at equal distances, cut into slices that all of them share.
///
/// A row counts in one slice only; a window is `slicesPerWindow` neighbouring slices. Source: Krishnamurthy
/// et al., On-the-fly sharing for streamed aggregation, SIGMOD 2006.
struct SlicedWindows: Sendable {
    /// Length of a window in milliseconds.
    let size: Int64
    /// Distance between windows in milliseconds.
    let slide: Int64
    /// Start of some window.
    let offset: Int64
    /// Length of a slice in milliseconds.
    let slice: Int64

    init(size: Int64, slide: Int64, offset: Int64) {
        precondition(size > 0 && slide > 0, "a window of \(size) ms every \(slide) ms")
        precondition(size < 1 << 50 && slide < 1 << 50, "a window longer than 35 000 years")
        self.size = size
        self.slide = slide
        self.offset = offset
        slice = slide >= size ? size : SlicedWindows.greatestCommonDivisor(size, slide)
    }

    private static func greatestCommonDivisor(_ a: Int64, _ b: Int64) -> Int64 {
        b == 0 ? a : greatestCommonDivisor(b, a % b)
    }

    /// Slices of a window.
    var slicesPerWindow: Int { Int(size / slice) }

    /// Where the slice of a time begins; nil if the time lies in a gap between windows.
    func sliceStart(_ time: Int64) -> Int64? {
        let step = slide >= size ? slide : slice
        let start = time - SlicedWindows.remainder(time - offset, step)
        return time - start < slice ? start : nil
    }

    /// The end of the first window that contains a slice.
    func firstEnd(_ slice: Int64) -> Int64 {
        if slide >= size { return slice + size }
        return slice + slide - SlicedWindows.remainder(slice - offset - size, slide)
    }

    /// The end of the last window that contains a slice.
    func lastEnd(_ slice: Int64) -> Int64 {
        let first = firstEnd(slice)
        if slide >= size { return first }
        return first + (slice + size - first) / slide * slide
    }

    /// The starts of slices that no window after the one with this end contains.
    func dropped(_ end: Int64) -> StrideTo<Int64> {
        stride(from: end - size, to: min(end, end - size + slide), by: Int(slice))
    }

    /// Always from 0 to `divisor - 1`.
    private static func remainder(_ value: Int64, _ divisor: Int64) -> Int64 {
        let remainder = value % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}
