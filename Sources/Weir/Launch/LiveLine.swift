import Synchronization
import WeirCore
import WeirData

/// The line on a terminal that shows a running job; without a terminal a line every ten seconds.
final class LiveLine: Sendable {
    private struct State {
        var lastRows: Int64 = 0
        var lastAt: Int64 = 0
        var rate: Double = 0
        var isDrawn = false
    }

    private let world: any World
    private let width: Int?
    private let state = Mutex(State())

    init(world: any World) {
        self.world = world
        width = world.processes.terminalWidth(.error)
    }

    /// Shows where the job is.
    func show(_ status: JobStatus) {
        state.withLock { state in
            let interval = width == nil ? Int64(10_000_000_000) : 200_000_000
            guard status.elapsedNanoseconds - state.lastAt >= interval else { return }
            let seconds = Double(status.elapsedNanoseconds - state.lastAt) / 1e9
            // A restart counts rows anew.
            if status.sourceRows < state.lastRows { state.lastRows = 0 }
            state.rate = Double(status.sourceRows - state.lastRows) / seconds
            state.lastAt = status.elapsedNanoseconds
            state.lastRows = status.sourceRows
            let text = LiveLine.text(status, rate: state.rate)
            if let width {
                world.processes.tell("\r\u{1B}[K" + String(text.prefix(width - 1)))
                state.isDrawn = true
            } else {
                world.processes.tell(text + "\n")
            }
        }
    }

    /// Writes a notice on a line of its own.
    func say(_ notice: String) {
        state.withLock { state in
            world.processes.tell((state.isDrawn ? "\r\u{1B}[K" : "") + notice + "\n")
            state.isDrawn = false
        }
    }

    /// Ends the line.
    func close() {
        state.withLock { state in
            if state.isDrawn { world.processes.tell("\r\u{1B}[K") }
            state.isDrawn = false
        }
    }

    private static func text(_ status: JobStatus, rate: Double) -> String {
        var parts = ["\(count(Double(status.sourceRows))) rows, \(count(rate))/s"]
        if let progress = status.progress { parts.append("\(Int(progress * 100)) %") }
        if let watermark = status.watermark, watermark != EventTimes.maximum {
            parts.append("watermark \(TemporalText.text(milliseconds: watermark))")
        }
        if status.lastCheckpoint != .none {
            parts.append(
                "checkpoint \(status.lastCheckpoint) "
                    + "(\(milliseconds(status.lastCheckpointNanoseconds)))"
            )
        }
        parts.append(
            "latency p50 \(milliseconds(status.latencyMedian)) "
                + "p99 \(milliseconds(status.latency99))"
        )
        if status.lateRows > 0 { parts.append("\(status.lateRows) late") }
        if status.malformedRecords > 0 { parts.append("\(status.malformedRecords) malformed") }
        if status.restarts > 0 { parts.append("\(status.restarts) restarts") }
        return parts.joined(separator: " · ")
    }

    private static func count(_ value: Double) -> String {
        if value >= 10_000_000 { return "\(Int(value / 1_000_000)) M" }
        if value >= 10_000 { return "\(Int(value / 1000)) K" }
        return "\(Int(value))"
    }

    private static func milliseconds(_ nanoseconds: Int64) -> String {
        let tenths = (nanoseconds + 50_000) / 100_000
        return "\(tenths / 10).\(tenths % 10) ms"
    }
}
