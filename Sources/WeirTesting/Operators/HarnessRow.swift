import Weir

/// A row that an operator emitted, as a harness keeps it.
public struct HarnessRow: Hashable, Sendable {
    /// The values of its columns.
    public let values: [Value]
    /// Its event time, in milliseconds.
    public let eventTime: Int64
    /// Its split watermark, in milliseconds.
    public let splitWatermark: Int64

    /// A row.
    public init(_ values: [Value], eventTime: Int64, splitWatermark: Int64 = Int64.min) {
        self.values = values
        self.eventTime = eventTime
        self.splitWatermark = splitWatermark
    }

    /// The integer in a column.
    ///
    /// - Precondition: it is one.
    public func integer(_ column: Int) -> Int64 {
        guard case .integer(let number) = values[column] else {
            preconditionFailure("column \(column) holds \(values[column])")
        }
        return number
    }
}

/// Keeps the rows of one output.
final class HarnessOutput: OutputTarget {
    /// Rows since they were last taken.
    var rows: [HarnessRow] = []
    /// Watermarks, in order.
    var watermarks: [Int64] = []
    /// Rows after which the output calls itself full; taking the rows makes room.
    var capacity = Int.max
    private(set) var failure: WeirError?

    var isFull: Bool { rows.count >= capacity }

    func take(_ element: StreamElement) {
        switch element {
        case .batch(let batch): take(batch)
        case .watermark(let watermark): watermarks.append(watermark.time)
        default: break
        }
    }

    private func take(_ batch: Batch) {
        let selection = RowSelection(batch)
        for position in 0..<selection.count {
            let row = selection[position]
            do throws(WeirError) {
                rows.append(
                    HarnessRow(
                        try batch.values(row: row),
                        eventTime: batch.eventTimes[row],
                        splitWatermark: batch.splitWatermarks[row]
                    )
                )
            } catch {
                failure = error
            }
        }
    }

    func flush() {}
}
