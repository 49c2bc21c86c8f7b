import WeirCore
import WeirSystem

/// A directory of the real disk that is removed with all that is in it.
final class TemporaryDirectory: Sendable {
    let path: String
    let world: any World = RealWorld()

    init() throws {
        path = "/tmp/weir-state-\(world.processes.processID)-\(world.random.next())"
        try world.files.makeDirectory(path)
    }

    deinit { try? world.files.removeTree(path) }
}
