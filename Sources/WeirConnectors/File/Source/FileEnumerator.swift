import WeirCore
import WeirData
import WeirOperators

/// Finds the files of a source and deals their splits out to the readers, each exactly once.
///
/// Splits are dealt in the order of the paths as given and the names in directories. Snapshots hold
/// the paths seen, the splits not dealt yet, and the paths given. Paths are made absolute, so that a
/// restart from another directory finds the same files.
///
/// A bounded input cannot be another one after a restore: its splits are dealt. Watched directories
/// may change: new ones are watched from then on, and splits of former ones are read to their end.
final class FileEnumerator: SourceOperator {
    private static let seenState = "seen-paths"
    private static let pendingState = "pending-splits"
    private static let statusState = "enumerated"
    private static let inputState = "input-paths"

    private var options: FileSourceOptions
    private var seen: Set<String> = []
    private var pending: [FileSplit] = []
    private var hasEnumerated = false
    private var isListing = false
    private var nextLook: Int64 = 0

    init(_ options: FileSourceOptions) { self.options = options }

    override func open() throws(WeirError) {
        let processes = context.world.processes
        options.paths = options.paths.map(processes.absolutePath)
        for element in context.restored.elements(Self.seenState) {
            seen.insert(processes.absolutePath(String(decoding: element, as: UTF8.self)))
        }
        for element in context.restored.elements(Self.pendingState) {
            pending.append(try FileSplit(encoded: element))
        }
        pending.sort { ($0.path, $0.start) < ($1.path, $1.start) }
        hasEnumerated = !context.restored.elements(Self.statusState).isEmpty
        guard options.watchMilliseconds == nil else { return }
        if hasEnumerated { return try refuseOtherInput() }
        // At once, before a checkpoint can complete and replace results of an earlier run.
        try FileListing(options: options, files: context.world.files).refuseMissing()
    }

    /// Refuses a bounded input that is not the one whose splits were dealt.
    ///
    /// Snapshots without the paths are of a release that did not keep them.
    private func refuseOtherInput() throws(WeirError) {
        let elements = context.restored.elements(Self.inputState)
        let former = elements.map { String(decoding: $0, as: UTF8.self) }
        guard !former.isEmpty, Set(former) != Set(options.paths) else { return }
        throw WeirError(
            .inputChanged,
            "The input of \(context.name) is \(options.paths.joined(separator: ", ")), but its "
                + "checkpoint is in the middle of \(former.joined(separator: ", ")).",
            position: context.name,
            reason:
                "What is left to read of a bounded input stands in the checkpoint; another input "
                + "would be ignored.",
            fix: "Give the former input again, or start with --fresh, which gives up all state."
        )
    }

    override func poll() throws(WeirError) -> SourceStatus {
        while let split = pending.first {
            if context.output.isFull { return .ready }
            pending.removeFirst()
            split.append(to: context.output.builder)
            // A batch a split, so that the readers are served in turn.
            context.output.flush()
        }
        if hasEnumerated, options.watchMilliseconds == nil { return .finished }
        if isListing { return .waiting(until: nil) }
        let now = context.world.clock.monotonicNanoseconds()
        if now < nextLook { return .waiting(until: nextLook) }
        list()
        return .waiting(until: nil)
    }

    override func snapshot(_ snapshot: StateSnapshotContext) throws(WeirError) {
        let paths = seen.sorted().map { [UInt8]($0.utf8) }
        snapshot.add(OperatorStateEntry(Self.seenState, .split, paths))
        snapshot.add(OperatorStateEntry(Self.pendingState, .split, pending.map { $0.encoded() }))
        guard hasEnumerated else { return }
        snapshot.add(OperatorStateEntry(Self.statusState, .split, [[1]]))
        let input = options.paths.map { [UInt8]($0.utf8) }
        snapshot.add(OperatorStateEntry(Self.inputState, .split, input))
    }

    private func list() {
        isListing = true
        let found = Handover<[FileSplit]>()
        let files = context.world.files
        let options = options
        let seen = seen
        context.background(
            { () throws(WeirError) in
                found.put(try FileListing(options: options, files: files).splits(except: seen))
            },
            { [weak self] failure throws(WeirError) in
                if let failure { throw failure }
                self?.listed(found.take() ?? [])
            }
        )
    }

    private func listed(_ splits: [FileSplit]) {
        isListing = false
        hasEnumerated = true
        for split in splits { seen.insert(split.path) }
        pending += splits
        let interval = (options.watchMilliseconds ?? 0) * 1_000_000
        nextLook = context.world.clock.monotonicNanoseconds() + interval
    }
}

/// Lists files and cuts them into splits.
struct FileListing: Sendable {
    let options: FileSourceOptions
    let files: any FileSystem

    /// Looks whether all paths are there.
    ///
    /// - Throws: `fileMissing`, file errors.
    func refuseMissing() throws(WeirError) {
        for path in options.paths where try files.status(path) == nil { throw missing(path) }
    }

    private func missing(_ path: String) -> WeirError {
        WeirError(
            .fileMissing,
            "The input \(path) is not there.",
            fix: "Give the path of a file or directory that exists."
        )
    }

    /// The splits of all files that were not seen.
    ///
    /// - Throws: `fileMissing` if a path is not there and directories are not watched.
    func splits(except seen: Set<String>) throws(WeirError) -> [FileSplit] {
        var splits: [FileSplit] = []
        for path in options.paths {
            guard let status = try files.status(path) else {
                if options.watchMilliseconds != nil { continue }
                throw missing(path)
            }
            if !status.isDirectory {
                if !seen.contains(path) { splits += cut(path, size: status.size) }
                continue
            }
            for name in try files.list(path) where !name.hasPrefix(".") && !name.hasPrefix("_") {
                let file = path == "/" ? path + name : path + "/" + name
                guard !seen.contains(file), let status = try files.status(file),
                    !status.isDirectory
                else { continue }
                splits += cut(file, size: status.size)
            }
        }
        return splits
    }

    private func cut(_ path: String, size: Int) -> [FileSplit] {
        let part = max(1, options.splitBytes)
        guard options.format.isSplittable, size > part else {
            return [FileSplit(path: path, start: 0, end: size)]
        }
        return stride(from: 0, to: size, by: part).map {
            FileSplit(path: path, start: $0, end: min(size, $0 + part))
        }
    }
}
