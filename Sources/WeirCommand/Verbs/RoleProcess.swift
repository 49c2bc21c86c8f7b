import ArgumentParser
import Synchronization
import Weir
import WeirCore

/// A process that plays a role in a cluster until it is interrupted.
final class RoleProcess: Sendable {
    let world: any World
    private let parker: any Parker
    private let interrupts = Mutex(0)

    /// From here on an interrupt is counted; the second one ends the process at once.
    init(_ world: any World) {
        self.world = world
        parker = world.threads.makeParker()
        world.processes.onInterrupt { [self] in interrupt(mayExit: true) }
    }

    /// Has the process end as an interrupt does.
    func interrupt(mayExit: Bool = false) {
        let count = interrupts.withLock { count in
            count += 1
            return count
        }
        if mayExit, count > 1 { world.processes.exit(130) }
        parker.wake()
    }

    /// Returns after an interrupt.
    func waitForInterrupt() { wait { false } }

    /// Returns after an interrupt, or when a condition holds, of which `wake` tells.
    func wait(until condition: () -> Bool) {
        while !isInterrupted, !condition() { parker.park(until: nil) }
    }

    /// Whether it is to end.
    var isInterrupted: Bool { interrupts.withLock { $0 > 0 } }

    /// A condition that is waited for may hold now.
    func wake() { parker.wake() }

    /// Runs what is asynchronous, and waits for it.
    func wait<Value: Sendable>(
        _ work: @escaping @Sendable () async throws(WeirError) -> Value
    ) throws(WeirError) -> Value {
        let parker = world.threads.makeParker()
        let box = Box<Value>()
        Task {
            do throws(WeirError) {
                let value = try await work()
                box.result.withLock { $0 = .success(value) }
            } catch {
                box.result.withLock { $0 = .failure(error) }
            }
            parker.wake()
        }
        while true {
            if let done = box.result.withLock({ $0 }) { return try done.get() }
            parker.park(until: nil)
        }
    }

    /// Where an asynchronous answer is left.
    private final class Box<Value: Sendable>: Sendable {
        let result = Mutex<Result<Value, WeirError>?>(nil)
    }

    /// Writes a line for people.
    func tell(_ text: String) { world.processes.tell(text + "\n") }
}

/// The options of roles that a supervisor has started.
struct SupervisedOption: ParsableArguments {
    @Option(help: "The socket of the supervisor of a local cluster, with which the process ends.")
    var supervisor: String?
    @Option(help: "What the supervisor calls this process.")
    var name: String?

    /// Tells the supervisor who is there, if there is one, and ends with it.
    ///
    /// - Throws: `networkFailed`.
    func join(as words: [String], _ role: RoleProcess) throws(WeirError) {
        guard let supervisor else { return }
        try SupervisorLink.start(supervisor, saying: ["member"] + words, world: role.world) {
            role.tell("the supervisor has ended")
            role.interrupt()
        }
    }
}
