import CWeirIntrinsics
import WeirCore
import WeirData

/// What stands before the payload of each frame, on every connection between Weir's processes.
///
/// ```
/// payload length u32 | kind u8 | zero u8 | zero u16 | stream u32 | epoch u64 | CRC32C u32
/// ```
/// All little endian. The checksum is of the bytes before it and the payload. `kind` and `stream` mean
/// what the protocol above says; `epoch` is the attempt of the job, or the epoch of the leader, for
/// which the frame was sent: a receiver that is in another one does not apply it.
struct FrameHeader: Equatable {
    static let byteCount = 24
    /// Bytes of the header that the checksum covers.
    static let checkedBytes = 20

    let payloadLength: Int
    let kind: UInt8
    let stream: UInt32
    let epoch: UInt64
    let checksum: UInt32

    /// Reads a header; nil if it is none: a byte that must be zero is not.
    init?(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count >= Self.byteCount, "a header of \(bytes.count) bytes")
        func load<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: T.Type) -> T {
            T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
        }
        guard bytes[5] == 0, load(6, as: UInt16.self) == 0 else { return nil }
        payloadLength = Int(load(0, as: UInt32.self))
        kind = bytes[4]
        stream = load(8, as: UInt32.self)
        epoch = load(12, as: UInt64.self)
        checksum = load(20, as: UInt32.self)
    }

    /// The checksum of a frame, given from its first byte to its last.
    static func checksum(ofFrame frame: UnsafeRawBufferPointer) -> UInt32 {
        // SAFETY: the caller gives at least a header; both stretches lie inside of it.
        let head = weir_crc32c(0, frame.baseAddress, checkedBytes)
        let payload = UnsafeRawBufferPointer(rebasing: frame[byteCount...])
        return weir_crc32c(head, payload.baseAddress, payload.count)
    }
}

extension ByteWriter {
    /// Appends a frame whose payload `body` writes behind its header.
    ///
    /// - Precondition: the payload has less than 4 GiB.
    public mutating func appendFrame(
        kind: UInt8,
        stream: UInt32,
        epoch: UInt64,
        _ body: (inout ByteWriter) -> Void
    ) {
        let start = count
        append(integer: UInt32(0))
        append(byte: kind)
        append(byte: 0)
        append(integer: UInt16(0))
        append(integer: stream)
        append(integer: epoch)
        append(integer: UInt32(0))
        body(&self)
        let length = UInt32(count - start - FrameHeader.byteCount)
        patch(length, at: start)
        let frame = UnsafeRawBufferPointer(rebasing: bytes[start...])
        patch(FrameHeader.checksum(ofFrame: frame), at: start + FrameHeader.checkedBytes)
    }
}
