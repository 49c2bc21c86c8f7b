/// Where a column's values lie: what a kernel needs to read or write them, without ownership.
///
/// Valid while the batch that it came from is alive.
@frozen
public struct ColumnReference {
    // SAFETY: borrowed from a `ColumnBuffer`, which outlives every use: kernels get references from
    // a batch that they hold.
    /// The first value; 64-byte aligned.
    public var values: UnsafeMutableRawPointer
    /// One bit a row, 1 = present; nil if all rows are present.
    public var validity: UnsafeMutablePointer<UInt64>?
    /// The bytes behind views; nil for fixed-width columns.
    public var heap: UnsafeMutablePointer<ViewHeap>?
    /// The scale of a DECIMAL, the precision of a TIME or TIMESTAMP, else 0.
    public var parameter: Int

    /// Wraps the pointers.
    @inlinable
    public init(
        values: UnsafeMutableRawPointer,
        validity: UnsafeMutablePointer<UInt64>?,
        heap: UnsafeMutablePointer<ViewHeap>?,
        parameter: Int
    ) {
        self.values = values
        self.validity = validity
        self.heap = heap
        self.parameter = parameter
    }

    /// Whether row `row` has a value.
    @inlinable
    public func isPresent(_ row: Int) -> Bool {
        guard let validity else { return true }
        return validity[row &>> 6] & (1 &<< UInt64(row & 63)) != 0
    }

    /// Marks a row as present or missing.
    ///
    /// The column must have a validity bitmap.
    @inlinable
    public func setPresent(_ row: Int, _ isPresent: Bool) {
        guard let validity else {
            precondition(isPresent, "NULL stored in row \(row) of a column that is NOT NULL")
            return
        }
        let bit: UInt64 = 1 &<< UInt64(row & 63)
        if isPresent { validity[row &>> 6] |= bit } else { validity[row &>> 6] &= ~bit }
    }

    /// The fixed-width value of a row.
    @inlinable
    public func load<T: BitwiseCopyable>(_ row: Int, as type: T.Type) -> T {
        values.assumingMemoryBound(to: T.self)[row]
    }

    /// Sets the fixed-width value of a row.
    @inlinable
    public func store<T: BitwiseCopyable>(_ value: T, _ row: Int) {
        values.assumingMemoryBound(to: T.self)[row] = value
    }

    /// The bytes of a view column's row; valid while the batch is alive.
    @inlinable
    public func bytes(_ row: Int) -> UnsafeRawBufferPointer {
        let slot = values.advanced(by: row &* 16)
        let length = Int(slot.load(as: UInt32.self))
        if length <= ViewSlot.inlineLimit {
            return UnsafeRawBufferPointer(start: slot.advanced(by: 4), count: length)
        }
        let buffer = Int(slot.load(fromByteOffset: 8, as: UInt32.self))
        let offset = Int(slot.load(fromByteOffset: 12, as: UInt32.self))
        let base = heap.unsafelyUnwrapped.pointee.buffers.unsafelyUnwrapped[buffer]
        return UnsafeRawBufferPointer(start: base.advanced(by: offset), count: length)
    }

    /// Sets a view column's row to a copy of `bytes`.
    @inlinable
    public func storeBytes(_ bytes: UnsafeRawBufferPointer, _ row: Int) {
        let slot = values.advanced(by: row &* 16)
        let length = bytes.count
        if length <= ViewSlot.inlineLimit {
            slot.storeBytes(of: 0, as: UInt64.self)
            slot.storeBytes(of: 0, toByteOffset: 8, as: UInt64.self)
            slot.storeBytes(of: UInt32(truncatingIfNeeded: length), as: UInt32.self)
            if let source = bytes.baseAddress {
                slot.advanced(by: 4).copyMemory(from: source, byteCount: length)
            }
            return
        }
        let target = reserveBytes(length, row)
        target.copyMemory(from: bytes.baseAddress.unsafelyUnwrapped, byteCount: length)
        slot.advanced(by: 4).copyMemory(from: target, byteCount: 4)
    }

    /// Makes a view of `length` bytes, more than 12, that the caller fills; the first four bytes
    /// of the view (its prefix) are the caller's to set too (`fixPrefix`).
    @inlinable
    public func reserveBytes(_ length: Int, _ row: Int) -> UnsafeMutableRawPointer {
        let heap = self.heap.unsafelyUnwrapped
        let (buffer, offset) = heap.pointee.reserve(length)
        let slot = values.advanced(by: row &* 16)
        slot.storeBytes(of: UInt32(truncatingIfNeeded: length), as: UInt32.self)
        slot.storeBytes(
            of: UInt32(truncatingIfNeeded: buffer),
            toByteOffset: 8,
            as: UInt32.self
        )
        slot.storeBytes(
            of: UInt32(truncatingIfNeeded: offset),
            toByteOffset: 12,
            as: UInt32.self
        )
        return heap.pointee.buffers.unsafelyUnwrapped[buffer].advanced(by: offset)
    }

    /// Copies the prefix of a long view from its bytes, after `reserveBytes` was filled.
    @inlinable
    public func fixPrefix(_ row: Int) {
        let slot = values.advanced(by: row &* 16)
        slot.advanced(by: 4).copyMemory(
            from: bytes(row).baseAddress.unsafelyUnwrapped,
            byteCount: 4
        )
    }
}
