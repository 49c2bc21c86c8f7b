import WeirCore
import WeirSnapshot

/// How far the loading of key groups that are not resident has come.
struct LoadProgress {
    /// What is being read, until it is taken in.
    struct Running {
        let job: OneTimeJob<LoadedEntries>
        let generation: Int
        var isReady = false
        /// Where in the entries the tables take on.
        var offset = 0
    }

    /// The key group at hand; nil: the first.
    var keyGroup: Int?
    /// The full key from which to read on; nil: from the group's start.
    var resumeKey: [UInt8]?
    var running: Running?
    /// Grows with each eviction; a group that may have lost entries is not resident.
    var evictionCount = 0
    /// `evictionCount` when the group at hand was begun.
    var evictionCountAtStart = 0
    var isDone = false
    /// What lay below when the loading was last begun anew.
    var generation = 0
}

/// Entries that were read below for the tables.
struct LoadedEntries: Sendable {
    /// One after the other: state u16 | key length u32 | value length u32 | key | value.
    var bytes: [UInt8] = []
    /// The full key from which to read on; nil: the group is read.
    var resumeKey: [UInt8]?

    /// Reads a key group from a place on, up to about so many bytes.
    static func read(
        _ below: LayeredImage,
        keyGroup: Int,
        from resumeKey: [UInt8]?,
        limit: Int
    ) throws(WeirError) -> LoadedEntries {
        let cursor = below.scan(KeyGroupRange(keyGroup, keyGroup + 1))
        if let resumeKey {
            resumeKey.withUnsafeBytes { bytes in
                guard let entry = ImageKey.entry(key: bytes, value: bytes) else { return }
                cursor.seek(keyGroup: entry.keyGroup, state: entry.state, key: entry.key)
            }
        } else {
            cursor.seekToFirst()
        }
        var result = LoadedEntries()
        while cursor.isValid {
            cursor.withEntry { entry in
                if result.bytes.count >= limit {
                    result.resumeKey = ImageKey.bytes(
                        keyGroup: entry.keyGroup,
                        state: entry.state,
                        key: entry.key
                    )
                } else {
                    result.append(entry)
                }
            }
            if result.resumeKey != nil { break }
            cursor.next()
        }
        try cursor.checkStatus()
        return result
    }

    private mutating func append(_ entry: ImageEntry) {
        withUnsafeBytes(of: entry.state.littleEndian) { bytes.append(contentsOf: $0) }
        for count in [entry.key.count, entry.value.count] {
            withUnsafeBytes(of: UInt32(count).littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes.append(contentsOf: entry.key)
        bytes.append(contentsOf: entry.value)
    }

    /// Calls `body` for entries from `offset` on until it returns false; returns where it stopped.
    func forEach(
        from offset: Int,
        _ body: (UInt16, UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Bool
    ) -> Int {
        bytes.withUnsafeBytes { bytes in
            var offset = offset
            while offset < bytes.count {
                // SAFETY: `append` wrote these ten bytes and as many as they tell behind them.
                let state = bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
                let keyCount = bytes.loadUnaligned(fromByteOffset: offset + 2, as: UInt32.self)
                let valueCount = bytes.loadUnaligned(fromByteOffset: offset + 6, as: UInt32.self)
                let key = offset + 10
                let value = key + Int(UInt32(littleEndian: keyCount))
                let end = value + Int(UInt32(littleEndian: valueCount))
                let goesOn = body(
                    UInt16(littleEndian: state),
                    UnsafeRawBufferPointer(rebasing: bytes[key..<value]),
                    UnsafeRawBufferPointer(rebasing: bytes[value..<end])
                )
                offset = end
                if !goesOn { break }
            }
            return offset
        }
    }
}

extension KeyedStateBackend {
    /// Bytes that are read below at a time.
    static let loadBytes = 256 << 10

    /// Loads key groups that are not resident, in pieces, while there is memory to spare.
    ///
    /// Pieces are read on an I/O thread. Returns whether there is something to do at once.
    func load(until isOver: () -> Bool) throws(WeirError) -> Bool {
        if let running = loading.running {
            return running.isReady ? try takeIn(running, until: isOver) : false
        }
        restartIfRoomy()
        let hasRoom = memory.roomBytes > memory.limitBytes / 8 + 2 * Self.loadBytes
        guard !loading.isDone, hasRoom else { return false }
        guard isBelowInUse, tables.contains(where: { !$0.table.isResident }) else { return false }
        startLoading()
        return false
    }

    /// Begins anew if entries were evicted and there is room for all that lies below by now.
    private func restartIfRoomy() {
        guard loading.isDone, loading.generation != belowGeneration, below.layers.isEmpty,
            let base, base.byteCount < memory.roomBytes / 4
        else { return }
        let evictionCount = loading.evictionCount
        loading = LoadProgress()
        loading.evictionCount = evictionCount
        loading.generation = belowGeneration
    }

    private func startLoading() {
        let keyGroup = loading.keyGroup ?? keyGroups.lower
        if loading.resumeKey == nil { loading.evictionCountAtStart = loading.evictionCount }
        loading.keyGroup = keyGroup
        let source = below
        let resumeKey = loading.resumeKey
        let job = OneTimeJob { () throws(WeirError) in
            try LoadedEntries.read(
                source,
                keyGroup: keyGroup,
                from: resumeKey,
                limit: Self.loadBytes
            )
        }
        loading.running = LoadProgress.Running(job: job, generation: belowGeneration)
        background(
            { () throws(WeirError) in try job.run() },
            { [weak self] (_) in
                guard let self, loading.running?.job === job else { return }
                loading.running?.isReady = true
            }
        )
    }

    private func takeIn(
        _ running: LoadProgress.Running,
        until isOver: () -> Bool
    ) throws(WeirError) -> Bool {
        let entries = try running.job.run()
        guard running.generation == belowGeneration else {
            // Read again: an entry may have changed, been folded and been evicted meanwhile.
            loading.running = nil
            return true
        }
        let keyGroup = UInt16(loading.keyGroup ?? 0)
        let offset = entries.forEach(from: running.offset) { state, key, value in
            for (id, table) in tables where id == state {
                table.insertClean(keyGroup: keyGroup, key: key, value: value)
            }
            return !isOver()
        }
        loading.running?.offset = offset
        if offset < entries.bytes.count { return true }
        loading.running = nil
        loading.resumeKey = entries.resumeKey
        if entries.resumeKey == nil { finishGroup(keyGroup) }
        return !loading.isDone
    }

    private func finishGroup(_ keyGroup: UInt16) {
        if loading.evictionCount == loading.evictionCountAtStart {
            for (_, table) in tables { table.setResident(keyGroup: keyGroup, true) }
        }
        let next = Int(keyGroup) + 1
        loading.keyGroup = next
        loading.isDone = next >= keyGroups.upper
    }
}
