import WeirCore
import WeirData

/// Collects the rows that a barrier overtakes, by the operator and subtask that they are for.
///
/// Rows are encoded at once: the batches themselves go on being processed.
struct InFlightRecorder {
    /// Where recorded rows belong.
    struct Address: Hashable {
        /// The operator that they are for.
        let operatorID: OperatorID
        /// Which of its subtasks.
        let subtask: Int
        /// Which of its inputs.
        let input: Int
        /// In what order records of one address follow: 0 from the operator's own inbox, then
        /// its channels, then what its senders held back.
        let order: Int
    }

    /// Encoded batches of one address, one behind the other.
    struct Record: Sendable {
        let operatorID: OperatorID
        let subtask: Int
        let input: Int
        let order: Int
        let bytes: [UInt8]
    }

    /// The first `order` of what a sender held back.
    static let firstSenderOrder = 1 << 20

    private var bytes: [Address: [UInt8]] = [:]

    /// Records a batch; an empty one leaves no trace.
    mutating func record(_ batch: Batch, _ address: Address) {
        guard !batch.isEmpty else { return }
        var writer = ByteWriter(capacity: 4096)
        BatchCodec.encode(batch, into: &writer)
        bytes[address, default: []].append(contentsOf: writer.bytes)
    }

    /// All records, in a fixed order.
    var records: [Record] {
        bytes.sorted { InFlightRecorder.precedes($0.key, $1.key) }.map { address, bytes in
            Record(
                operatorID: address.operatorID,
                subtask: address.subtask,
                input: address.input,
                order: address.order,
                bytes: bytes
            )
        }
    }

    private static func precedes(_ a: Address, _ b: Address) -> Bool {
        (a.operatorID, a.subtask, a.input, a.order) < (b.operatorID, b.subtask, b.input, b.order)
    }
}
