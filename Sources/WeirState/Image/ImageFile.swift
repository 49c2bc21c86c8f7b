import WeirCore

/// A file of a captured image.
public struct ImageFile: Sendable, Equatable, Codable {
    /// Its name inside the image's directory.
    public let name: String
    /// Where it lies now.
    public let path: String
    /// Its bytes.
    public let size: Int
    /// The CRC32C of its bytes.
    public let checksum: UInt32
    /// Whether later captures of the same image may contain the very same file.
    public let isShared: Bool
    /// The name under which it was stored before; nil if it has not been stored.
    public let storedName: String?

    /// Wraps the facts.
    public init(
        name: String,
        path: String,
        size: Int,
        checksum: UInt32,
        isShared: Bool,
        storedName: String?
    ) {
        self.name = name
        self.path = path
        self.size = size
        self.checksum = checksum
        self.isShared = isShared
        self.storedName = storedName
    }

    /// The name with checksum and size in it, such as `9a3f…-4096-000012.sst`.
    ///
    /// It is the same for the same content, so that storing twice is harmless.
    public var contentName: String {
        let digits = String(checksum, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits + "-\(size)-\(name)"
    }
}

/// The files of one captured image, and the key groups that count in it.
public struct CapturedImage: Sendable, Equatable, Codable {
    /// The key groups that the image was responsible for; entries of others are left-overs.
    public let range: KeyGroupRange
    /// Its files.
    public let files: [ImageFile]

    /// Wraps the two.
    public init(range: KeyGroupRange, files: [ImageFile]) {
        self.range = range
        self.files = files
    }

    /// Bytes of all its files.
    public var byteCount: Int { files.reduce(0) { $0 + $1.size } }
}

/// Opens images: RocksDB's in production, a model's in the simulator.
public protocol ImageFactory: Sendable {
    /// Opens an image in a directory, which is emptied before.
    ///
    /// - Parameters:
    ///   - directory: Scratch, on the disk of the captured files if they are to be linked.
    ///   - parts: What was captured; none for an empty image. Their ranges must not overlap.
    ///   - range: The key groups of the new image; entries of others are dropped.
    ///   - timeToLive: What compaction may drop.
    /// - Returns: The image.
    /// - Throws: `corruptSnapshot` or `missingSnapshotFile` with the file's name; `imageFailed`.
    func open(
        directory: String,
        parts: [CapturedImage],
        range: KeyGroupRange,
        timeToLive: ImageTimeToLive
    ) throws(WeirError) -> any ImageStore
}
