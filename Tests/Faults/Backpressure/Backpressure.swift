import Weir

/// A job whose sink is slow, for the test of what backpressure does to memory and checkpoints.
///
/// Its output says by itself whether it is right: of each key the numbers 1, 2, 3 … once each.
@main
struct Backpressure: StreamingJob {
    static let name = "backpressure"
    static let summary = "Counts rows by key, and writes each count to a sink that may be slow."
    static let argumentHelp = """
        --output DIR       where the counts go
        --rows N           rows of the input
        --keys N           keys; a row's is its number, modulo this
        --nanoseconds N    time that the sink takes for a row; 0: none
        """

    enum Number: EventSchema {
        @inlinable static var value: Column<Int64> { .init(index: 0, id: 1, "value") }
        static let schema = Schema(of: value)
    }

    enum Keyed: EventSchema {
        @inlinable static var key: Column<Int64> { .init(index: 0, id: 1, "key") }
        static let schema = Schema(of: key)
    }

    enum Count: EventSchema {
        @inlinable static var key: Column<Int64> { .init(index: 0, id: 1, "key") }
        @inlinable static var count: Column<Int64> { .init(index: 1, id: 2, "count") }
        static let schema = Schema(of: key, count)
    }

    func build(
        _ program: StreamExecutionEnvironment,
        arguments: [String]
    ) throws(WeirError) {
        let numbers = try Self.numbers(arguments)
        guard let output = numbers.output, let rows = numbers.values["--rows"],
            let keys = numbers.values["--keys"], keys > 0,
            let nanoseconds = numbers.values["--nanoseconds"]
        else { throw Self.usage(arguments) }
        let source = DatagenConfiguration(
            Number.schema,
            [DatagenField("value", .sequence(start: 0))],
            rowCount: rows
        )
        program.from(try DatagenSource.description(source), as: Number.self)
            .map(to: Keyed.self) { row, keyed in keyed[Keyed.key] = row[Number.value] % keys }
            .keyBy(Keyed.key)
            .aggregate(.count(), to: Count.self) { count, row, result in
                result[Count.key] = row[Keyed.key]
                result[Count.count] = count
            }
            .named("counts")
            .transform("slow", to: Count.self, exchange: .rebalance) { Slowness(nanoseconds) }
            .sink(
                FileSink.description(
                    FileSinkOptions(output, format: .csv(CSVOptions())),
                    schema: Count.schema,
                    name: "counts"
                )
            )
    }

    private static func numbers(
        _ arguments: [String]
    ) throws(WeirError) -> (output: String?, values: [String: Int64]) {
        var output: String?
        var values: [String: Int64] = [:]
        var rest = arguments[...]
        while let name = rest.popFirst() {
            guard let text = rest.popFirst() else { throw usage(arguments) }
            if name == "--output" {
                output = text
            } else if let number = Int64(text), number >= 0 {
                values[name] = number
            } else {
                throw usage(arguments)
            }
        }
        return (output, values)
    }

    private static func usage(_ arguments: [String]) -> WeirError {
        WeirError(
            .usage,
            "The job's arguments are not understood.",
            position: arguments.joined(separator: " "),
            fix: argumentHelp
        )
    }
}

/// Holds its thread up for each row, as a function does that waits for another system.
final class Slowness: Operator {
    private let nanoseconds: Int64
    private var parker: (any Parker)?
    private var until: Int64 = 0

    init(_ nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    override func open() throws(WeirError) { parker = context.world.threads.makeParker() }

    override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        let clock = context.world.clock
        until = max(until, clock.monotonicNanoseconds())
        let rows = RowSelection(batch, from: position)
        until += nanoseconds * Int64(rows.count)
        while nanoseconds > 0, clock.monotonicNanoseconds() < until { parker?.park(until: until) }
        context.output.emit(batch)
        return .consumed
    }
}
