/// The names of a file sink's files.
///
/// ```
/// part-<epoch>-<subtask>-<counter>.<extension>                          committed
/// .part-<subtask>-<counter>-<attempt>-<token>.<extension>.inprogress   hidden
/// ```
///
/// The epoch is the checkpoint that the file belongs to, so that a restore knows what came later.
enum PartName {
    /// The name under which results are found.
    static func committed(
        epoch: UInt64,
        subtask: Int,
        counter: Int,
        fileExtension: String
    ) -> String {
        "part-\(epoch)-\(subtask)-\(counter).\(fileExtension)"
    }

    /// The name before the commit, unique to an attempt.
    static func hidden(
        subtask: Int,
        counter: Int,
        attempt: UInt64,
        token: UInt64,
        fileExtension: String
    ) -> String {
        ".part-\(subtask)-\(counter)-\(attempt)-\(String(token, radix: 16)).\(fileExtension)"
            + hiddenSuffix
    }

    static let hiddenSuffix = ".inprogress"
    /// Stands in the directory when the job has ended well.
    static let success = "_SUCCESS"

    /// A subtask's sign that it has committed its last file.
    static func finished(subtask: Int, parallelism: Int) -> String {
        ".finished-\(subtask)-\(parallelism)"
    }

    /// Epoch and subtask of a committed file's name; nil for other names.
    static func parse(committed name: String) -> (epoch: UInt64, subtask: Int)? {
        guard name.hasPrefix("part-") else { return nil }
        let stem = name.prefix { $0 != "." }
        let parts = stem.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 4, let epoch = UInt64(parts[1]), let subtask = Int(parts[2]),
            Int(parts[3]) != nil
        else { return nil }
        return (epoch, subtask)
    }

    /// The subtask of a hidden file's name; nil for other names.
    static func parse(hidden name: String) -> Int? {
        guard name.hasPrefix(".part-"), name.hasSuffix(hiddenSuffix) else { return nil }
        return Int(name.dropFirst(6).prefix { $0 != "-" })
    }

    /// The subtask of a sign that it has finished; nil for other names.
    static func parse(finished name: String) -> Int? {
        guard name.hasPrefix(".finished-") else { return nil }
        return Int(name.dropFirst(10).prefix { $0 != "-" })
    }
}
