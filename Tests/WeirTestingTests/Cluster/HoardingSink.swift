import Weir
import WeirOperators

/// Keeps far too much in its first checkpoint, and nothing in later ones.
final class HoardingSink: Operator {
    private let bytes: Int
    private var snapshots = 0

    init(bytes: Int) { self.bytes = bytes }

    override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome { .consumed }

    override func snapshot(_ snapshot: StateSnapshotContext) throws(WeirError) {
        snapshots += 1
        let hoard = [UInt8](repeating: 7, count: snapshots == 1 ? bytes : 1)
        snapshot.add(OperatorStateEntry("hoard", .union, [hoard]))
    }
}
