import WeirCore
import WeirData
import WeirOperators

/// Finds the files of a source and deals their splits out to the readers, each exactly once.
///
/// Splits are dealt in the order of the paths as given and the names in directories. Snapshots hold
/// the paths seen and the splits not dealt yet.
final class FileEnumerator: SourceOperator {
    private static let seenState = "seen-paths"
    private static let pendingState = "pending-splits"
    private static let statusState = "enumerated"

    private let options: FileSourceOptions
    private var seen: Set<String> = []
    private var pending: [FileSplit] = []
    private var hasEnumerated = false
    private var isListing = false
    private var nextLook: Int64 = 0

    init(_ options: FileSourceOptions) { self.options = options }

    override func open() throws(WeirError) {
        for element in context.restored.elements(Self.seenState) {
            seen.insert(String(decoding: element, as: UTF8.self))
        }
        for element in context.restored.elements(Self.pendingState) {
            pending.append(try FileSplit(encoded: element))
        }
        pending.sort { ($0.path, $0.start) < ($1.path, $1.start) }
        hasEnumerated = !context.restored.elements(Self.statusState).isEmpty
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
        if hasEnumerated { snapshot.add(OperatorStateEntry(Self.statusState, .split, [[1]])) }
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

    /// The splits of all files that were not seen.
    ///
    /// - Throws: `fileMissing` if a path is not there and directories are not watched.
    func splits(except seen: Set<String>) throws(WeirError) -> [FileSplit] {
        var splits: [FileSplit] = []
        for path in options.paths {
            guard let status = try files.status(path) else {
                if options.watchMilliseconds != nil { continue }
                throw WeirError(
                    .fileMissing,
                    "The input \(path) is not there.",
                    fix: "Give the path of a file or directory that exists."
                )
            }
            if !status.isDirectory {
                if !seen.contains(path) { splits += cut(path, size: status.size) }
                continue
            }
            for name in try files.list(path) where !name.hasPrefix(".") && !name.hasPrefix("_") {
                let file = path + "/" + name
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
