import WeirCore

extension WeirError {
    /// A snapshot's file whose bytes are not what was written.
    static func corrupt(_ file: String, at offset: Int, _ reason: String) -> WeirError {
        WeirError(
            .corruptSnapshot,
            "The snapshot file \(file) is corrupt at byte \(offset).",
            position: "\(file):\(offset)",
            reason: reason,
            fix: "Resume from an older snapshot, or restore the file from a copy."
        )
    }

    /// A snapshot's file of another format version.
    static func unknownVersion(_ file: String, _ version: Int, known: Int) -> WeirError {
        WeirError(
            .snapshotVersion,
            "\(file) has format version \(version), this Weir reads \(known).",
            position: file,
            fix: "Use the release of Weir that wrote it."
        )
    }
}
