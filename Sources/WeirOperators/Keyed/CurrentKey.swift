import WeirCore
import WeirData
import WeirState

/// The key that a keyed operator is at, as its state handles see it.
///
/// It lies in raw memory behind a constant pointer: stored properties of a class that inlined code
/// of another module reads would pay an exclusivity check each.
public final class CurrentKey {
    /// What is known of the key.
    @frozen
    @usableFromInline
    struct Cell {
        @usableFromInline var start: UnsafeRawPointer
        @usableFromInline var count: Int
        @usableFromInline var hash: UInt64
        @usableFromInline var keyGroup: UInt16
        @usableFromInline var watermark: Int64
        @usableFromInline var processingTime: Int64
    }

    // SAFETY: allocated in `init`, freed in `deinit`; the key's bytes belong to the operator, which
    // keeps them for as long as the key is current. Used by the owner's thread only.
    @usableFromInline let cell: UnsafeMutablePointer<Cell>
    /// How the operator's keys lie.
    public let layout: KeyLayout
    @usableFromInline let maxParallelism: Int
    /// The first failure of a state access since the last look.
    private(set) var failure: WeirError?
    private let none: UnsafeMutableRawPointer

    /// No key yet.
    init(_ layout: KeyLayout, maxParallelism: Int) {
        self.layout = layout
        self.maxParallelism = maxParallelism
        none = .allocate(byteCount: 16, alignment: 16)
        none.initializeMemory(as: UInt8.self, repeating: 0, count: 16)
        cell = .allocate(capacity: 1)
        cell.initialize(
            to: Cell(
                start: none,
                count: layout.size ?? 0,
                hash: 0,
                keyGroup: 0,
                watermark: .min,
                processingTime: .min
            )
        )
    }

    deinit {
        cell.deallocate()
        none.deallocate()
    }

    /// Moves to a key.
    @inlinable
    public func set(_ bytes: UnsafeRawBufferPointer, hash: UInt64) {
        cell.pointee.start = bytes.baseAddress ?? UnsafeRawPointer(cell)
        cell.pointee.count = bytes.count
        cell.pointee.hash = hash
        cell.pointee.keyGroup = KeyGroup(hash: hash, maxParallelism: maxParallelism).number
    }

    /// Moves the clocks.
    func setTimes(watermark: Int64, processingTime: Int64) {
        cell.pointee.watermark = watermark
        cell.pointee.processingTime = processingTime
    }

    /// The canonical bytes.
    @inlinable
    public var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: cell.pointee.start, count: cell.pointee.count)
    }

    /// The hash of the bytes.
    @inlinable
    public var hash: UInt64 { cell.pointee.hash }

    /// The key's group.
    @inlinable
    public var keyGroup: UInt16 { cell.pointee.keyGroup }

    /// The operator's watermark.
    @inlinable
    public var watermark: Int64 { cell.pointee.watermark }

    /// The wall clock in milliseconds, as of the batch at hand.
    @inlinable
    public var processingTime: Int64 { cell.pointee.processingTime }

    /// Notes a failure; the operator throws it after the row at hand.
    public func fail(_ error: WeirError) {
        if failure == nil { failure = error }
    }

    /// Throws what was noted.
    @inline(__always)
    func check() throws(WeirError) {
        if let failure { throw failure }
    }
}

@available(*, unavailable)
extension CurrentKey: Sendable {}
