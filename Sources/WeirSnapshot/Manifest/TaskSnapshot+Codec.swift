import WeirCore

/// A task's part as bytes, for the way from its worker to the job manager; in the encoding of manifests.
extension TaskSnapshot {
    /// The bytes.
    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.append(list: parts) { part, writer in
            writer.append(part.operatorID.hash)
            writer.append(list: part.states) { $0.encode(into: &$1) }
            part.subtask.encode(into: &writer)
        }
        writer.append(list: inFlight) { rows, writer in
            writer.append(rows.operatorID.hash)
            writer.append(count: rows.subtask)
            rows.channel.encode(into: &writer)
        }
        writer.append(alignmentNanoseconds)
        writer.append(asynchronousNanoseconds)
        writer.append(UInt8(isUnaligned ? 1 : 0))
        return writer.bytes
    }

    /// Decodes what `encoded` made; `name` is what errors call the bytes.
    ///
    /// Whatever the bytes, this reads or throws; memory stays within a few times their size.
    /// - Throws: `corruptSnapshot` with the offset.
    public init(decoding bytes: [UInt8], name: String) throws(WeirError) {
        var reader = ByteReader(bytes, name: name)
        let parts = try reader.nextList(smallest: 16) { (reader) throws(WeirError) in
            Part(
                operatorID: OperatorID(hash: try reader.next(UInt64.self)),
                states: try reader.nextList(smallest: 14) { (reader) throws(WeirError) in
                    try StateSchema(from: &reader)
                },
                subtask: try SubtaskSnapshot(from: &reader)
            )
        }
        let inFlight = try reader.nextList(smallest: 19) { (reader) throws(WeirError) in
            InFlight(
                operatorID: OperatorID(hash: try reader.next(UInt64.self)),
                subtask: try reader.nextCount(limit: 1 << 16),
                channel: try ChannelHandle(from: &reader)
            )
        }
        self.init(
            parts: parts,
            inFlight: inFlight,
            alignmentNanoseconds: try reader.next(Int64.self),
            asynchronousNanoseconds: try reader.next(Int64.self),
            isUnaligned: try reader.nextFlag()
        )
        guard reader.remaining == 0 else { throw reader.corrupt("There are bytes after the end.") }
    }
}
