import WeirCore

/// A file of a captured image.
public struct CapturedFile: Sendable, Equatable {
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
    /// Wraps the facts.
    public init(name: String, path: String, size: Int, checksum: UInt32, isShared: Bool) {
        self.name = name
        self.path = path
        self.size = size
        self.checksum = checksum
        self.isShared = isShared
    }
}

/// The files of one captured image, and the key groups that count in it.
public struct CapturedImage: Sendable, Equatable {
    /// The key groups that the image was responsible for; entries of others are left-overs.
    public let range: KeyGroupRange
    /// Its files.
    public let files: [CapturedFile]

    /// Wraps the two.
    public init(range: KeyGroupRange, files: [CapturedFile]) {
        self.range = range
        self.files = files
    }

    /// Bytes of all its files.
    public var byteCount: Int { files.reduce(0) { $0 + $1.size } }
}
