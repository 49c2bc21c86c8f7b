import Weir
import WeirBench
import WeirCore
import WeirREST

/// The probe job on a cluster of its own.
extension OwnCluster {
    /// The directory of the probe's log.
    var logDirectory: String { directory + "/probe" }

    /// What the probe has seen.
    func log() throws(WeirError) -> ProbeLog {
        try ProbeLog(directory: logDirectory, files: world.files)
    }

    /// Uploads this executable, which is the job's as well; returns its id.
    func upload() throws(WeirError) -> String { try upload(world.processes.executablePath) }

    /// Hands the probe job in.
    func submit(_ artifact: String, _ probe: ProbeOptions) throws(WeirError) -> JobID {
        var probe = probe
        probe.log = logDirectory
        return try submit(artifact, name: "probe", arguments: probe.arguments)
    }

    /// Waits until every key has had its row.
    func waitUntilFilled(_ job: JobID, keys: Int64) throws(WeirError) {
        try until("\(keys) rows were read") { () throws(WeirError) in
            JobWatch.sourceRows(try client.job(job)) >= keys
        }
    }
}
