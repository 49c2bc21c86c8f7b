import WeirCore

/// Keeps other jobs away from an output directory while one writes into it.
///
/// Each job has a lock file of its own, which its subtasks share; it takes none if another job's is
/// held. Of two that start in the same instant both may be refused, never none.
enum OutputLock {
    /// How long a job waits for the one before it: its end is told before its processes are gone.
    private static let patienceNanoseconds: Int64 = 3_000_000_000

    /// Tries to take a directory again while another job has it.
    ///
    /// What it throws is worth another attempt if the job goes on from a snapshot (`goesOn`): the other
    /// is then likely the job before it, with a process that is frozen or cut off.
    /// - Throws: `outputInUse` after three seconds, what `take` throws.
    static func waitForOthers(
        _ world: any World,
        goesOn: Bool,
        _ take: () throws(WeirError) -> Void
    ) throws(WeirError) {
        let end = world.clock.monotonicNanoseconds() + patienceNanoseconds
        let parker = world.threads.makeParker()
        while true {
            do throws(WeirError) {
                return try take()
            } catch {
                let now = world.clock.monotonicNanoseconds()
                guard error.code == .outputInUse else { throw error }
                guard now < end else { throw goesOn ? passing(error) : error }
                // Two that refuse one another in the same instant must not meet again in step.
                let pause = 20_000_000 + Int64(world.random.next() % 40_000_000)
                parker.park(until: min(end, now + pause))
            }
        }
    }

    /// Takes the directory for a job; lock files that dead jobs left are removed.
    ///
    /// The job's own file stays at the release: another subtask may be about to take it.
    ///
    /// - Throws: `outputInUse`, file errors.
    static func take(
        _ directory: String,
        job: JobID,
        files: any FileSystem
    ) throws(WeirError) -> any FileLock {
        let own = PartName.lock(job)
        guard let held = try files.lock(directory + "/" + own, .shared) else {
            throw OutputLock.inUse(directory, own)
        }
        for name in try files.list(directory)
        where name.hasPrefix(PartName.lockPrefix) && name != own {
            if try files.isLocked(directory + "/" + name) {
                held.release()
                throw OutputLock.inUse(directory, name)
            }
            try files.remove(directory + "/" + name)
        }
        return held
    }

    /// Removes the lock file of a job that has nothing left to write.
    static func remove(
        _ directory: String,
        job: JobID,
        files: any FileSystem
    ) throws(WeirError) {
        try files.remove(directory + "/" + PartName.lock(job))
    }

    private static func passing(_ error: WeirError) -> WeirError {
        WeirError(
            error.code,
            error.message,
            position: error.position,
            reason: error.reason,
            fix: error.fix,
            kind: .retry
        )
    }

    private static func inUse(_ directory: String, _ name: String) -> WeirError {
        WeirError(
            .outputInUse,
            "Another job is writing into the output directory \(directory).",
            reason: "it holds \(directory)/\(name)",
            fix: "Choose another output directory, or stop the other job first."
        )
    }
}
