import ArgumentParser
import WeirCore

/// A kind of process that is killed to see what comes of it.
enum Victim: String, ExpressibleByArgument, CaseIterable {
    case worker, taskmanager, jobmanager

    /// The processes of this kind in a cluster.
    ///
    /// - Throws: `jobFailed` if there is none.
    func candidates(_ cluster: OwnCluster) throws(WeirError) -> [Int64] {
        let found =
            switch self {
            case .worker: try cluster.workers()
            case .taskmanager, .jobmanager:
                try cluster.members().filter { $0.name.hasPrefix(rawValue) }.map(\.process)
            }
        if !found.isEmpty { return found.sorted() }
        throw WeirError(.jobFailed, "There is no \(rawValue) to kill.")
    }
}
