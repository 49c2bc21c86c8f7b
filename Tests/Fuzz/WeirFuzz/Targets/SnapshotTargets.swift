import CWeirIntrinsics
import WeirCore
import WeirData
import WeirRuntime
import WeirSnapshot

/// What checkpoints consist of: manifests, tasks' parts, segments, names of files.
enum SnapshotTargets {
    static let all = [manifest, taskSnapshot, segment, checkpointName, stateEntry]

    // MARK: Manifests

    private static let manifest = Target(name: "manifest") { chance in
        let inputs = (0..<3).map { _ in chance.manifest().encoded() }
        return Sample(inputs, seal: sealManifest) { bytes throws(WeirError) in
            let manifest = try decode([UInt8](bytes))
            _ = manifest.byteCount
            let names = manifest.files.map(\.name)
            if let bad = names.first(where: { !StoreName.isValid($0) }) { return "the name \(bad)" }
            for snapshot in manifest.operators { _ = snapshot.holdsState }
            return roundTrip(manifest, encode: { $0.encoded() }, decode: decode)
        }
    }

    private static func decode(_ bytes: [UInt8]) throws(WeirError) -> CheckpointManifest {
        try CheckpointManifest(decoding: bytes, name: "a manifest")
    }

    /// Makes the header tell the length and checksum of what follows.
    static func sealManifest(_ bytes: [UInt8]) -> [UInt8] {
        let headerBytes = 24
        guard bytes.count >= headerBytes else { return bytes }
        var sealed = bytes
        store(UInt64(bytes.count - headerBytes), 8, at: 12, in: &sealed)
        let head = checksum(sealed[..<20])
        let whole = checksum(sealed[headerBytes...], seed: head)
        store(UInt64(whole), 4, at: 20, in: &sealed)
        return sealed
    }

    private static let taskSnapshot = Target(name: "task-snapshot") { chance in
        let inputs = (0..<3).map { _ in chance.taskSnapshot().encoded() }
        return Sample(inputs) { bytes throws(WeirError) in
            let snapshot = try TaskSnapshot(decoding: [UInt8](bytes), name: "a part")
            return roundTrip(snapshot, encode: { $0.encoded() }) { bytes throws(WeirError) in
                try TaskSnapshot(decoding: bytes, name: "a part")
            }
        }
    }

    private static let stateEntry = Target(name: "state-entry") { chance in
        let inputs = (0..<3).map { _ in [UInt8(chance.below(3))] + chance.bytes(20) }
        return Sample(inputs, mayRefuse: true) { bytes throws(WeirError) in
            let blob = StateBlob(
                name: "state",
                redistribution: bytes.first ?? 0,
                elements: [Array(bytes.dropFirst())]
            )
            _ = try? StateEntryCodec.decodeWatermark(blob)
            return StateEntryCodec.encode(try StateEntryCodec.decode(blob)) == blob
                ? nil : "another entry"
        }
    }

    // MARK: Segments

    private static let segment = Target(name: "segment") { chance in
        let groups = KeyGroupRange(0, 1 + chance.below(64))
        let inputs = (0..<3).map { _ in segment(&chance, groups) }
        let part = chance.below(groups.upper)
        let range = KeyGroupRange(part, groups.upper)
        return Sample(inputs, seal: sealSegment) { bytes throws(WeirError) in
            let store = OneFileStore(UnsafeRawBufferPointer(bytes))
            let reader = try SegmentReader(store: store, name: "segment")
            let builder = SegmentBuilder()
            var count = 0
            var offsets: [Int] = []
            for block in 0..<reader.blockCount {
                try reader.verify(block: block)
                let all = KeyGroupRange(0, 1 << 16)
                try reader.forEach(inBlock: block, of: all) { entry, offset in
                    count += 1
                    if offsets.count < 8 { offsets.append(offset) }
                    append(entry, to: builder)
                }
            }
            for offset in offsets { try reader.withEntry(at: offset) { _ = $0.keyGroup } }
            try reader.forEach(in: range) { (entry) throws(WeirError) in
                _ = entry.key.reduce(0) { $0 ^ $1 }
            }
            guard count == reader.entryCount else {
                return "\(count) entries, \(reader.entryCount) are told"
            }
            return readAgain(builder, count)
        }
    }

    private static func readAgain(_ builder: SegmentBuilder, _ count: Int) -> String? {
        let bytes = bytes(of: builder)
        return bytes.withUnsafeBytes { buffer -> String? in
            do throws(WeirError) {
                let reader = try SegmentReader(store: OneFileStore(buffer), name: "again")
                return reader.entryCount == count ? nil : "\(reader.entryCount) entries again"
            } catch {
                return "what was read is not read again: \(error)"
            }
        }
    }

