import WeirData

/// A column type that can be summed.
public protocol SummableColumnValue: ColumnValue {
    /// What sums are kept in.
    associatedtype Sum: BitwiseCopyable
    /// The sum of nothing.
    static var noSum: Sum { get }
    /// The value as a sum of itself.
    var summand: Sum { get }
    /// The sum of two sums.
    static func sum(_ a: Sum, _ b: Sum) -> Sum
    /// A sum as a double.
    static func asDouble(_ sum: Sum) -> Double
}

extension SummableColumnValue where Self: BinaryInteger {
    /// Nought.
    @inlinable
    public static var noSum: Int64 { 0 }
    /// The value in 64 bits.
    @inlinable
    public var summand: Int64 { Int64(truncatingIfNeeded: self) }
    /// Wraps around.
    @inlinable
    public static func sum(_ a: Int64, _ b: Int64) -> Int64 { a &+ b }
    /// The nearest double.
    @inlinable
    public static func asDouble(_ sum: Int64) -> Double { Double(sum) }
}

extension SummableColumnValue where Self: BinaryFloatingPoint {
    /// Nought.
    @inlinable
    public static var noSum: Double { 0 }
    /// The value as a double.
    @inlinable
    public var summand: Double { Double(self) }
    /// The sum.
    @inlinable
    public static func sum(_ a: Double, _ b: Double) -> Double { a + b }
    /// The sum itself.
    @inlinable
    public static func asDouble(_ sum: Double) -> Double { sum }
}

extension Int8: SummableColumnValue {}
extension Int16: SummableColumnValue {}
extension Int32: SummableColumnValue {}
extension Int64: SummableColumnValue {}
extension Float: SummableColumnValue {}
extension Double: SummableColumnValue {}
