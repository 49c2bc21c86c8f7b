import WeirCore
import WeirData
import WeirOperators
import WeirSnapshot

/// Non-keyed state as blobs of the manifest.
package enum StateEntryCodec {
    package static func encode(_ entry: OperatorStateEntry) -> StateBlob {
        StateBlob(
            name: entry.name,
            redistribution: entry.redistribution.rawValue,
            elements: entry.elements
        )
    }

    package static func encode(watermark: Int64) -> StateBlob {
        var writer = ByteWriter()
        writer.append(integer: watermark)
        return StateBlob(
            name: StateBlob.watermarkName,
            redistribution: StateRedistribution.union.rawValue,
            elements: [writer.array]
        )
    }

    package static func decodeWatermark(_ blob: StateBlob) throws(WeirError) -> Int64 {
        guard let bytes = blob.elements.first else { return EventTimes.minimum }
        return try bytes.withReader { reader throws(WeirError) in
            try reader.readInteger(as: Int64.self)
        }
    }

    package static func decode(_ blob: StateBlob) throws(WeirError) -> OperatorStateEntry {
        guard let redistribution = StateRedistribution(rawValue: blob.redistribution) else {
            throw WeirError(
                .corruptSnapshot,
                "The state \"\(blob.name)\" is of the unknown kind \(blob.redistribution)."
            )
        }
        return OperatorStateEntry(blob.name, redistribution, blob.elements)
    }
}
