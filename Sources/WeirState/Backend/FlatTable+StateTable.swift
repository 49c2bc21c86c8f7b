import CWeirIntrinsics
import WeirCore
import WeirSnapshot

extension FlatTable: StateTable {
    func serialiseFrozen(until isOver: () -> Bool) -> Bool {
        serialiseFrozen(mostBuckets: .max, until: isOver)
    }

    func fits(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) -> Bool {
        (keyKind == .bytes || key.count == keyKind.rawValue)
            && (valueKind == .bytes || value?.count ?? valueKind.width == valueKind.width)
    }

    func insertClean(
        keyGroup: UInt16,
        key: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer
    ) {
        insertClean(key: key, value: value)
    }

    func insertUnfolded(
        keyGroup: UInt16,
        key: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer?,
        tag: UInt8
    ) {
        insertClean(key: key, value: value, checkpoint: tag)
    }

    func setResident(keyGroup: UInt16, _ isResident: Bool) {
        setResident(KeyGroup(keyGroup), isResident)
    }

    var visitedCount: Int { 0 }

    var readsPending: Bool { true }

    // Growth and eviction drop the tombstones of a hash table.
    func beginSweep() {}

    func dropTombstones(until isOver: () -> Bool) -> Bool { true }
}
