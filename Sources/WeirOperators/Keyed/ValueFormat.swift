/// What snapshots say of a state's values: how wide they are, and what they are, as text.
///
/// A state whose values have another format is refused at a restore.
enum ValueFormat {
    /// Values of `width` bytes, or of any number.
    static func bytes(width: Int?, _ format: String) -> [UInt8] {
        [UInt8(truncatingIfNeeded: width ?? 255)] + Array(format.utf8)
    }
}
