import WeirCore
import WeirData
import WeirOperators

/// Writes rows to standard output as text, `+I[1, NULL, 2013-01-01 05:00:00.000]`, as Flink's
/// `print`; with several subtasks each line begins with the subtask's number.
///
/// At least once: rows after the last checkpoint are printed again after a restore.
public final class PrintSink: Operator {
    private let prefix: String
    private var writer = ByteWriter(capacity: 64 << 10)

    /// A sink whose lines begin with `prefix`, if it is not empty.
    public init(prefix: String = "") { self.prefix = prefix }

    /// The sink as a program names it.
    public static func description(prefix: String = "", parallelism: Int? = nil) -> SinkDescription
    {
        SinkDescription(name: "print", parallelism: parallelism) { PrintSink(prefix: prefix) }
    }

    public override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        let rows = RowSelection(batch, from: position)
        var start = prefix
        if context.subtask.parallelism > 1 {
            start += (prefix.isEmpty ? "" : ":") + "\(context.subtask.index + 1)"
        }
        if !start.isEmpty { start += "> " }
        for index in 0..<rows.count {
            writer.append(text: start)
            writer.append(text: try batch.rowText(rows[index]))
            writer.append(ascii: "\n")
        }
        try context.world.processes.write(writer.bytes, to: .output)
        writer.removeAll()
        return .consumed
    }
}
