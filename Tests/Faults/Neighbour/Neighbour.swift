import Synchronization
import Weir

/// A job whose function misbehaves, for the test of what its neighbours notice.
@main
struct Neighbour: StreamingJob {
    static let name = "neighbour"
    static let summary = "A job that traps, spins or allocates without end."
    static let argumentHelp = """
        --behaviour WHAT    trap, spin or allocate; the job does it after some thousand rows
        """

    enum Number: EventSchema {
        @inlinable static var value: Column<Int64> { .init(index: 0, id: 1, "value") }
        static let schema = Schema(of: value)
    }

    /// The row at which it begins.
    private static let begin: Int64 = 2000

    func build(
        _ program: StreamExecutionEnvironment,
        arguments: [String]
    ) throws(WeirError) {
        guard arguments.count == 2, arguments[0] == "--behaviour",
            let behaviour = Behaviour(rawValue: arguments[1])
        else {
            throw WeirError(
                .usage,
                "The job takes --behaviour with trap, spin or allocate.",
                position: arguments.joined(separator: " ")
            )
        }
        var rows = DatagenConfiguration(
            Number.schema,
            [DatagenField("value", .sequence(start: 0))]
        )
        rows.rowsPerSecond = 1000
        program.from(try DatagenSource.description(rows), as: Number.self)
            .filter { row in
                if row[Number.value] >= Self.begin { behaviour.happen() }
                return true
            }
            .sink(BlackholeSink.description())
    }
}

/// What goes wrong.
enum Behaviour: String, Sendable {
    case trap, spin, allocate

    /// Does it; only `allocate` returns.
    func happen() {
        switch self {
        case .trap: preconditionFailure("the job traps on purpose")
        case .spin: while true { Self.turns.add(1, ordering: .relaxed) }
        case .allocate: Self.hoard.withLock { $0.append([UInt8](repeating: 1, count: 4 << 20)) }
        }
    }

    private static let turns = Atomic(0)
    private static let hoard = Mutex<[[UInt8]]>([])
}
