/// One direction of a connection: pieces of bytes, each with the moment at which it arrives.
final class Pipe {
    /// Bytes that may be under way or unread, as in a socket's buffer.
    static let capacityBytes = 65_536

    var pieces: [(arrivesAt: Int64, bytes: ArraySlice<UInt8>)] = []
    var queuedBytes = 0
    /// The writer has closed: when the reader sees it behind the last piece, and whether as an error.
    var end: (arrivesAt: Int64, isError: Bool)?
    /// The reader has closed: when the writer sees it.
    var refusedAt: Int64?
    /// The link broke: both sides see an error.
    var isReset = false
}