    private static func segment(_ chance: inout Chance, _ groups: KeyGroupRange) -> [UInt8] {
        let builder = SegmentBuilder(dividing: groups)
        for _ in 0..<chance.length(60) {
            let group = UInt16(chance.below(groups.upper))
            let state = UInt16(chance.below(4))
            let isRemoved = chance.happens(20)
            let key = chance.bytes(24)
            let value = chance.bytes(chance.happens(5) ? 300 : 40)
            key.withUnsafeBytes { key in
                value.withUnsafeBytes { value in
                    if isRemoved {
                        builder.appendTombstone(keyGroup: group, state: state, key: key)
                    } else {
                        builder.append(keyGroup: group, state: state, key: key, value: value)
                    }
                }
            }
        }
        return bytes(of: builder)
    }

    private static func bytes(of builder: SegmentBuilder) -> [UInt8] {
        let image = builder.finish()
        return withExtendedLifetime(image) { image.blocks.flatMap { Array($0) } }
    }

    private static func append(_ entry: SegmentEntry, to builder: SegmentBuilder) {
        if let value = entry.value {
            builder.append(
                keyGroup: entry.keyGroup,
                state: entry.state,
                key: entry.key,
                value: value
            )
        } else {
            builder.appendTombstone(keyGroup: entry.keyGroup, state: entry.state, key: entry.key)
        }
    }

    /// Gives header, blocks, table and trailer their checksums and lengths, where the table leads to.
    private static func sealSegment(_ bytes: [UInt8]) -> [UInt8] {
        let (entryBytes, trailerBytes) = (24, 40)
        guard bytes.count >= 16 + trailerBytes else { return bytes }
        var sealed = bytes
        store(UInt64(checksum(sealed[..<12])), 4, at: 12, in: &sealed)
        let trailer = sealed.count - trailerBytes
        let blocks = Int(load(4, at: trailer, in: sealed))
        store(UInt64(sealed.count), 8, at: trailer + 16, in: &sealed)
        let (tableBytes, isTooLong) = blocks.multipliedReportingOverflow(by: entryBytes)
        guard !isTooLong, tableBytes <= trailer - 16 else { return sealed }
        let table = trailer - tableBytes
        for entry in stride(from: table, to: trailer, by: entryBytes) {
            let offset = Int(truncatingIfNeeded: load(8, at: entry, in: sealed))
            let length = Int(load(4, at: entry + 8, in: sealed))
            guard offset >= 16, offset < table, length <= table - offset - 16 else { continue }
            // The block's header says what the table says.
            for index in 0..<12 { sealed[offset + index] = sealed[entry + 8 + index] }
            let head = checksum(sealed[offset..<offset + 12])
            let whole = checksum(sealed[(offset + 16)..<(offset + 16 + length)], seed: head)
            store(UInt64(whole), 4, at: offset + 12, in: &sealed)
            store(UInt64(whole), 4, at: entry + 20, in: &sealed)
        }
        store(UInt64(checksum(sealed[table..<(trailer + 28)])), 4, at: trailer + 28, in: &sealed)
        return sealed
    }

    private static func checksum(_ bytes: ArraySlice<UInt8>, seed: UInt32 = 0) -> UInt32 {
        bytes.withUnsafeBytes { weir_crc32c(seed, $0.baseAddress, $0.count) }
    }

    private static func load(_ count: Int, at offset: Int, in bytes: [UInt8]) -> UInt64 {
        (0..<count).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
    }

    private static func store(
        _ value: UInt64,
        _ count: Int,
        at offset: Int,
        in bytes: inout [UInt8]
    ) {
        for index in 0..<count {
            bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
        }
    }

    // MARK: Names

    private static let checkpointName = Target(name: "checkpoint-name") { chance in
        let checkpoint = CheckpointID(UInt64(chance.number(below: 1 << 62)))
        let attempt = Attempt(chance.unsigned())
        let id = OperatorID(hash: chance.unsigned())
        let names = [
            CheckpointNames.manifest(checkpoint),
            CheckpointNames.task(checkpoint, attempt, id, subtask: 3, kind: "segment"),
            CheckpointNames.shared(checkpoint, attempt, id, subtask: 0, localName: "1.sst"),
        ]
        let tokens = ["chk-", "shared/", "pins/", "/", "..", "18446744073709551615", "\0"]
        return Sample(names.map { Array($0.utf8) }, tokens: tokens.map { Array($0.utf8) }) {
            bytes throws(WeirError) in
            let name = String(decoding: bytes, as: UTF8.self)
            if StoreName.isValid(name), leavesItsDirectory(name) { return "it leads elsewhere" }
            guard let checkpoint = CheckpointNames.checkpoint(of: name) else {
                throw WeirError(.corruptBytes, "No name of a checkpoint's file.")
            }
            return checkpoint.next > checkpoint ? nil : "there is no next checkpoint"
        }
    }

    private static func leavesItsDirectory(_ name: String) -> Bool {
        name.split(separator: "/", omittingEmptySubsequences: false)
            .contains { $0.isEmpty || $0.first == "." }
    }
}
