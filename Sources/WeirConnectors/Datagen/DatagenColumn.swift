import WeirCore
import WeirData

/// A column's rule, bound to its type: fills rows of batches.
struct DatagenColumn: Sendable {
    /// What it writes.
    private enum Kernel: Sendable {
        /// Whole numbers from `low` on, `span` many (0: all of 64 bits), times `scale`.
        case integers(low: Int64, span: UInt64, scale: Int128)
        /// `start` plus the row's number, times `scale`.
        case sequence(start: Int64, scale: Int128)
        /// Numbers from `low` on, over a width.
        case numbers(low: Double, width: Double)
        /// Hexadecimal digits.
        case digits(count: Int)
        /// The digits of `start` plus the row's number.
        case sequenceText(start: Int64)
        /// The event time, times `scale`.
        case eventTime(scale: Int128)
    }

    private let kernel: Kernel
    private let type: LogicalType
    private let values: RowHash
    private let absences: RowHash
    private let nullRate: Double

    /// Binds a rule.
    ///
    /// - Throws: `badValue` if the rule does not make values of the column's type.
    init(
        _ column: ColumnDescriptor,
        _ index: Int,
        _ field: DatagenField,
        seed: UInt64
    ) throws(WeirError) {
        type = column.type
        values = RowHash(seed: seed, purpose: UInt64(index) * 2)
        absences = RowHash(seed: seed, purpose: UInt64(index) * 2 + 1)
        nullRate = field.nullRate
        if nullRate > 0, !column.isNullable {
            throw Self.refusal(column, "has a null rate but is NOT NULL")
        }
        guard let kernel = Self.kernel(field.rule, column.type) else {
            throw Self.refusal(column, "has type \(column.type), which \(field.rule) does not make")
        }
        self.kernel = kernel
    }

    /// Writes `count` rows from `row` on: numbers `number`, `number + stride`, ….
    func fill(
        _ batch: Batch,
        _ index: Int,
        _ row: Int,
        _ count: Int,
        _ number: Int64,
        _ stride: Int64
    ) {
        let column = batch.columnReferences[index]
        let rows = Rows(first: row, count: count, number: number, stride: stride)
        let values = values
        switch kernel {
        case .integers(let low, let span, let scale):
            if span == 0 {
                store(rows, scale, column) { low &+ Int64(bitPattern: values.bits($1)) }
            } else {
                store(rows, scale, column) {
                    let offset = values.bits($1).multipliedFullWidth(by: span).high
                    return low &+ Int64(bitPattern: offset)
                }
            }
        case .sequence(let start, let scale): store(rows, scale, column) { start &+ $1 }
        case .numbers(let low, let width):
            if type == .float {
                rows.visit { column.store(Float(low + values.unit($1) * width), $0) }
            } else {
                rows.visit { column.store(low + values.unit($1) * width, $0) }
            }
        case .digits(let digits): rows.visit { storeDigits(digits, column, $0, $1) }
        case .sequenceText(let start):
            rows.visit { row, id in
                var text = String(start &+ id)
                text.withUTF8 { column.storeBytes(UnsafeRawBufferPointer($0), row) }
            }
        case .eventTime(let scale):
            let times = batch.eventTimes
            store(rows, scale, column) { row, _ in times[row] }
        }
        guard column.validity != nil else { return }
        rows.visit { row, id in
            column.setPresent(row, nullRate == 0 || absences.unit(id) >= nullRate)
        }
    }

    /// Rows to fill, and the numbers that they stand for.
    private struct Rows {
        let first: Int
        let count: Int
        let number: Int64
        let stride: Int64

        /// Calls `body` with each row and its number.
        @inline(__always)
        func visit(_ body: (_ row: Int, _ id: Int64) -> Void) {
            for step in 0..<count { body(first &+ step, number &+ Int64(step) &* stride) }
        }
    }

    /// Stores whole numbers, in the width of the column's type.
    @inline(__always)
    private func store(
        _ rows: Rows,
        _ scale: Int128,
        _ column: ColumnReference,
        _ value: (_ row: Int, _ id: Int64) -> Int64
    ) {
        switch type.physical {
        case .bytes1: rows.visit { column.store(Int8(truncatingIfNeeded: value($0, $1)), $0) }
        case .bytes2: rows.visit { column.store(Int16(truncatingIfNeeded: value($0, $1)), $0) }
        case .bytes4: rows.visit { column.store(Int32(truncatingIfNeeded: value($0, $1)), $0) }
        case .bytes8:
            let factor = Int64(truncatingIfNeeded: scale)
            rows.visit { column.store(value($0, $1) &* factor, $0) }
        case .bytes16, .view: rows.visit { column.store(Int128(value($0, $1)) &* scale, $0) }
        }
    }

    private func storeDigits(_ count: Int, _ column: ColumnReference, _ row: Int, _ id: Int64) {
        withUnsafeTemporaryAllocation(byteCount: count, alignment: 8) { buffer in
            var bits: UInt64 = 0
            for index in 0..<count {
                if index % 16 == 0 { bits = values.bits(id, UInt64(index / 16)) }
                let digit = UInt8(bits & 15)
                buffer[index] = digit < 10 ? 48 &+ digit : 87 &+ digit
                bits &>>= 4
            }
            column.storeBytes(UnsafeRawBufferPointer(buffer), row)
        }
    }

    private static func kernel(_ rule: DatagenRule, _ type: LogicalType) -> Kernel? {
        switch rule {
        case .random: return random(type)
        case .text(let length):
            guard type == .string || type == .bytes, (0...1_000_000).contains(length) else {
                return nil
            }
            return .digits(count: length)
        case .numbers(let range):
            guard type == .float || type == .double, range.lowerBound.isFinite,
                (range.upperBound - range.lowerBound).isFinite
            else { return nil }
            return .numbers(
                low: range.lowerBound,
                width: range.upperBound - range.lowerBound
            )
        case .integers(let range):
            guard let (limits, scale) = DatagenLimits.of(type),
                limits.contains(range.lowerBound), limits.contains(range.upperBound)
            else { return nil }
            let width = UInt64(bitPattern: range.upperBound &- range.lowerBound)
            return .integers(low: range.lowerBound, span: width &+ 1, scale: scale)
        case .sequence(let start, let end):
            if type == .string { return .sequenceText(start: start) }
            guard type != .boolean, let (limits, scale) = DatagenLimits.of(type),
                limits.contains(start), end == .max || (start <= end && limits.contains(end))
            else { return nil }
            return .sequence(start: start, scale: scale)
        case .eventTime:
            guard case .timestamp(let precision, _) = type else { return nil }
            return .eventTime(scale: precision <= 3 ? 1 : precision <= 6 ? 1000 : 1_000_000)
        }
    }

    private static func random(_ type: LogicalType) -> Kernel? {
        switch type {
        case .string, .bytes: return .digits(count: 100)
        case .float, .double: return .numbers(low: 0, width: 1)
        default:
            guard let (limits, scale) = DatagenLimits.of(type) else { return nil }
            let width = UInt64(bitPattern: limits.upperBound &- limits.lowerBound)
            return .integers(low: limits.lowerBound, span: width &+ 1, scale: scale)
        }
    }

    private static func refusal(_ column: ColumnDescriptor, _ message: String) -> WeirError {
        WeirError(
            .badValue,
            "The generated column \(column.name) \(message).",
            position: "fields of datagen",
            fix: "Choose another rule or another type for the column."
        )
    }
}
