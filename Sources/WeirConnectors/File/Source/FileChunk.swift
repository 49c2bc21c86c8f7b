import Synchronization
import WeirCore

/// A stretch of a file in memory, with room in front for the rest of the stretch before it and
/// padding behind for the decoders.
final class FileChunk: @unchecked Sendable {
    // SAFETY: one thread at a time has it: the I/O thread fills it, then the completion hands it to
    // the executor, which alone uses it from then on.
    let memory: UnsafeMutableRawBufferPointer
    /// Room in front of what is read.
    let headroom: Int
    /// Bytes that may be read behind it.
    let capacity: Int
    /// Bytes read behind the headroom.
    var filled = 0
    /// Whether the file ends behind them.
    var isAtEnd = false

    init(headroom: Int, capacity: Int) {
        self.headroom = headroom
        self.capacity = capacity
        memory = .allocate(
            byteCount: headroom + capacity + RecordDecoder.padding + 1,
            alignment: 64
        )
    }

    deinit { memory.deallocate() }

    /// Forgets what was read.
    func reset() {
        filled = 0
        isAtEnd = false
    }

    /// Reads `count` bytes at `offset` of a file.
    func read(_ file: OpenedFile, at offset: Int, count: Int) throws(WeirError) {
        while filled < count {
            let target = UnsafeMutableRawBufferPointer(
                rebasing: memory[(headroom + filled)..<(headroom + count)]
            )
            let read = try file.file.read(at: offset + filled, into: target)
            if read == 0 {
                isAtEnd = true
                return
            }
            filled += read
        }
    }
}

/// The next stretch that an I/O thread reads; one object for all stretches of a split.
final class FileRead: @unchecked Sendable {
    // SAFETY: the executor sets it while no read is under way, and the I/O thread has it until the
    // completion comes back.
    private var file: OpenedFile?
    private var chunk: FileChunk?
    private var offset = 0
    private var count = 0

    /// Says what to read.
    func prepare(_ file: OpenedFile, _ chunk: FileChunk, at offset: Int, count: Int) {
        self.file = file
        self.chunk = chunk
        self.offset = offset
        self.count = count
    }

    /// Reads; runs on the I/O thread.
    func run() throws(WeirError) {
        guard let file, let chunk else { return }
        try chunk.read(file, at: offset, count: count)
    }

    /// What was read.
    func take() -> FileChunk? {
        defer { chunk = nil }
        return chunk
    }
}

/// An open file on its way between threads.
final class OpenedFile: @unchecked Sendable {
    // SAFETY: at most one read is under way at a time, and it is closed when none is.
    let file: any OpenFile

    init(_ file: any OpenFile) { self.file = file }

    deinit { file.close() }
}

/// Carries a result from a background thread to the executor.
final class Handover<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)

    func put(_ result: Value) { value.withLock { $0 = result } }

    func take() -> Value? { value.withLock { $0.take() } }
}
