import WeirCore
import WeirSnapshot

/// What a backend needs of a table of the tier, whatever its kind.
///
/// Called a few times a step or once per entry that comes from disk, never per record; the owner's
/// thread only. A *tag* is a number from 0 to 7 that an entry carries since it was last serialised;
/// entries of an unfolded tag can be read in memory only and stay there.
protocol StateTable: AnyObject {
    /// Entries and tombstones that the checkpoint at hand still has to serialise.
    var frozenCount: Int { get }
    /// Entries and tombstones that changed since the last barrier.
    var dirtyCount: Int { get }
    /// Entries and pages that walks have looked at.
    var visitedCount: Int { get }
    /// Whether every key group is resident, so that nothing has to be read below.
    var isResident: Bool { get }
    /// The barrier: what is dirty now belongs to `builder`, under a tag, which is unfolded then; O(1).
    func beginEpoch(tag: UInt8, into builder: SegmentBuilder)
    /// Serialises frozen entries until none is left or `isOver`; returns whether none is left.
    func serialiseFrozen(until isOver: () -> Bool) -> Bool
    /// From now on entries of a tag can be read in memory only.
    func markUnfolded(tag: UInt8)
    /// From now on entries of a tag can be read below as well.
    func markFolded(tag: UInt8)
    /// From now on tombstones of a tag may be forgotten, although its entries are not below.
    func markSettled(tag: UInt8)
    /// Whether key and value (nil: removed) have the lengths of the state's.
    func fits(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) -> Bool
    /// Takes in an entry that can be read below, unless the table knows the key.
    func insertClean(keyGroup: UInt16, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)
    /// Takes in an entry of an unfolded segment (nil: removed), unless the table knows the key.
    func insertUnfolded(
        keyGroup: UInt16,
        key: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer?,
        tag: UInt8
    )
    /// Whether reads look for what is missing in segments that are not loaded yet.
    var readsPending: Bool { get }
    /// Says whether the table holds all keys of a group that exist.
    func setResident(keyGroup: UInt16, _ isResident: Bool)
    /// Drops clean and folded entries that were not used lately, until about so many bytes are
    /// free or `isOver`; returns how many are.
    func evict(bytes: Int, until isOver: () -> Bool) -> Int
    /// Removes entries whose values begin with an expiry at or before `now`, in a slice of bounded
    /// length; returns how many went and whether the table's end was reached.
    func removeExpired(now: Int64, from place: inout ExpirySweep.Place) -> (Int, isAtEnd: Bool)
    /// More entries can be read below: the search for tombstones that nobody needs may begin.
    func beginSweep()
    /// Drops such tombstones until none is left or `isOver`; returns whether none is left.
    func dropTombstones(until isOver: () -> Bool) -> Bool
    /// Forgets everything, dirty or not; afterwards all key groups are resident, or none is.
    func removeAll(areResident: Bool)
}

extension StateTable {
    /// Says the same of several groups.
    func setResident(_ range: KeyGroupRange, _ isResident: Bool) {
        for group in range.lower..<range.upper {
            setResident(keyGroup: UInt16(group), isResident)
        }
    }
}
