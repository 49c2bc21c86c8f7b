import WeirCore

extension CheckpointManifest {
    /// Decodes a file's bytes; `name` is what errors call the file.
    ///
    /// Whatever the bytes, this reads or throws; memory stays within a few times their size.
    /// - Throws: `corruptSnapshot` with the offset, `snapshotVersion`.
    public init(decoding bytes: [UInt8], name: String) throws(WeirError) {
        var reader = ByteReader(bytes, name: name)
        guard bytes.count >= Self.headerBytes, try reader.next(UInt64.self) == Self.magic else {
            throw WeirError.corrupt(name, at: 0, "It does not begin as a manifest does.")
        }
        let version = try reader.next(UInt16.self)
        let flags = try reader.next(UInt16.self)
        let length = try reader.next(UInt64.self)
        let head = reader.checksum(of: 0..<reader.position)
        let checksum = try reader.next(UInt32.self)
        guard length == UInt64(reader.remaining) else {
            throw reader.corrupt("The file has not the length it tells.")
        }
        guard checksum == reader.checksum(of: reader.position..<bytes.count, continuing: head)
        else {
            throw reader.corrupt("The checksum does not match.")
        }
        guard version == Self.formatVersion else {
            throw WeirError.unknownVersion(name, Int(version), known: Int(Self.formatVersion))
        }
        guard flags == 0 else { throw reader.corrupt("Unknown flags.") }
        try self.init(body: &reader)
        guard reader.remaining == 0 else { throw reader.corrupt("There are bytes after the end.") }
    }

    private init(body reader: inout ByteReader) throws(WeirError) {
        let jobID = try reader.nextString()
        let jobName = try reader.nextString()
        let checkpoint = CheckpointID(try reader.next(UInt64.self))
        let attempt = Attempt(try reader.next(UInt64.self))
        guard checkpoint <= .highest, attempt <= .highest else {
            throw reader.corrupt("Checkpoint \(checkpoint) of attempt \(attempt).")
        }
        let epoch = try reader.next(UInt64.self)
        guard let purpose = Purpose(rawValue: try reader.next(UInt8.self)) else {
            throw reader.corrupt("An unknown purpose.")
        }
        self.init(
            jobID: jobID,
            jobName: jobName,
            checkpoint: checkpoint,
            attempt: attempt,
            epoch: epoch,
            purpose: purpose,
            isUnaligned: try reader.nextFlag(),
            triggeredAt: try reader.next(Int64.self),
            completedAt: try reader.next(Int64.self),
            maxParallelism: try reader.nextCount(limit: 1 << 16),
            operators: try reader.nextList(smallest: 13) { (reader) throws(WeirError) in
                try OperatorSnapshot(from: &reader)
            }
        )
        for (one, other) in zip(operators, operators.dropFirst()) where one.id == other.id {
            throw reader.corrupt("Operator \(one.id) is there twice.")
        }
    }
}

extension OperatorSnapshot {
    fileprivate init(from reader: inout ByteReader) throws(WeirError) {
        self.init(
            id: OperatorID(hash: try reader.next(UInt64.self)),
            name: try reader.nextString(),
            path: try reader.nextString(),
            parallelism: try reader.nextCount(limit: 1 << 16),
            states: try reader.nextList(smallest: 14) { (reader) throws(WeirError) in
                try StateSchema(from: &reader)
            },
            subtasks: try reader.nextList(smallest: 7) { (reader) throws(WeirError) in
                try SubtaskSnapshot(from: &reader)
            }
        )
    }
}

extension StateSchema {
    init(from reader: inout ByteReader) throws(WeirError) {
        self.init(
            id: try reader.next(UInt16.self),
            name: try reader.nextString(),
            kind: try reader.next(UInt8.self),
            keySchemaID: try reader.next(UInt32.self),
            valueSchemaID: try reader.next(UInt32.self),
            keySchema: try reader.nextBlock(),
            valueSchema: try reader.nextBlock()
        )
    }
}

extension SubtaskSnapshot {
    init(from reader: inout ByteReader) throws(WeirError) {
        self.init(
            index: try reader.nextCount(limit: 1 << 16),
            keyGroups: try reader.nextKeyGroups(),
            image: try reader.nextFlag() ? try ImageHandle(from: &reader) : nil,
            segments: try reader.nextList(smallest: 17) { (reader) throws(WeirError) in
                let checkpoint = CheckpointID(try reader.next(UInt64.self))
                let entryCount = try reader.nextCount()
                return SegmentHandle(
                    file: try reader.nextFile(),
                    checkpoint: checkpoint,
                    entryCount: entryCount
                )
            },
            blobs: try reader.nextList(smallest: 3) { (reader) throws(WeirError) in
                StateBlob(
                    name: try reader.nextString(),
                    redistribution: try reader.next(UInt8.self),
                    elements: try reader.nextList(smallest: 1) { (reader) throws(WeirError) in
                        try reader.nextBlock()
                    }
                )
            },
            channels: try reader.nextList(smallest: 10) { (reader) throws(WeirError) in
                try ChannelHandle(from: &reader)
            }
        )
    }
}

extension ChannelHandle {
    init(from reader: inout ByteReader) throws(WeirError) {
        self.init(
            input: try reader.nextCount(limit: 1 << 32),
            channel: try reader.nextCount(limit: 1 << 32),
            file: try reader.nextFile()
        )
    }
}

extension ImageHandle {
    fileprivate init(from reader: inout ByteReader) throws(WeirError) {
        let foldedThrough = CheckpointID(try reader.next(UInt64.self))
        self.init(
            files: try reader.nextList(smallest: 9) { (reader) throws(WeirError) in
                let localName = try reader.nextString()
                guard StoreName.isValid(localName), !localName.utf8.contains(UInt8(ascii: "/"))
                else { throw reader.corrupt("\"\(localName)\" cannot be a file's name.") }
                return StoredImageFile(localName: localName, file: try reader.nextFile())
            },
            foldedThrough: foldedThrough
        )
    }
}

extension ByteReader {
    fileprivate mutating func nextKeyGroups() throws(WeirError) -> KeyGroupRange {
        let lower = try nextCount(limit: 1 << 16)
        let upper = try nextCount(limit: 1 << 16)
        guard lower <= upper else { throw corrupt("Key groups \(lower)..<\(upper).") }
        return KeyGroupRange(lower, upper)
    }

    fileprivate mutating func nextFile() throws(WeirError) -> FileHandle {
        let name = try nextString()
        guard StoreName.isValid(name) else {
            throw corrupt("\"\(name)\" cannot be a snapshot file's name.")
        }
        let size = try nextCount(limit: 1 << 50)
        let checksum = try next(UInt32.self)
        return FileHandle(
            name: name,
            stored: StoredFile(size: size, checksum: checksum),
            keyGroups: try nextKeyGroups()
        )
    }
}
