import WeirCore
import WeirSnapshot

extension OrderedTable: StateTable {
    func serialiseFrozen(until isOver: () -> Bool) -> Bool {
        serialiseFrozen(mostPages: .max, until: isOver)
    }

    func fits(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) -> Bool { true }

    func insertClean(
        keyGroup: UInt16,
        key: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer
    ) {
        insertClean(KeyGroup(keyGroup), key, value)
    }

    func insertUnfolded(
        keyGroup: UInt16,
        key: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer?,
        tag: UInt8
    ) {
        insertClean(KeyGroup(keyGroup), key, value, checkpoint: tag)
    }

    var readsPending: Bool { false }

    func setResident(keyGroup: UInt16, _ isResident: Bool) {
        setResident(KeyGroup(keyGroup), isResident)
    }
}
