import WeirCore

/// The bytes of a simulated file: as processes see them, and as the disk would keep them.
struct FileContent {
    private enum Change {
        case write(at: Int, [UInt8])
        case truncate(Int)
    }

    /// What reads return.
    private(set) var bytes: [UInt8] = []
    /// What has reached the disk for certain.
    private var durable: [UInt8] = []
    /// What has not yet, oldest first.
    private var pending: [Change] = []

    mutating func write(_ new: UnsafeRawBufferPointer, at offset: Int) {
        let change = Change.write(at: offset, Array(new))
        Self.apply(change, to: &bytes)
        pending.append(change)
    }

    mutating func truncate(to length: Int) {
        Self.apply(.truncate(length), to: &bytes)
        pending.append(.truncate(length))
    }

    mutating func synchronize() {
        for change in pending { Self.apply(change, to: &durable) }
        pending.removeAll()
    }

    /// What a failed `fsync` does on Linux: the pages count as clean, and never reach the disk.
    mutating func forgetPending() { pending.removeAll() }

    /// Turns one bit over, on the disk too.
    mutating func flipBit(_ bit: Int, at offset: Int) {
        if offset < bytes.count { bytes[offset] ^= 1 << UInt8(bit & 7) }
        if offset < durable.count { durable[offset] ^= 1 << UInt8(bit & 7) }
    }

    /// What a power cut leaves: nothing, all, a torn prefix, or any sectors of what was pending.
    mutating func crash(_ simulation: Simulation) {
        switch simulation.choose(below: 4) {
        case 0: break
        case 1: synchronize()
        case 2: keepPrefix(simulation)
        default: keepSectors(simulation)
        }
        bytes = durable
        pending.removeAll()
    }

    private mutating func keepPrefix(_ simulation: Simulation) {
        let kept = simulation.choose(below: pending.count + 1)
        for change in pending.prefix(kept) { Self.apply(change, to: &durable) }
        if kept < pending.count, case .write(let offset, let bytes) = pending[kept] {
            let length = simulation.choose(below: bytes.count + 1)
            Self.apply(.write(at: offset, Array(bytes.prefix(length))), to: &durable)
        }
    }

    private mutating func keepSectors(_ simulation: Simulation) {
        for change in pending {
            guard case .write(let offset, let bytes) = change else {
                if simulation.coin() { Self.apply(change, to: &durable) }
                continue
            }
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, Self.sectorEnd(offset + start) - offset)
                if simulation.coin() {
                    Self.apply(.write(at: offset + start, Array(bytes[start..<end])), to: &durable)
                }
                start = end
            }
        }
    }

    /// The unit that a disk writes whole or not at all.
    private static func sectorEnd(_ offset: Int) -> Int { (offset / 512 + 1) * 512 }

    private static func apply(_ change: Change, to bytes: inout [UInt8]) {
        switch change {
        case .truncate(let length):
            if length < bytes.count {
                bytes.removeLast(bytes.count - length)
            } else {
                bytes += [UInt8](repeating: 0, count: length - bytes.count)
            }
        case .write(let offset, let new):
            guard !new.isEmpty else { return }
            let missing = offset + new.count - bytes.count
            if missing > 0 { bytes += [UInt8](repeating: 0, count: missing) }
            bytes.replaceSubrange(offset..<offset + new.count, with: new)
        }
    }
}
