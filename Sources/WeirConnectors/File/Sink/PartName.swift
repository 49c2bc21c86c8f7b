import WeirCore

/// The names of a file sink's files.
///
/// ```
/// part-<epoch>-<subtask>-<counter>.<extension>                          committed
/// .part-<subtask>-<counter>-<attempt>-<job>.<extension>.inprogress      hidden
/// .owner                                                                whose results these are
/// .lock-<job>                                                           held by a live job
/// .committed-<subtask>-<epoch>                                          files up to there were visible
/// .finished-<subtask>-<parallelism>-<job>                               a subtask's last commit is done
/// _SUCCESS                                                              all results are there
/// ```
///
/// The epoch is the checkpoint that the file belongs to, so that a restore knows what came later.
package enum PartName {
    /// The name under which results are found.
    package static func committed(
        epoch: UInt64,
        subtask: Int,
        counter: Int,
        fileExtension: String
    ) -> String {
        "part-\(epoch)-\(subtask)-\(counter).\(fileExtension)"
    }

    /// The name before the commit, unique to an attempt of a start of a job.
    package static func hidden(
        subtask: Int,
        counter: Int,
        attempt: Attempt,
        job: JobID,
        fileExtension: String
    ) -> String {
        ".part-\(subtask)-\(counter)-\(attempt)-\(job).\(fileExtension)" + hiddenSuffix
    }

    static let hiddenSuffix = ".inprogress"
    /// Stands in the directory when the job has ended well.
    static let success = "_SUCCESS"
    /// Names the job that the results came to belong to.
    static let owner = ".owner"
    static let lockPrefix = ".lock-"

    /// The file that a live job holds a lock on.
    static func lock(_ job: JobID) -> String { lockPrefix + job.description }

    /// A subtask's sign that it has committed its last file.
    package static func finished(_ subtask: Subtask, job: JobID) -> String {
        ".finished-\(subtask.index)-\(subtask.parallelism)-\(job)"
    }

    /// Says that all files of a subtask up to an epoch got their names, also if readers have taken
    /// them away since.
    package static func mark(subtask: Int, epoch: UInt64) -> String {
        ".committed-\(subtask)-\(epoch)"
    }

    /// Epoch and subtask of a committed file's name; nil for other names.
    package static func parse(committed name: String) -> (epoch: UInt64, subtask: Int)? {
        guard name.hasPrefix("part-") else { return nil }
        let stem = name.prefix { $0 != "." }
        let parts = stem.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 4, let epoch = UInt64(parts[1]), let subtask = Int(parts[2]),
            Int(parts[3]) != nil
        else { return nil }
        return (epoch, subtask)
    }

    /// What a hidden file's name tells; nil for other names.
    package static func parse(
        hidden name: String
    ) -> (subtask: Int, attempt: Attempt, job: Substring)? {
        guard name.hasPrefix(".part-"), name.hasSuffix(hiddenSuffix) else { return nil }
        let stem = name.dropFirst().prefix { $0 != "." }
        let parts = stem.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 5, let subtask = Int(parts[1]), let attempt = UInt64(parts[3]) else {
            return nil
        }
        return (subtask, Attempt(attempt), parts[4])
    }

    /// Subtask and epoch of a mark; nil for other names.
    package static func parse(mark name: String) -> (subtask: Int, epoch: UInt64)? {
        guard name.hasPrefix(".committed-") else { return nil }
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let subtask = Int(parts[1]), let epoch = UInt64(parts[2]) else {
            return nil
        }
        return (subtask, epoch)
    }

    /// The subtask of a sign that it has finished; nil for other names.
    package static func parse(finished name: String) -> Int? {
        guard name.hasPrefix(".finished-") else { return nil }
        return Int(name.dropFirst(10).prefix { $0 != "-" })
    }
}
