import Synchronization
import Weir
import WeirSimulation
import WeirSnapshot

/// Looks at a run from outside, and keeps what must not be.
final class CampaignMonitor: Sendable {
    private struct State {
        var violations: [String] = []
        /// By job: the highest attempt whose commit was taken.
        var committed: [JobID: Attempt] = [:]
        /// By job: the highest checkpoint that was seen complete.
        var complete: [JobID: CheckpointID] = [:]
        /// By job: the newest checkpoint of the one that it goes on from.
        var origins: [JobID: CheckpointID] = [:]
        /// Checkpoints seen complete.
        var seen: Set<String> = []
        /// The newest manifest that was decoded, and the files that it names.
        var decoded: (path: String, files: [(name: String, size: Int)]) = ("", [])
        /// Which job was looked at last, and operations of the disk by then.
        var lastLook: (job: JobID, operations: Int)?
        /// Manifests of savepoints, which stay.
        var savepoints: [String] = []
    }

    /// Where jobs' directories are.
    static let jobs = "/cluster/jobs"
    private static let mostViolations = 20
    private let state = Mutex(State())
    private let disk: SimulatedFileSystem

    init(_ disk: SimulatedFileSystem) { self.disk = disk }

    /// What must not be, and was.
    var violations: [String] { state.withLock { $0.violations } }

    /// Checkpoints that were seen complete, of all jobs.
    var completed: Int { state.withLock { $0.seen.count } }

    /// Notes something that must not be.
    func violated(_ text: String) {
        state.withLock { state in
            if state.violations.count < Self.mostViolations { state.violations.append(text) }
        }
    }

    /// A savepoint was taken: nobody may delete it.
    func keeps(_ savepoint: CheckpointID, of job: JobID) {
        let path = "\(Self.jobs)/\(job)/checkpoints/\(CheckpointNames.manifest(savepoint))"
        state.withLock { $0.savepoints.append(path) }
    }

    /// A job goes on from a snapshot of another one: what that had committed, also after the snapshot, may
    /// be visible until the job's first commit.
    func starts(_ job: JobID, after former: JobID) {
        state.withLock { state in
            let own = state.complete[former] ?? CheckpointID.none
            state.origins[job] = max(own, state.origins[former] ?? CheckpointID.none)
        }
    }

    /// A sink has committed, or tried to.
    func committed(_ commit: TestOutput.Commit) {
        guard commit.isAccepted else { return }
        look(at: commit.job)
        let (highest, last) = state.withLock { state in
            let last = state.committed[commit.job] ?? commit.attempt
            state.committed[commit.job] = max(last, commit.attempt)
            return (state.complete[commit.job] ?? .none, last)
        }
        if commit.attempt < last {
            violated("attempt \(commit.attempt) committed after attempt \(last)")
        }
        if commit.checkpoint > highest {
            violated(
                "attempt \(commit.attempt) committed checkpoint \(commit.checkpoint); the newest "
                    + "complete one is \(highest)"
            )
        }
    }

    /// The newest complete checkpoint of a job that was seen.
    func newest(of job: JobID) -> CheckpointID { state.withLock { $0.complete[job] ?? .none } }

    /// Looks which checkpoints of a job are complete, and whether the newest one is whole.
    func look(at job: JobID) {
        let operations = disk.operationCount
        let isKnown = state.withLock { state in
            defer { state.lastLook = (job, operations) }
            return state.lastLook.map { $0.job == job && $0.operations == operations } ?? false
        }
        if isKnown { return }
        let directory = "\(Self.jobs)/\(job)/checkpoints"
        var newest = CheckpointID.none
        for name in disk.peekNames(directory) {
            guard let checkpoint = CheckpointNames.checkpoint(of: name + "/"),
                disk.peek(directory + "/" + CheckpointNames.manifest(checkpoint)) != nil
            else { continue }
            newest = max(newest, checkpoint)
            state.withLock { _ = $0.seen.insert("\(job)/\(checkpoint)") }
        }
        let known = state.withLock { state in
            let known = state.complete[job] ?? .none
            state.complete[job] = max(known, newest)
            return known
        }
        if newest < known, disk.peekNames("\(Self.jobs)/\(job)") != [] {
            violated(
                "checkpoint \(known) of job \(job) was complete and is gone; \(newest) is left"
            )
        }
        if newest > .none { checkFiles(of: newest, directory) }
        for path in state.withLock({ $0.savepoints }) where disk.peek(path) == nil {
            violated("the savepoint \(path) is gone")
        }
    }

    private func checkFiles(of checkpoint: CheckpointID, _ directory: String) {
        let path = directory + "/" + CheckpointNames.manifest(checkpoint)
        for file in files(of: path) {
            let size = disk.peek(directory + "/" + file.name)?.count
            if size != file.size {
                violated("\(path) names \(file.name), which has \(size ?? -1) bytes")
            }
        }
    }

    /// What a manifest names; a published one never changes.
    private func files(of path: String) -> [(name: String, size: Int)] {
        if let known = state.withLock({ $0.decoded.path == path ? $0.decoded.files : nil }) {
            return known
        }
        guard let bytes = disk.peek(path) else { return [] }
        do throws(WeirError) {
            let manifest = try CheckpointManifest(decoding: bytes, name: path)
            let files = manifest.files.map { (name: $0.name, size: $0.size) }
            state.withLock { $0.decoded = (path, files) }
            return files
        } catch {
            violated("\(error)")
            return []
        }
    }

    /// Looks at the visible files of a file sink: none may be of a checkpoint that is not complete.
    func look(atOutput directory: String, of job: JobID) {
        look(at: job)
        let highest = state.withLock { state in
            max(state.complete[job] ?? .none, state.origins[job] ?? .none)
        }
        for name in disk.peekNames(directory) where name.hasPrefix("part-") {
            let parts = name.split(separator: "-")
            guard parts.count > 1, let epoch = UInt64(parts[1]) else { continue }
            if epoch > highest.number {
                violated("\(name) is visible; the newest complete checkpoint is \(highest)")
            }
        }
    }
}
