import WeirCore
import WeirData
import WeirOperators
import WeirSnapshot

/// Non-keyed state as blobs of the manifest.
///
/// The blob's name is the redistribution and the state's name (`split/files`); its bytes are the
/// elements, each with its length as a varint in front.
enum StateEntryCodec {
    /// The blob that holds an operator's watermark.
    static let watermarkName = "watermark"

    static func encode(_ entry: OperatorStateEntry) -> StateBlob {
        var writer = ByteWriter()
        for element in entry.elements {
            writer.append(varint: UInt64(element.count))
            element.withUnsafeBytes { writer.append($0) }
        }
        return StateBlob(name: "\(entry.redistribution)/\(entry.name)", bytes: writer.array)
    }

    static func encode(watermark: Int64) -> StateBlob {
        var writer = ByteWriter()
        writer.append(integer: watermark)
        return StateBlob(name: watermarkName, bytes: writer.array)
    }

    static func decodeWatermark(_ bytes: [UInt8]) throws(WeirError) -> Int64 {
        try bytes.withReader { reader throws(WeirError) in
            try reader.readInteger(as: Int64.self)
        }
    }

    /// The entry of a blob, or nil for blobs that are not operator state.
    static func decode(_ blob: StateBlob) throws(WeirError) -> OperatorStateEntry? {
        guard let slash = blob.name.firstIndex(of: "/") else { return nil }
        let redistribution: StateRedistribution
        switch blob.name[..<slash] {
        case "split": redistribution = .split
        case "union": redistribution = .union
        case "broadcast": redistribution = .broadcast
        default:
            throw WeirError(
                .corruptSnapshot,
                "A snapshot holds state of the unknown kind \(blob.name)."
            )
        }
        let elements = try blob.bytes.withReader {
            reader throws(WeirError) -> [[UInt8]] in
            var elements: [[UInt8]] = []
            while !reader.isAtEnd {
                let count = Int(clamping: try reader.readVarint())
                elements.append([UInt8](try reader.readBytes(count)))
            }
            return elements
        }
        return OperatorStateEntry(
            String(blob.name[blob.name.index(after: slash)...]),
            redistribution,
            elements
        )
    }
}
