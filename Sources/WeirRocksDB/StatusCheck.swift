import CRocksDB
import WeirCore

/// The place where RocksDB's error texts become errors.
enum StatusCheck {
    /// Calls a function that reports its failure as an allocated C string.
    ///
    /// - Throws: `imageFailed`, or `diskFull` if the text says that no space was left. A text that
    ///   speaks of corruption makes the error's kind `corruption`.
    static func run<Value>(
        _ action: String,
        // SAFETY: the C function sets the text or leaves it nil; a text is copied and freed once.
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Value
    ) throws(WeirError) -> Value {
        var text: UnsafeMutablePointer<CChar>?
        let value = body(&text)
        guard let text else { return value }
        throw error(action, taking: text)
    }

    /// The error for a text that RocksDB allocated; frees the text.
    static func error(_ action: String, taking text: UnsafeMutablePointer<CChar>) -> WeirError {
        let reason = String(cString: text)
        rocksdb_free(text)
        if reason.contains("No space left") {
            return WeirError(
                .diskFull,
                "RocksDB could not \(action): the disk is full.",
                reason: reason,
                fix: "Free space on the disk that holds the data directory."
            )
        }
        if reason.contains("Too many open files") {
            return WeirError(
                .imageFailed,
                "RocksDB could not \(action): the limit of open files is reached.",
                reason: reason,
                fix:
                    "Raise the hard limit of open files for this process: `ulimit -Hn 65536` in the "
                    + "shell that starts it, or LimitNOFILE= of its service."
            )
        }
        let isCorrupt = reason.hasPrefix("Corruption")
        return WeirError(
            .imageFailed,
            "RocksDB could not \(action).",
            reason: reason,
            fix: isCorrupt
                ? "The store is rebuilt from a checkpoint; check the disk." : "Check the disk.",
            kind: isCorrupt ? .corruption : nil
        )
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes as RocksDB's C functions want them; they are only read.
    var characters: UnsafePointer<CChar>? { baseAddress?.assumingMemoryBound(to: CChar.self) }
}
