import Synchronization
import WeirCore
import WeirData

/// A closed file of a sink that waits for its checkpoint to complete.
package struct PendingPart: Hashable, Sendable {
    /// The checkpoint.
    let epoch: UInt64
    /// The name before the commit.
    let hiddenName: String
    /// The name after it.
    let name: String
    /// Bytes in the file.
    let size: Int

    package init(epoch: UInt64, hiddenName: String, name: String, size: Int) {
        self.epoch = epoch
        self.hiddenName = hiddenName
        self.name = name
        self.size = size
    }

    /// The subtask that wrote it.
    package var subtask: Int { PartName.parse(committed: name)?.subtask ?? 0 }

    /// The newest epoch of each subtask among some files.
    static func epochs(of parts: [PendingPart]) -> [Int: UInt64] {
        parts.reduce(into: [:]) { $0[$1.subtask] = max($0[$1.subtask] ?? 0, $1.epoch) }
    }

    /// The entry of a snapshot, version 1.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.append(byte: 1)
        writer.append(integer: epoch)
        writer.append(string: hiddenName)
        writer.append(string: name)
        writer.append(count: size)
        return writer.array
    }

    /// Reads what `encoded` wrote.
    package init(encoded bytes: [UInt8]) throws(WeirError) {
        self = try bytes.withReader { reader throws(WeirError) in
            let version = try reader.readByte()
            guard version == 1 else { throw reader.corrupt("pending part version \(version)") }
            let epoch = try reader.readInteger(as: UInt64.self)
            let hiddenName = try reader.readString()
            let name = try reader.readString()
            let size = try reader.readVarint()
            try reader.finish()
            guard let size = Int(exactly: size) else {
                throw reader.corrupt("the size of a pending part")
            }
            guard PartName.parse(hidden: hiddenName) != nil,
                PartName.parse(committed: name)?.epoch == epoch
            else { throw reader.corrupt("the name of a pending part") }
            return PendingPart(
                epoch: epoch,
                hiddenName: hiddenName,
                name: name,
                size: size
            )
        }
    }

    /// Gives the file its final name.
    ///
    /// Doing it again changes nothing. If it `wasCommitted` before, it belongs to its readers, who may
    /// have taken it away.
    ///
    /// - Throws: `outputMissing` if the file is under neither name, or not whole: output is lost.
    func commit(
        in directory: String,
        _ files: any FileSystem,
        wasCommitted: Bool = false
    ) throws(WeirError) {
        let target = directory + "/" + name
        let source = directory + "/" + hiddenName
        if let status = try files.status(source) {
            guard status.size == size else { throw lost(directory, "\(hiddenName) is not whole") }
            return try files.rename(source, target)
        }
        if wasCommitted { return }
        guard let status = try files.status(target) else {
            throw lost(directory, "it is neither there nor under its hidden name \(hiddenName)")
        }
        guard status.size == size else { throw lost(directory, "it is not whole") }
    }

    private func lost(_ directory: String, _ reason: String) -> WeirError {
        WeirError(
            .outputMissing,
            "The output file \(name) of checkpoint \(epoch) is missing or not whole.",
            position: directory,
            reason: reason,
            fix: "Put the file back, restore from an older checkpoint, or run the job anew."
        )
    }
}

/// A closed file that must reach the disk before its checkpoint counts.
///
/// Asked by the I/O threads of this checkpoint and, should it be aborted, of the next.
final class UnsyncedFile: Sendable {
    private let file: Mutex<OpenedFile?>

    init(_ file: any OpenFile) { self.file = Mutex(OpenedFile(file)) }

    /// Waits for the disk and closes the file, once.
    func synchronize() throws(WeirError) {
        try file.withLock { held throws(WeirError) in
            try held?.file.synchronize()
            // Closed with its last reference.
            held = nil
        }
    }
}
