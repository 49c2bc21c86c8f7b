/// Random bits of a cell: a function of the column's seed and the row's number.
///
/// SplitMix64's output function over a Weyl sequence, so that rows can be made in any order.
struct RowHash: Sendable {
    private let seed: UInt64

    /// Bits for a purpose (a column's values, its NULLs, …) of a source.
    init(seed: UInt64, purpose: UInt64) {
        self.seed = RowHash.mix(seed &+ RowHash.mix(purpose &+ 1))
    }

    /// The 64 bits of row `row`, the `index`th if several are needed.
    @inline(__always)
    func bits(_ row: Int64, _ index: UInt64 = 0) -> UInt64 {
        let position = UInt64(bitPattern: row) &* 0x9e37_79b9_7f4a_7c15
        return RowHash.mix(seed &+ position &+ index &* 0xd1b5_4a32_d192_ed03)
    }

    /// A number from 0 up to, not including, 1.
    @inline(__always)
    func unit(_ row: Int64) -> Double { Double(bits(row) &>> 11) * 0x1p-53 }

    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z &>> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z &>> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z &>> 31)
    }
}
