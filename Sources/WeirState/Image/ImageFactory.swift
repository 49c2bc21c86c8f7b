import WeirCore

/// Opens images: RocksDB's in production, a model's in the simulator.
public protocol ImageFactory: Sendable {
    /// The same factory, whose images give up folds and captures once nobody wants them.
    func cancellable(by cancellation: Cancellation) -> any ImageFactory

    /// Opens an image in a directory, which is emptied before.
    ///
    /// - Parameters:
    ///   - directory: Scratch, on the disk of the captured files if they are to be linked.
    ///   - parts: What was captured; none for an empty image. Their ranges must not overlap.
    ///   - range: The key groups of the new image; entries of others are dropped.
    ///   - timeToLive: What compaction may drop.
    ///   - verifies: Whether the files' bytes are compared with their checksums.
    /// - Returns: The image.
    /// - Throws: `corruptSnapshot` or `missingSnapshotFile` with the file's name; `imageFailed`,
    ///   `cancelled`.
    func open(
        directory: String,
        parts: [CapturedImage],
        range: KeyGroupRange,
        timeToLive: ImageTimeToLive,
        verifies: Bool
    ) throws(WeirError) -> any ImageStore
}

extension ImageFactory {
    /// Folds of a factory that does not say otherwise are short: nothing looks at the cancellation.
    public func cancellable(by cancellation: Cancellation) -> any ImageFactory { self }
}
