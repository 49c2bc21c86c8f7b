import WeirCore
import WeirREST

/// The checkpoints of a job of a cluster, as its job manager knows them.
enum ClusterCheckpoints {
    /// The last ones, newest first.
    static func document(of job: JobID, _ client: ClusterClient) throws(WeirError) -> Document {
        let answer = try client.rest.get("/jobs/\(job)/checkpoints")
        return Document(
            columns: [
                "checkpoint", "state", "purpose", "triggered", "milliseconds", "bytes", "new bytes",
                "location",
            ],
            rows: (answer["history"]?.elements ?? []).map(row)
        )
    }

    private static func row(_ checkpoint: JSONNode) -> [Document.Cell] {
        [
            .number(checkpoint["id"]), .text(state(checkpoint["status"]?.text ?? "")),
            .text(checkpoint["is_savepoint"]?.boolean == true ? "savepoint" : "checkpoint"),
            .time(checkpoint["trigger_timestamp"]), .number(checkpoint["end_to_end_duration"]),
            .number(checkpoint["state_size"]), .number(checkpoint["checkpointed_size"]),
            .text(checkpoint["external_path"]),
        ]
    }

    /// In the words of `weir checkpoint ls DIR`, where it has one.
    private static func state(_ status: String) -> String {
        switch status {
        case "COMPLETED": "complete"
        case "IN_PROGRESS": "unfinished"
        default: status.lowercased()
        }
    }
}
