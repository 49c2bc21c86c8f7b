import Synchronization
import Weir

/// The rows of a test's source, by split, in the order in which the test gives them.
///
/// A log that outlives the job, as a message broker's: a restored job reads again from where its
/// checkpoint stood. Rows, watermarks and silence are in it at the places where the test put them, so
/// that a row's lateness is the same in every run. Any thread may add to it.
///
/// ```swift
/// let clicks = TestInput(Click.schema, splits: 2)
/// clicks.push([["ann", 1], ["bob", 2]], at: [5, 7])
/// clicks.advance(watermark: 10)
/// clicks.end()
/// program.from(clicks.source(name: "clicks"), as: Click.self)
/// ```
public final class TestInput: Sendable {
    /// The schema of the rows.
    public let schema: Schema
    /// How many splits there are; more than a job's parallelism is fine, as is fewer.
    public let splitCount: Int
    /// Most rows that a reader emits in one poll.
    public let pollRows: Int
    /// Nanoseconds between two polls of a reader; with `pollRows` it sets the source's pace.
    public let pollNanoseconds: Int64

    /// What stands at one place of a split.
    enum Entry: Sendable {
        case row([Value], eventTime: Int64)
        case watermark(Int64)
        case status(WatermarkStatus)
    }

    private struct Log {
        var splits: [[Entry]]
        var isEnded = false
    }

    private let log: Mutex<Log>

    /// A log without rows.
    ///
    /// - Parameters:
    ///   - schema: that of the rows.
    ///   - splits: parts that are read in parallel, each with a watermark of its own.
    ///   - pollRows: most rows that a reader emits at a time.
    ///   - pollEvery: how long a reader waits between; zero: it reads as fast as the job takes rows.
    public init(
        _ schema: Schema,
        splits: Int = 1,
        pollRows: Int = 64,
        pollEvery: Duration = .milliseconds(1)
    ) {
        precondition(splits > 0 && pollRows > 0, "\(splits) splits, \(pollRows) rows a poll")
        self.schema = schema
        splitCount = splits
        self.pollRows = pollRows
        pollNanoseconds = pollEvery.milliseconds * 1_000_000
        log = Mutex(Log(splits: [[Entry]](repeating: [], count: splits)))
    }

    /// The source as a program names it.
    public func source(name: String, parallelism: Int? = nil) -> SourceDescription {
        SourceDescription(name: name, outputs: [schema], parallelism: parallelism) {
            TestInputReader(self)
        }
    }

    // MARK: Giving

    /// Adds rows to a split, each with its event time.
    public func push(_ rows: [[Value]], at eventTimes: [Int64], split: Int = 0) {
        precondition(rows.count == eventTimes.count, "a time for each row")
        append(zip(rows, eventTimes).map { Entry.row($0, eventTime: $1) }, to: split)
    }

    /// Adds a row to a split.
    public func push(_ row: [Value], at eventTime: Int64, split: Int = 0) {
        append([.row(row, eventTime: eventTime)], to: split)
    }

    /// Moves the watermark of one split, or of all.
    public func advance(watermark: Int64, split: Int? = nil) {
        append([.watermark(watermark)], to: split)
    }

    /// Lets one split, or all, fall silent: it holds no watermark back until its next row.
    public func fallSilent(split: Int? = nil) { append([.status(.idle)], to: split) }

    /// No row follows, in any split.
    public func end() { log.withLock { $0.isEnded = true } }

    private func append(_ entries: [Entry], to split: Int?) {
        log.withLock { log in
            precondition(!log.isEnded, "the input has ended")
            for index in split.map({ $0..<$0 + 1 }) ?? 0..<splitCount {
                log.splits[index] += entries
            }
        }
    }

    // MARK: Looking

    /// All rows given so far, each with the watermark of its split just before it, split by split.
    public var rows: [HarnessRow] {
        log.withLock { log in
            log.splits.flatMap { entries -> [HarnessRow] in
                var watermark = EventTimes.minimum
                var rows: [HarnessRow] = []
                for entry in entries {
                    switch entry {
                    case .row(let values, let time):
                        rows.append(
                            HarnessRow(values, eventTime: time, splitWatermark: watermark)
                        )
                    case .watermark(let time): watermark = max(watermark, time)
                    case .status: break
                    }
                }
                return rows
            }
        }
    }

    /// The entries of a split from a position on, `limit` at most, and whether none will follow.
    func read(
        _ split: Int,
        from position: Int,
        limit: Int
    ) -> (entries: ArraySlice<Entry>, isLast: Bool) {
        log.withLock { log in
            let end = min(log.splits[split].count, position + limit)
            guard position < end else { return ([], log.isEnded) }
            return (
                log.splits[split][position..<end], log.isEnded && end == log.splits[split].count
            )
        }
    }
}
