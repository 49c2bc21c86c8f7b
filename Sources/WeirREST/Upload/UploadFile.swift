import Synchronization
import WeirCore

/// A file that is being uploaded: written, counted and hashed as its bytes come.
///
/// The disk is used by background threads, so that no request waits for another one's.
final class UploadFile: Sendable {
    private struct State {
        let file: any OpenFile
        let hash = ContentHash()
        var size = 0
    }

    /// Where it lies.
    let path: String
    private let world: any World
    private let limitBytes: Int
    private let state: Mutex<State>

    /// Makes an empty file in `directory`, which is made if missing.
    static func create(
        in directory: String,
        limitBytes: Int,
        world: any World
    ) async throws(WeirError) -> UploadFile {
        let path = "\(directory)/.upload-\(JobID(world.random))"
        return try await inBackground(world) { () throws(WeirError) in
            try world.files.makeDirectory(directory)
            return try UploadFile(path, limitBytes, world)
        }
    }

    private init(_ path: String, _ limitBytes: Int, _ world: any World) throws(WeirError) {
        self.path = path
        self.limitBytes = limitBytes
        self.world = world
        state = Mutex(State(file: try world.files.open(path, .createNew)))
    }

    /// Adds bytes.
    ///
    /// - Throws: `requestTooLarge` past the limit; what the file system throws.
    func write(_ bytes: [UInt8]) async throws(WeirError) {
        try await Self.inBackground(world) { [self] () throws(WeirError) in
            try state.withLock { state throws(WeirError) in
                state.size += bytes.count
                guard state.size <= limitBytes else {
                    throw WeirError(
                        .requestTooLarge,
                        "The artifact has more than the \(limitBytes) bytes that are allowed.",
                        fix: "raise the limit of artifacts in the configuration."
                    )
                }
                var failure: WeirError?
                bytes.withUnsafeBytes { buffer in
                    state.hash.update(buffer)
                    do throws(WeirError) { try state.file.write(buffer) } catch { failure = error }
                }
                if let failure { throw failure }
            }
        }
    }

    /// Waits for the disk and closes the file; returns its size and hash.
    func finish() async throws(WeirError) -> (sizeBytes: Int, sha256: String) {
        try await Self.inBackground(world) { [self] () throws(WeirError) in
            try state.withLock { state throws(WeirError) in
                try state.file.synchronize()
                state.file.close()
                return (state.size, state.hash.finish())
            }
        }
    }

    /// Closes the file and removes it.
    func discard() async {
        // What cannot be removed is a leftover that costs space; the upload's own error says more.
        try? await Self.inBackground(world) { [self] () throws(WeirError) in
            state.withLock { $0.file.close() }
            try world.files.remove(path)
        }
    }

    /// Runs work that may wait for the disk.
    private static func inBackground<Result: Sendable>(
        _ world: any World,
        _ work: @escaping @Sendable () throws(WeirError) -> Result
    ) async throws(WeirError) -> Result {
        let result = await withCheckedContinuation { continuation in
            world.threads.background {
                continuation.resume(
                    returning: Swift.Result { () throws(WeirError) in try work() }
                )
            }
        }
        return try result.get()
    }
}
