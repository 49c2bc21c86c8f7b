extension [Artifact] {
    /// `GET /jars`, `address` being where the client found the server.
    func answer(address: String) -> JSONValue {
        [
            "address": .text(address),
            "files": .array(
                map {
                    [
                        "id": .text($0.id),
                        "name": .text($0.name),
                        "uploaded": .integer($0.uploadTime),
                        "entry": [],
                    ]
                }
            ),
        ]
    }
}

extension Artifact {
    /// `POST /jars/upload`; clients take what follows the last slash as the id.
    func uploadAnswer() -> JSONValue {
        ["filename": .text("/artifacts/\(id)"), "status": "success"]
    }
}

extension [String: ParallelismBounds] {
    /// `GET /jobs/:jobid/resource-requirements`.
    func answer() -> JSONValue {
        .object(
            mapValues {
                [
                    "parallelism": [
                        "lowerBound": .count($0.lowerBound),
                        "upperBound": .count($0.upperBound),
                    ]
                ]
            }
        )
    }
}
