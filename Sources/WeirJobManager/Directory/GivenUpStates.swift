import WeirControl
import WeirCore
import WeirSnapshot

/// The names that `--drop-state` gave up in a job's directory, so that the same command line starts
/// the job again after that, while a name that was never there is refused.
///
/// `DIR/given-up` has one name a line; it only grows. A name is noted before any state is dropped: a
/// crash between leaves the state in the snapshot, where the next start finds it again.
struct GivenUpStates {
    private let own: DataDirectory

    init(_ directory: DataDirectory) { own = directory }

    private var directory: String { own.path }
    private var files: any FileSystem { own.world.files }
    private var path: String { directory + "/" + Self.name }
    private static let name = "given-up"

    /// Refuses a name of which the snapshot has nothing that could be given up, unless it was given
    /// up before, which is told.
    ///
    /// - Throws: `noStateToDrop`, file errors.
    func settle(
        _ names: Set<String>,
        restoring restored: SnapshotMatch?,
        notice: (String) -> Void
    ) throws(WeirError) {
        guard !names.isEmpty else { return }
        guard let restored else { throw nothingToRestore(names) }
        var noted = try noted()
        let present = names.intersection(restored.droppable)
        for name in names.subtracting(present).sorted() {
            guard noted.contains(name) else { throw unknown(name, restored) }
            notice("--drop-state \(name): it was given up before, nothing is left of it")
        }
        guard !present.isSubset(of: noted) else { return }
        noted.formUnion(present)
        try own.replace(Self.name, with: noted.sorted().map { $0 + "\n" }.joined())
    }

    private func noted() throws(WeirError) -> Set<String> {
        guard try files.status(path) != nil else { return [] }
        let text = String(decoding: try files.readAll(path), as: UTF8.self)
        return Set(text.split(separator: "\n").map(String.init))
    }

    private func nothingToRestore(_ names: Set<String>) -> WeirError {
        WeirError(
            .noStateToDrop,
            "There is no checkpoint to give up the state of \(names.min() ?? "") from.",
            position: "--drop-state",
            reason: "\(directory) has none, and no snapshot is given with --from.",
            fix: "Check --data and --from, or leave --drop-state out."
        )
    }

    private func unknown(_ name: String, _ restored: SnapshotMatch) -> WeirError {
        let present = restored.droppable.sorted()
        return WeirError(
            .noStateToDrop,
            "Checkpoint \(restored.checkpoint) holds no state \(name) that could be given up.",
            position: "--drop-state \(name)",
            reason: restored.isKept(name)
                ? "The job has an operator of this name, which goes on with its state."
                : present.isEmpty
                    ? "It holds none: all its operators are in the job."
                    : "It holds: \(present.joined(separator: ", ")).",
            fix: restored.isKept(name)
                ? "Leave --drop-state \(name) out; to begin anew, give the operator another name with "
                    + ".named(…)."
                : "Name one of these, or leave --drop-state \(name) out."
        )
    }
}
