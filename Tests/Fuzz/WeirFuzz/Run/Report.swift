import WeirCore
import WeirSystem

/// What the fuzzer prints.
enum Report {
    private static let world = RealWorld()

    static func say(_ text: String) {
        try? world.processes.write(text + "\n", to: .output)
    }

    static var now: Int64 { world.clock.monotonicNanoseconds() }

    static func exit(_ code: Int32) -> Never { world.processes.exit(code) }
}
