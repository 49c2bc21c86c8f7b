import WeirCore

extension JobFailures {
    /// `GET /jobs/:jobid/exceptions`.
    func answer() -> JSONValue {
        [
            "exceptionHistory": [
                "entries": .array(entries.map { $0.answer(isRoot: true) }),
                "truncated": .boolean(isTruncated),
            ]
        ]
    }
}

extension JobFailure {
    fileprivate func answer(isRoot: Bool) -> JSONValue {
        var fields: [String: JSONValue] = [
            "exceptionName": .text(name),
            "stacktrace": .text(text),
            "timestamp": .integer(time),
            "failureLabels": .texts(labels),
        ]
        fields["taskName"] = taskName.map { .text($0) }
        fields["endpoint"] = endpoint.map { .text($0) }
        fields["taskManagerId"] = taskManagerID.map { .text($0) }
        if isRoot {
            fields["concurrentExceptions"] = .array(concurrent.map { $0.answer(isRoot: false) })
        }
        return .object(fields)
    }
}

extension JSONValue {
    /// A failure where Flink sends a throwable.
    ///
    /// There is no serialized one, hence the empty text.
    static func failureCause(name: String, text: String) -> JSONValue {
        ["class": .text(name), "stack-trace": .text(text), "serialized-throwable": ""]
    }

    /// A failure where Flink sends a throwable.
    static func failureCause(_ error: WeirError) -> JSONValue {
        failureCause(name: error.code.id, text: error.description)
    }
}

extension [JobNotice] {
    /// `GET /weir/jobs/:jobid/notices`.
    func answer() -> JSONValue {
        [
            "notices": .array(
                map {
                    [
                        "time": .integer($0.time),
                        "severity": .text($0.severity.rawValue),
                        "code": .text($0.code),
                        "message": .text($0.message),
                        "fix": .text($0.fix),
                    ]
                }
            )
        ]
    }
}
