/// Compares the output of a job with what it should be, as multisets: order does not count.
///
/// ```swift
/// let ledger = Ledger(expected: model, actual: output.committedValues)
/// #expect(ledger.isBalanced, "\(ledger)")
/// ```
public struct Ledger<Row: Hashable>: CustomStringConvertible {
    /// A row whose count is wrong.
    public struct Entry {
        /// The row.
        public let row: Row
        /// How often it should be there.
        public let expected: Int
        /// How often it is.
        public let actual: Int
    }

    /// Rows that should be there more often than they are.
    public private(set) var missing: [Entry] = []
    /// Rows that are expected, and there more often than that.
    public private(set) var duplicate: [Entry] = []
    /// Rows that are there and not expected at all.
    public private(set) var extra: [Entry] = []
    /// Rows in the expected output.
    public private(set) var expectedCount = 0
    /// Rows in the actual output.
    public private(set) var actualCount = 0

    /// Compares two outputs.
    public init(expected: some Sequence<Row>, actual: some Sequence<Row>) {
        var order: [Row] = []
        var counts: [Row: (expected: Int, actual: Int)] = [:]
        for row in expected {
            expectedCount += 1
            if counts[row] == nil { order.append(row) }
            counts[row, default: (0, 0)].expected += 1
        }
        for row in actual {
            actualCount += 1
            if counts[row] == nil { order.append(row) }
            counts[row, default: (0, 0)].actual += 1
        }
        for row in order {
            guard let count = counts[row], count.expected != count.actual else { continue }
            let entry = Entry(row: row, expected: count.expected, actual: count.actual)
            if count.actual < count.expected {
                missing.append(entry)
            } else if count.expected > 0 {
                duplicate.append(entry)
            } else {
                extra.append(entry)
            }
        }
    }

    /// Whether both outputs have the same rows, each as often.
    public var isBalanced: Bool { missing.isEmpty && duplicate.isEmpty && extra.isEmpty }

    /// How many rows of each kind, and the first of them.
    public var description: String {
        var text =
            "\(expectedCount) rows expected, \(actualCount) found: \(missing.count) missing, "
            + "\(duplicate.count) duplicate, \(extra.count) extra"
        for (word, entries) in [("missing", missing), ("duplicate", duplicate), ("extra", extra)] {
            for entry in entries.prefix(3) {
                text += "\n  \(word): \(entry.row) (\(entry.actual) of \(entry.expected))"
            }
        }
        return text
    }
}
