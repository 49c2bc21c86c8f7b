import WeirCore
import WeirData
import WeirPlan

/// Values that several messages have.
extension ByteWriter {
    package mutating func append(flag: Bool) { append(byte: flag ? 1 : 0) }

    mutating func append(task: TaskID) {
        append(count: task.vertex)
        append(count: task.subtask)
    }

    package mutating func append(_ error: WeirError) {
        append(string: error.code.id)
        append(string: error.code.kind.rawValue)
        append(string: error.kind.rawValue)
        append(text: error.message)
        append(text: error.position)
        append(text: error.reason)
        append(text: error.fix)
    }

    /// Appends what is for people: no more than they read.
    mutating func append(text: String) {
        append(string: text.utf8.count <= 64 << 10 ? text : String(text.prefix(16 << 10)))
    }

    mutating func append(_ barrier: CheckpointBarrier) {
        append(integer: barrier.checkpoint.number)
        append(integer: barrier.attempt.number)
        append(byte: barrier.purpose.rawValue)
        append(flag: barrier.isUnaligned)
        append(integer: barrier.completed.number)
    }

    package mutating func append<Element>(
        list: some Collection<Element>,
        _ body: (Element, inout ByteWriter) -> Void
    ) {
        append(count: list.count)
        for element in list { body(element, &self) }
    }
}

/// Values that several messages have.
extension ByteReader {
    mutating func readTask() throws(WeirError) -> TaskID {
        let vertex = try readNumber(below: 1 << 20)
        return TaskID(vertex: vertex, subtask: try readNumber(below: 1 << 16))
    }

    /// A number that `append(count:)` wrote and that is no count of what follows.
    mutating func readNumber(below limit: Int) throws(WeirError) -> Int {
        let number = try readVarint()
        guard number < UInt64(limit) else {
            throw corrupt("\(number), which is not below \(limit)")
        }
        return Int(number)
    }

    package mutating func readError() throws(WeirError) -> WeirError {
        let id = try readString()
        guard let usual = WeirError.Kind(rawValue: try readString()),
            let kind = WeirError.Kind(rawValue: try readString())
        else { throw corrupt("an error of an unknown kind") }
        return WeirError(
            ErrorCode(id, usual),
            try readString(),
            position: try readString(),
            reason: try readString(),
            fix: try readString(),
            kind: kind
        )
    }

    /// A barrier; its age starts anew on each machine.
    mutating func readBarrier(now: Int64) throws(WeirError) -> CheckpointBarrier {
        let checkpoint = CheckpointID(try readInteger())
        let attempt = Attempt(try readInteger())
        guard let purpose = CheckpointBarrier.Purpose(rawValue: try readByte()) else {
            throw corrupt("an unknown purpose of a barrier")
        }
        return CheckpointBarrier(
            checkpoint: checkpoint,
            attempt: attempt,
            purpose: purpose,
            isUnaligned: try readBoolean(),
            completed: CheckpointID(try readInteger()),
            triggeredAt: now
        )
    }

    package mutating func readList<Element>(
        smallest: Int,
        _ body: (inout ByteReader) throws(WeirError) -> Element
    ) throws(WeirError) -> [Element] {
        let count = try readCount(elementSize: smallest)
        var list: [Element] = []
        list.reserveCapacity(count)
        for _ in 0..<count { list.append(try body(&self)) }
        return list
    }
}
