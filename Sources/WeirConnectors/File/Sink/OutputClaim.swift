import WeirCore
import WeirData

/// A subtask's claim on an output directory, as its snapshot holds it.
///
/// The directory's `.owner` names the start of the job that the results came to belong to; whoever
/// goes on from a checkpoint of that job inherits the claim. So a directory that holds results of
/// another job, or none any more, is told from the job's own.
struct OutputClaim: Hashable, Sendable {
    /// What `.owner` says or is to say.
    let owner: String
    /// Whose claim it is.
    let subtask: Subtask
    /// Whether nothing was committed yet: results of an earlier job may still be there.
    var isPending: Bool

    /// The element of a snapshot, version 1.
    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.append(byte: 1)
        writer.append(string: owner)
        writer.append(count: subtask.index)
        writer.append(count: subtask.parallelism)
        writer.append(byte: isPending ? 1 : 0)
        return writer.array
    }

    /// Wraps the facts.
    init(owner: String, subtask: Subtask, isPending: Bool) {
        self.owner = owner
        self.subtask = subtask
        self.isPending = isPending
    }

    /// Reads what `encoded` wrote.
    ///
    /// - Throws: `corruptBytes`.
    init(encoded bytes: [UInt8]) throws(WeirError) {
        self = try bytes.withReader { reader throws(WeirError) in
            let version = try reader.readByte()
            guard version == 1 else { throw reader.corrupt("output claim version \(version)") }
            let owner = try reader.readString()
            let index = try reader.readVarint()
            let parallelism = try reader.readVarint()
            let pending = try reader.readByte()
            try reader.finish()
            guard index < parallelism, parallelism <= UInt64(Int32.max), pending <= 1 else {
                throw reader.corrupt("the subtask of an output claim")
            }
            return OutputClaim(
                owner: owner,
                subtask: Subtask(index: Int(index), parallelism: Int(parallelism)),
                isPending: pending == 1
            )
        }
    }
}
