import WeirCore
import WeirSystem

/// Runs what waits for processes on a thread of its own: Swift's own threads, of which there are as many
/// as processors, belong to all tests.
enum OwnThread {
    static func run(_ body: @escaping @Sendable () throws -> Void) async throws {
        let result: Result<Void, any Error> = await withCheckedContinuation { continuation in
            let world = RealWorld()
            let parker = world.threads.makeParker()
            _ = world.threads.run(name: "weir-test", parker: parker) {
                Once { continuation.resume(returning: Result { try body() }) }
            }
        }
        try result.get()
    }

    private final class Once: Steppable {
        private let body: () -> Void

        init(_ body: @escaping () -> Void) { self.body = body }

        func step() -> StepOutcome {
            body()
            return .finished
        }
    }
}
