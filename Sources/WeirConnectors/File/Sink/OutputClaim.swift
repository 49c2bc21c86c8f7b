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
    /// What the first commit leaves of those who wrote before; the first that covers a subtask counts.
    let bounds: [Bound]
    /// Whose claim it is.
    let subtask: Subtask
    /// Whether nothing was committed yet: what `.owner` said may still hold.
    var isPending: Bool

    /// Up to which epoch files of subtasks of earlier jobs stay.
    package struct Bound: Hashable, Sendable {
        /// The subtasks whose number, divided by each parallelism, leaves each index; empty: all.
        let subtasks: [Subtask]
        /// Files of later epochs go; 0: all.
        let after: UInt64

        func covers(_ number: Int) -> Bool {
            subtasks.allSatisfy { number % $0.parallelism == $0.index }
        }

        /// The part of it that a subtask's numbers have; nil if there is none.
        ///
        /// Numbers with two given remainders exist if these agree where the divisors do (the Chinese
        /// remainder theorem). What follows from another subtask is left out: so bounds do not multiply
        /// however many jobs follow one another.
        func within(_ subtask: Subtask) -> Bound? {
            var rest: [Subtask] = []
            for other in subtasks {
                let common = Self.greatestDivisor(subtask.parallelism, other.parallelism)
                guard subtask.index % common == other.index % common else { return nil }
                if common != other.parallelism { rest.append(other) }
            }
            return Bound(subtasks: [subtask] + rest, after: after)
        }

        private static func greatestDivisor(_ first: Int, _ second: Int) -> Int {
            var (divisor, rest) = (first, second)
            while rest > 0 { (divisor, rest) = (rest, divisor % rest) }
            return divisor
        }
    }

    /// The epoch after which files of an earlier job's subtask go.
    ///
    /// A subtask that nothing is known of loses nothing.
    package func after(of number: Int) -> UInt64 {
        bounds.first { $0.covers(number) }?.after ?? .max
    }

    /// The bounds of a job that goes on from the snapshot with these claims of another one.
    ///
    /// A subtask that had committed keeps its files up to the snapshot. One that had not has none but those
    /// that its own claim left.
    static func bounds(inheriting claims: [OutputClaim], restored: CheckpointID) -> [Bound] {
        let bounds = claims.flatMap { claim in
            claim.isPending
                ? claim.bounds.compactMap { $0.within(claim.subtask) }
                : [Bound(subtasks: [claim.subtask], after: restored.number)]
        }
        guard let first = bounds.first, bounds.allSatisfy({ $0.after == first.after }) else {
            return bounds
        }
        return [Bound(subtasks: [], after: first.after)]
    }

    /// The element of a snapshot, version 2.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.append(byte: 2)
        writer.append(string: owner)
        writer.append(string: former)
        writer.append(count: bounds.count)
        for bound in bounds {
            writer.append(integer: bound.after)
            writer.append(count: bound.subtasks.count)
            for subtask in bound.subtasks {
                writer.append(count: subtask.index)
                writer.append(count: subtask.parallelism)
            }
        }
        writer.append(count: subtask.index)
        writer.append(count: subtask.parallelism)
        writer.append(byte: isPending ? 1 : 0)
        return writer.array
    }

    /// Wraps the facts; what there is of epochs after `after` goes.
    package init(
        owner: String,
        former: String,
        after: UInt64,
        subtask: Subtask,
        isPending: Bool
    ) {
        self.init(
            owner: owner,
            former: former,
            bounds: [Bound(subtasks: [], after: after)],
            subtask: subtask,
            isPending: isPending
        )
    }

    /// Wraps the facts.
    package init(
        owner: String,
        former: String,
        bounds: [Bound],
        subtask: Subtask,
        isPending: Bool
    ) {
        self.owner = owner
        self.former = former
        self.bounds = bounds
        self.subtask = subtask
        self.isPending = isPending
    }

    /// Reads what `encoded` wrote, also in version 1, which had one bound.
    ///
    /// - Throws: `corruptBytes`.
    package init(encoded bytes: [UInt8]) throws(WeirError) {
        self = try bytes.withReader { reader throws(WeirError) in
            let version = try reader.readByte()
            guard (1...2).contains(version) else {
                throw reader.corrupt("output claim version \(version)")
            }
            let owner = try reader.readString()
            let former = try reader.readString()
            let bounds =
                version == 1
                ? [Bound(subtasks: [], after: try reader.readInteger())]
                : try Self.bounds(&reader)
            let subtask = try Self.subtask(&reader)
            let pending = try reader.readByte()
            try reader.finish()
            guard pending <= 1 else { throw reader.corrupt("the state of an output claim") }
            return OutputClaim(
                owner: owner,
                former: former,
                bounds: bounds,
                subtask: subtask,
                isPending: pending == 1
            )
        }
    }

    private static func bounds(_ reader: inout ByteReader) throws(WeirError) -> [Bound] {
        var bounds: [Bound] = []
        for _ in 0..<(try reader.readCount(elementSize: 9)) {
            let after = try reader.readInteger(as: UInt64.self)
            var subtasks: [Subtask] = []
            for _ in 0..<(try reader.readCount(elementSize: 2)) {
                subtasks.append(try subtask(&reader))
            }
            bounds.append(Bound(subtasks: subtasks, after: after))
        }
        return bounds
    }

    private static func subtask(_ reader: inout ByteReader) throws(WeirError) -> Subtask {
        let index = try reader.readVarint()
        let parallelism = try reader.readVarint()
        guard index < parallelism, parallelism <= UInt64(Int32.max) else {
            throw reader.corrupt("the subtask of an output claim")
        }
        return Subtask(index: Int(index), parallelism: Int(parallelism))
    }
}
