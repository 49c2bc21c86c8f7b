import WeirControl
import WeirCore
import WeirJobManager
import WeirREST

/// What the REST server is told of a task manager, made of what its job manager knows.
extension TaskManagerSummary {
    func info(at now: Int64, jobs: [JobReport]) -> TaskManagerInfo {
        var tasks: [JobID: Int] = [:]
        for job in jobs {
            tasks[job.id] = job.execution.executions.values.count {
                $0.taskManager == description.id && !$0.state.isTerminal
            }
        }
        return TaskManagerInfo(
            id: description.id,
            address: "weir://\(description.host)/\(description.id)",
            dataPort: description.dataPort,
            lastHeartbeat: now - silentNanoseconds / 1_000_000,
            slots: description.slots,
            freeSlots: freeSlots,
            assignedTasks: tasks.values.reduce(0, +),
            isBlocked: isDraining,
            totalResource: resource(of: description.slots),
            freeResource: resource(of: freeSlots),
            hardware: HardwareDescription(
                cpuCores: description.machine.processors,
                physicalMemoryBytes: Int64(description.machine.memoryBytes),
                // As in Flink's answers, what its tasks may have, not what the machine has left.
                freeMemoryBytes: Int64(description.memoryBytes)
            ),
            memory: MemoryDescription(
                networkBytes: 0,
                managedBytes: Int64(description.memoryBytes),
                totalBytes: Int64(description.memoryBytes)
            ),
            allocatedSlots: allocatedSlots(tasks)
        )
    }

    /// A job's tasks are spread evenly over its slots.
    private func allocatedSlots(_ tasks: [JobID: Int]) -> [AllocatedSlot] {
        slots.sorted { $0.key.description < $1.key.description }.flatMap { job, count in
            (0..<count).map { index in
                AllocatedSlot(
                    jobID: job.description,
                    resource: resource(of: 1),
                    assignedTasks: ((tasks[job] ?? 0) + count - 1 - index) / count
                )
            }
        }
    }

    private func resource(of slots: Int) -> ResourceProfile {
        let share = Int64(description.memoryBytes / max(1, description.slots)) >> 20
        return ResourceProfile(
            cpuCores: Double(slots),
            managedMemoryMebibytes: share * Int64(slots),
            networkMemoryMebibytes: 0
        )
    }
}
