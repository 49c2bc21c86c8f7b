extension OperationState {
    /// The answer to a poll of an operation of this kind.
    func answer(for kind: OperationKey.Kind) -> JSONValue {
        switch self {
        case .inProgress:
            ["status": ["id": "IN_PROGRESS"], "operation": .null]
        case .savepoint(let location):
            Self.completed(["location": .text(location)])
        case .checkpoint(let number):
            Self.completed(["checkpointId": .count(number)])
        case .disposed:
            Self.completed([:])
        case .failed(let error):
            Self.completed([Self.failureField(of: kind): .failureCause(error)])
        }
    }

    private static func completed(_ operation: JSONValue) -> JSONValue {
        ["status": ["id": "COMPLETED"], "operation": operation]
    }

    /// Flink writes it with a hyphen, but not for checkpoints.
    private static func failureField(of kind: OperationKey.Kind) -> String {
        kind == .checkpoint ? "failureCause" : "failure-cause"
    }
}
