import WeirControl
import WeirCore
import WeirData

/// What a job manager writes down of a job, so that the next leader knows it.
struct JobRecord: Sendable {
    /// What a person wants of the job beyond its running.
    enum Wish: UInt8, Sendable {
        case none
        /// Its end without a last checkpoint.
        case cancel
        /// Its end where it is.
        case stop
        /// Its end as if its input had ended.
        case drain
    }

    /// How a job ended.
    struct End: Sendable {
        /// Finished, cancelled or failed.
        let state: JobState
        /// Milliseconds since the epoch.
        let time: Int64
        /// Why it failed.
        let failure: WeirError?
        /// Its last completed checkpoint.
        let lastCheckpoint: CheckpointID
    }

    /// What was handed in.
    var submission: JobSubmission
    /// When, in milliseconds since the epoch.
    let submittedAt: Int64
    /// What a person wants.
    var wish = Wish.none
    /// How it ended; nil while it has not.
    var end: End?

    init(_ submission: JobSubmission, at time: Int64) {
        self.submission = submission
        submittedAt = time
    }

    // MARK: Bytes

    /// ```
    /// "WEIR" u32 | version u16 | submission | submitted i64 | wish u8
    ///     | ended u8, then state string, time i64, checkpoint u64, failed u8, error
    /// ```
    private static let magic: UInt32 = 0x5249_4557
    private static let version: UInt16 = 1

    func encode(into writer: inout ByteWriter) {
        writer.append(integer: Self.magic)
        writer.append(integer: Self.version)
        submission.encode(into: &writer)
        writer.append(integer: submittedAt)
        writer.append(byte: wish.rawValue)
        writer.append(flag: end != nil)
        guard let end else { return }
        writer.append(string: end.state.rawValue)
        writer.append(integer: end.time)
        writer.append(integer: end.lastCheckpoint.number)
        writer.append(flag: end.failure != nil)
        if let failure = end.failure { writer.append(failure) }
    }

    init(from reader: inout ByteReader) throws(WeirError) {
        guard try reader.readInteger(as: UInt32.self) == Self.magic else {
            throw reader.corrupt("it does not begin with WEIR")
        }
        let version = try reader.readInteger(as: UInt16.self)
        guard version == Self.version else {
            throw reader.corrupt("version \(version), not \(Self.version)")
        }
        submission = try JobSubmission(from: &reader)
        submittedAt = try reader.readInteger()
        guard let wish = Wish(rawValue: try reader.readByte()) else {
            throw reader.corrupt("an unknown wish")
        }
        self.wish = wish
        end = try reader.readBoolean() ? try End(from: &reader) : nil
    }
}

extension JobRecord.End {
    fileprivate init(from reader: inout ByteReader) throws(WeirError) {
        guard let state = JobState(rawValue: try reader.readString()), state.isTerminal else {
            throw reader.corrupt("an end in a state that is none")
        }
        self.state = state
        time = try reader.readInteger()
        lastCheckpoint = CheckpointID(try reader.readInteger())
        failure = try reader.readBoolean() ? try reader.readError() : nil
    }
}
