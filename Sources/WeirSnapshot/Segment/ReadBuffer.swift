/// Raw memory that grows on demand, forgets its content when it does, and is freed with its owner.
struct ReadBuffer: ~Copyable {
    // SAFETY: only this value frees the memory, and it cannot be copied.
    private var memory: UnsafeMutableRawBufferPointer?

    init() {}

    deinit { memory?.deallocate() }

    /// Exactly `count` bytes of it; what was handed out before is no longer valid.
    mutating func resized(to count: Int) -> UnsafeMutableRawBufferPointer {
        if let memory, memory.count >= count {
            return UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
        }
        memory?.deallocate()
        let fresh = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
        memory = fresh
        return fresh
    }
}
