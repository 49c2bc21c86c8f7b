import WeirControl
import WeirCore
import WeirData

/// What a job manager writes down of a job, so that the next leader knows it.
package struct JobRecord: Sendable {
    /// What a person wants of the job beyond its running.
    package enum Wish: UInt8, Sendable {
        case none
        /// Its end without a last checkpoint.
        case cancel
        /// Its end where it is.
        case stop
        /// Its end as if its input had ended.
        case drain
    }

    /// How a job ended.
    package struct End: Sendable, Equatable {
        /// Finished, cancelled or failed.
        package let state: JobState
        /// Milliseconds since the epoch.
        package let time: Int64
        /// Why it failed.
        package let failure: WeirError?
        /// Its last completed checkpoint.
        package let lastCheckpoint: CheckpointID

        package init(
            state: JobState,
            time: Int64,
            failure: WeirError?,
            lastCheckpoint: CheckpointID
        ) {
            self.state = state
            self.time = time
            self.failure = failure
            self.lastCheckpoint = lastCheckpoint
        }
    }

    /// What was handed in.
    package var submission: JobSubmission
    /// When, in milliseconds since the epoch.
    package let submittedAt: Int64
    /// What a person wants.
    package var wish = Wish.none
    /// How it ended; nil while it has not.
    package var end: End?

    package init(_ submission: JobSubmission, at time: Int64) {
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

    package func encode(into writer: inout ByteWriter) {
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

    package init(from reader: inout ByteReader) throws(WeirError) {
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
