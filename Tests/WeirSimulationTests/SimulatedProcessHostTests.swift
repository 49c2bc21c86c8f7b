import Synchronization
import Testing
import WeirCore
import WeirSimulation

@Suite("The simulated process")
struct SimulatedProcessHostTests {
    let world = SimulatedWorld(seed: 31)

    @Test("it keeps what it prints and says what it was told")
    func facts() throws {
        try world.processes.write("out", to: .output)
        world.processes.tell("err")
        #expect(world.process.outputText == "out")
        #expect(world.process.errorText == "err")
        world.process.variables["HOME"] = "/weir"
        #expect(world.processes.environment("HOME") == "/weir")
        #expect(world.processes.environment("PATH") == nil)
        #expect(world.processes.terminalWidth(.output) == nil)
        world.process.columns = 132
        #expect(world.processes.terminalWidth(.output) == 132)
        world.process.residentBytes = 7
        #expect(world.processes.usage().residentBytes == 7)
        world.process.residentBytes = 5
        #expect(world.processes.usage().peakResidentBytes == 7)
    }

    @Test("an interrupt reaches all handlers")
    func interrupt() {
        let counter = Counter()
        world.processes.onInterrupt { counter.add() }
        world.processes.onInterrupt { counter.add() }
        world.process.interrupt()
        #expect(counter.value == 2)
    }

    @Test("killing itself says so, and ends the test's process")
    func killSelf() async throws {
        let result = await #expect(
            processExitsWith: .failure,
            observing: [\.standardOutputContent]
        ) {
            let world = SimulatedWorld(seed: 1)
            world.process.onKill = { print("last words") }
            world.processes.killSelf()
        }
        let output = try #require(result?.standardOutputContent)
        #expect(String(decoding: output, as: UTF8.self).contains("last words"))
    }
}

private final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { count.load(ordering: .relaxed) }

    func add() { count.add(1, ordering: .relaxed) }
}
