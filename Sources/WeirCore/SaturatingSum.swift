extension FixedWidthInteger {
    /// The sum, or the bound that it is past: for totals of numbers that others told.
    @inlinable
    public func addingSaturated(_ other: Self) -> Self {
        let (sum, isPast) = addingReportingOverflow(other)
        guard isPast else { return sum }
        return other < 0 ? .min : .max
    }
}
