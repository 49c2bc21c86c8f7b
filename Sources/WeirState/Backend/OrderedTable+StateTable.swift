import WeirCore
import WeirSnapshot

extension OrderedTable: StateTable {
    var isResident: Bool {
        for group in 0..<keyGroups.count where !groups[group].isResident { return false }
        return true
    }

    func freeze(tag: UInt8, into builder: SegmentBuilder) {
        // Several epochs may share a tag while the folding is behind.
        markFolded(tag: tag)
        beginEpoch(tag: tag, into: builder)
    }

    func serialiseFrozen(until isOver: () -> Bool) -> Bool {
        serialiseFrozen(mostPages: .max, until: isOver)
    }

    func markUnfolded(tag: UInt8) { unfolded |= 1 << tag }

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

    func setResident(keyGroup: UInt16, _ isResident: Bool) {
        setResident(KeyGroup(keyGroup), isResident)
    }
}
