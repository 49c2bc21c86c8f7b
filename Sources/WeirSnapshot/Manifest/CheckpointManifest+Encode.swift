import WeirCore

/// The bytes of a manifest, format version 1.
///
/// ```
/// file = "WEIRMAN\n" | version u16 | 0 u16 | body length u64
///      | crc u32 of the 20 bytes before and the body | body
/// ```
/// The body holds the fields in the order of their declaration: fixed-width integers little endian,
/// counts and lengths as varints, texts and byte blocks with their length before them, lists with
/// their count before them. The golden files in Tests/Fixtures/v1 are to be read for ever.
extension CheckpointManifest {
    /// The format version that is written.
    public static let formatVersion: UInt16 = 1
    static let magic: UInt64 = 0x0A4E_414D_5249_4557
    static let headerBytes = 24

    /// The file's bytes.
    public func encoded() -> [UInt8] {
        var body = ByteWriter()
        encodeBody(into: &body)
        var file = ByteWriter()
        file.append(Self.magic)
        file.append(Self.formatVersion)
        file.append(UInt16(0))
        file.append(UInt64(body.bytes.count))
        file.append(body.checksum(continuing: file.checksum(continuing: 0)))
        return file.bytes + body.bytes
    }

    private func encodeBody(into writer: inout ByteWriter) {
        writer.append(jobID)
        writer.append(jobName)
        writer.append(checkpoint.number)
        writer.append(attempt.number)
        writer.append(epoch)
        writer.append(purpose.rawValue)
        writer.append(UInt8(isUnaligned ? 1 : 0))
        writer.append(triggeredAt)
        writer.append(completedAt)
        writer.append(count: maxParallelism)
        writer.append(list: operators) { $0.encode(into: &$1) }
    }
}

extension OperatorSnapshot {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.append(id.hash)
        writer.append(name)
        writer.append(path)
        writer.append(count: parallelism)
        writer.append(list: states) { $0.encode(into: &$1) }
        writer.append(list: subtasks) { $0.encode(into: &$1) }
    }
}

extension StateSchema {
    func encode(into writer: inout ByteWriter) {
        writer.append(id)
        writer.append(name)
        writer.append(kind)
        writer.append(keySchemaID)
        writer.append(valueSchemaID)
        writer.append(block: keySchema)
        writer.append(block: valueSchema)
    }
}

extension SubtaskSnapshot {
    func encode(into writer: inout ByteWriter) {
        writer.append(count: index)
        writer.append(keyGroups)
        writer.append(UInt8(image == nil ? 0 : 1))
        if let image {
            writer.append(image.foldedThrough.number)
            writer.append(list: image.files) { file, writer in
                writer.append(file.localName)
                writer.append(file.file)
            }
        }
        writer.append(list: segments) { segment, writer in
            writer.append(segment.checkpoint.number)
            writer.append(count: segment.entryCount)
            writer.append(segment.file)
        }
        writer.append(list: blobs) { blob, writer in
            writer.append(blob.name)
            writer.append(blob.redistribution)
            writer.append(list: blob.elements) { $1.append(block: $0) }
        }
        writer.append(list: channels) { $0.encode(into: &$1) }
    }
}

extension ChannelHandle {
    func encode(into writer: inout ByteWriter) {
        writer.append(count: input)
        writer.append(count: channel)
        writer.append(file)
    }
}

extension ByteWriter {
    fileprivate mutating func append(_ range: KeyGroupRange) {
        append(count: range.lower)
        append(count: range.upper)
    }

    fileprivate mutating func append(_ file: FileHandle) {
        append(file.name)
        append(count: file.size)
        append(file.checksum)
        append(file.keyGroups)
    }
}
