/// Owns the memory of one column of a batch; shared by batches that show the same values.
public final class ColumnBuffer {
    /// What the column holds.
    public let descriptor: ColumnDescriptor
    /// Rows that fit.
    public let capacity: Int
    /// Where the values lie.
    public let reference: ColumnReference

    /// Memory for `capacity` rows, all of them present and zero.
    public init(_ descriptor: ColumnDescriptor, capacity: Int) {
        self.descriptor = descriptor
        self.capacity = capacity
        let physical = descriptor.type.physical
        let bytes = (capacity * physical.width + 127) & ~63
        // SAFETY: the memory lasts as long as this object, and holds `capacity` rows rounded up to
        // whole cache lines.
        let values = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
        var validity: UnsafeMutablePointer<UInt64>?
        if descriptor.isNullable {
            let words = (capacity + 63) / 64
            let bits = UnsafeMutablePointer<UInt64>.allocate(capacity: words)
            bits.initialize(repeating: .max, count: words)
            validity = bits
        }
        var heap: UnsafeMutablePointer<ViewHeap>?
        if physical == .view {
            let made = UnsafeMutablePointer<ViewHeap>.allocate(capacity: 1)
            made.initialize(to: ViewHeap())
            heap = made
        }
        let parameter =
            switch descriptor.type {
            case .decimal(_, let scale): scale
            case .time(let precision), .timestamp(let precision, _): precision
            default: 0
            }
        reference = ColumnReference(
            values: values,
            validity: validity,
            heap: heap,
            parameter: parameter
        )
    }

    /// Bytes held, views' bytes included.
    public var byteCount: Int {
        capacity * descriptor.type.physical.width + (reference.heap?.pointee.totalBytes ?? 0)
    }

    /// Forgets all values; those to come are present.
    func reset() {
        reference.validity?.update(repeating: .max, count: (capacity + 63) / 64)
        reference.heap?.pointee.reset()
    }

    deinit {
        reference.values.deallocate()
        reference.validity?.deallocate()
        reference.heap?.pointee.free()
        reference.heap?.deallocate()
    }
}

@available(*, unavailable)
extension ColumnBuffer: Sendable {}
