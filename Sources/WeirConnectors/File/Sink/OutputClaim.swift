import WeirCore
import WeirData

/// A subtask's claim on an output directory, as its snapshot holds it.
///
/// The directory's `.owner` names the job that the results came to belong to, by its first commit. So a
/// directory that holds results of another job, or none any more, is told from the job's own. A job
/// that goes on from another one's snapshot makes a claim of its own.
package struct OutputClaim: Hashable, Sendable {
    /// What `.owner` says or is to say.
    let owner: String
    /// What it said when the claim was made; empty: there was none.
    let former: String
    /// The first commit removes what is there of later epochs; 0: of any.
    let after: UInt64
    /// Whose claim it is.
    let subtask: Subtask
    /// Whether nothing was committed yet: what `.owner` said may still hold.
    var isPending: Bool

    /// The element of a snapshot, version 1.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.append(byte: 1)
        writer.append(string: owner)
        writer.append(string: former)
        writer.append(integer: after)
        writer.append(count: subtask.index)
        writer.append(count: subtask.parallelism)
        writer.append(byte: isPending ? 1 : 0)
        return writer.array
    }

    /// Wraps the facts.
    package init(
        owner: String,
        former: String,
        after: UInt64,
        subtask: Subtask,
        isPending: Bool
    ) {
        self.owner = owner
        self.former = former
        self.after = after
        self.subtask = subtask
        self.isPending = isPending
    }

    /// Reads what `encoded` wrote.
    ///
    /// - Throws: `corruptBytes`.
    package init(encoded bytes: [UInt8]) throws(WeirError) {
        self = try bytes.withReader { reader throws(WeirError) in
            let version = try reader.readByte()
            guard version == 1 else { throw reader.corrupt("output claim version \(version)") }
            let owner = try reader.readString()
            let former = try reader.readString()
            let after = try reader.readInteger(as: UInt64.self)
            let index = try reader.readVarint()
            let parallelism = try reader.readVarint()
            let pending = try reader.readByte()
            try reader.finish()
            guard index < parallelism, parallelism <= UInt64(Int32.max), pending <= 1 else {
                throw reader.corrupt("the subtask of an output claim")
            }
            return OutputClaim(
                owner: owner,
                former: former,
                after: after,
                subtask: Subtask(index: Int(index), parallelism: Int(parallelism)),
                isPending: pending == 1
            )
        }
    }
}
