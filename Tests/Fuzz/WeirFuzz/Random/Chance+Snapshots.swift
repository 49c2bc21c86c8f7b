import WeirCore
import WeirSnapshot

/// Random manifests and parts of them.
extension Chance {
    mutating func fileName() -> String {
        (0..<(1 + below(3))).map { _ in word() }.joined(separator: "/")
    }

    mutating func keyGroups() -> KeyGroupRange {
        let lower = number(below: 1 << 15)
        return KeyGroupRange(lower, lower + number(below: 1 << 15))
    }

    mutating func file() -> FileHandle {
        FileHandle(
            name: fileName(),
            stored: StoredFile(
                size: number(below: 1 << 50),
                checksum: UInt32(truncatingIfNeeded: next())
            ),
            keyGroups: keyGroups()
        )
    }

    mutating func channel() -> ChannelHandle {
        ChannelHandle(input: number(below: 1 << 32), channel: number(below: 1 << 32), file: file())
    }

    mutating func stateSchema() -> StateSchema {
        StateSchema(
            id: UInt16(truncatingIfNeeded: number()),
            name: text(),
            kind: byte(),
            keySchemaID: UInt32(truncatingIfNeeded: number()),
            valueSchemaID: UInt32(truncatingIfNeeded: number()),
            keySchema: bytes(30),
            valueSchema: bytes(30)
        )
    }

    mutating func subtaskSnapshot(_ index: Int) -> SubtaskSnapshot {
        SubtaskSnapshot(
            index: index,
            keyGroups: keyGroups(),
            image: flag() ? image() : nil,
            segments: (0..<length(3)).map { _ in
                SegmentHandle(
                    file: file(),
                    checkpoint: CheckpointID(unsigned()),
                    entryCount: number(below: 1 << 62)
                )
            },
            blobs: (0..<length(3)).map { _ in blob() },
            channels: (0..<length(3)).map { _ in channel() }
        )
    }

    private mutating func image() -> ImageHandle {
        ImageHandle(
            files: (0..<length(3)).map { _ in StoredImageFile(localName: word(), file: file()) },
            foldedThrough: CheckpointID(unsigned())
        )
    }

    mutating func blob() -> StateBlob {
        StateBlob(
            name: happens(20) ? StateBlob.watermarkName : text(),
            redistribution: UInt8(below(5)),
            elements: (0..<length(3)).map { _ in bytes(20) }
        )
    }

    mutating func taskSnapshot() -> TaskSnapshot {
        TaskSnapshot(
            parts: (0..<length(3)).map { _ in
                TaskSnapshot.Part(
                    operatorID: OperatorID(hash: unsigned()),
                    states: (0..<length(3)).map { _ in stateSchema() },
                    subtask: subtaskSnapshot(number(below: 1 << 16))
                )
            },
            inFlight: (0..<length(3)).map { _ in
                TaskSnapshot.InFlight(
                    operatorID: OperatorID(hash: unsigned()),
                    subtask: number(below: 1 << 16),
                    channel: channel()
                )
            },
            alignmentNanoseconds: number(),
            asynchronousNanoseconds: number(),
            isUnaligned: flag()
        )
    }

    /// A manifest of some operators; those in `known` come first.
    mutating func manifest(
        known: [OperatorID] = [],
        maxParallelism: Int? = nil
    ) -> CheckpointManifest {
        let others = (0..<length(3)).map { OperatorID(hash: next() &+ UInt64($0)) }
        return CheckpointManifest(
            jobID: text(32),
            jobName: text(),
            checkpoint: CheckpointID(UInt64(number(below: 1 << 62))),
            attempt: Attempt(UInt64(number(below: 1 << 62))),
            epoch: unsigned(),
            purpose: choose([.checkpoint, .savepoint, .final]),
            isUnaligned: flag(),
            triggeredAt: number(),
            completedAt: number(),
            maxParallelism: maxParallelism ?? number(below: 1 << 16),
            operators: (known + others).map { id in
                OperatorSnapshot(
                    id: id,
                    name: text(),
                    path: text(),
                    parallelism: number(below: 1 << 16),
                    states: (0..<length(3)).map { _ in stateSchema() },
                    subtasks: (0..<length(3)).map { _ in subtaskSnapshot(number(below: 1 << 16)) }
                )
            }
        )
    }
}
