import WeirCore

/// The world of an operator that runs nowhere yet: every use is a mistake.
final class UnattachedWorld: World {
    var clock: any Clock { preconditionFailure("the operator is not attached to a task") }
    var random: any RandomSource { preconditionFailure("the operator is not attached to a task") }
    var files: any FileSystem { preconditionFailure("the operator is not attached to a task") }
    var threads: any ThreadHost { preconditionFailure("the operator is not attached to a task") }
    var network: any Network { preconditionFailure("the operator is not attached to a task") }
    var processes: any ProcessHost {
        preconditionFailure("the operator is not attached to a task")
    }
}
