import Testing
import WeirPlan
import WeirRuntime

@Suite("The watchdog of steps")
struct StepWatchdogTests {
    private let task = TaskID(vertex: 2, subtask: 1)
    private let second: Int64 = 1_000_000_000

    private func step(_ number: UInt64) -> StepWatchdog.Step {
        StepWatchdog.Step(task: task, number: number)
    }

    @Test("tells once of a task that does not come back, and when it does")
    func stuck() {
        var watchdog = StepWatchdog()
        #expect(watchdog.look([1: step(7)], at: 0) == [])
        #expect(watchdog.look([1: step(7)], at: 3 * second) == [])
        #expect(watchdog.look([1: step(7)], at: 4 * second) == [.stuck(task, 4 * second)])
        #expect(watchdog.look([1: step(7)], at: 9 * second) == [])
        #expect(watchdog.look([:], at: 10 * second) == [.wentOn(task, 10 * second)])
        #expect(watchdog.look([:], at: 20 * second) == [])
    }

    @Test("says nothing of a slot that is in another step each time")
    func busy() {
        var watchdog = StepWatchdog()
        for number in 0..<100 {
            #expect(watchdog.look([0: step(UInt64(number))], at: Int64(number) * second) == [])
        }
    }

    @Test("tells of each slot by itself, in their order")
    func several() {
        var watchdog = StepWatchdog()
        let other = StepWatchdog.Step(task: TaskID(vertex: 0, subtask: 0), number: 1)
        let otherStuck = StepWatchdog.Finding.stuck(other.task, 4 * second)
        _ = watchdog.look([1: step(1), 0: other], at: 0)
        _ = watchdog.look([1: step(2), 0: other], at: second)
        #expect(watchdog.look([1: step(2), 0: other], at: 4 * second) == [otherStuck])
        let stuck = watchdog.look([1: step(2), 0: other], at: 5 * second)
        #expect(stuck == [.stuck(task, 4 * second)])
        let next = StepWatchdog.Step(task: task, number: 9)
        #expect(
            watchdog.look([1: step(3), 0: next], at: 6 * second)
                == [.wentOn(other.task, 6 * second), .wentOn(task, 5 * second)]
        )
    }
}
