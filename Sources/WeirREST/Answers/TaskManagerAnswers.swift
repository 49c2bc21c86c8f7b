extension [TaskManagerInfo] {
    /// `GET /taskmanagers`.
    func answer() -> JSONValue {
        ["taskmanagers": .array(map { .object($0.fields()) })]
    }
}

extension TaskManagerInfo {
    /// `GET /taskmanagers/:taskmanagerid`.
    func answer() -> JSONValue {
        var fields = fields()
        fields["allocatedSlots"] = .array(
            allocatedSlots.map {
                [
                    "jobId": .text($0.jobID),
                    "resource": $0.resource.answer(),
                    "assignedTasks": .count($0.assignedTasks),
                ]
            }
        )
        fields["metrics"] = metrics.answer(total: memory.totalBytes)
        return .object(fields)
    }

    /// What the list and the single answer have in common.
    fileprivate func fields() -> [String: JSONValue] {
        var fields: [String: JSONValue] = [
            "id": .text(id),
            "path": .text(address),
            "dataPort": .count(dataPort),
            "jmxPort": -1,
            "timeSinceLastHeartbeat": .integer(lastHeartbeat),
            "slotsNumber": .count(slots),
            "freeSlots": .count(freeSlots),
            "assignedTasks": .count(assignedTasks),
            "totalResource": totalResource.answer(),
            "freeResource": freeResource.answer(),
            "hardware": [
                "cpuCores": .count(hardware.cpuCores),
                "physicalMemory": .integer(hardware.physicalMemoryBytes),
                "freeMemory": .integer(hardware.freeMemoryBytes),
                "managedMemory": .integer(memory.managedBytes),
            ],
            "memoryConfiguration": memory.answer(),
        ]
        // Flink leaves the field out where it is false, and older clients do not know it.
        if isBlocked { fields["blocked"] = true }
        return fields
    }
}

extension ResourceProfile {
    fileprivate func answer() -> JSONValue {
        [
            "cpuCores": .decimal(cpuCores),
            "taskHeapMemory": 0,
            "taskOffHeapMemory": 0,
            "managedMemory": .integer(managedMemoryMebibytes),
            "networkMemory": .integer(networkMemoryMebibytes),
            "extendedResources": [:],
        ]
    }
}

extension MemoryDescription {
    /// The parts of a Java machine have no memory here.
    fileprivate func answer() -> JSONValue {
        [
            "frameworkHeap": 0,
            "taskHeap": 0,
            "frameworkOffHeap": 0,
            "taskOffHeap": 0,
            "networkMemory": .integer(networkBytes),
            "managedMemory": .integer(managedBytes),
            "jvmMetaspace": 0,
            "jvmOverhead": 0,
            "totalFlinkMemory": .integer(totalBytes),
            "totalProcessMemory": .integer(totalBytes),
        ]
    }
}

extension TaskManagerMetrics {
    /// Resident memory stands where Flink has the heap; there is no other, and no collector.
    fileprivate func answer(total: Int64) -> JSONValue {
        let used = networkBuffersTotal - networkBuffersAvailable
        return [
            "heapUsed": .integer(residentBytes),
            "heapCommitted": .integer(residentBytes),
            "heapMax": .integer(total),
            "nonHeapUsed": 0,
            "nonHeapCommitted": 0,
            "nonHeapMax": 0,
            "directCount": 0,
            "directUsed": 0,
            "directMax": 0,
            "mappedCount": 0,
            "mappedUsed": 0,
            "mappedMax": 0,
            "nettyShuffleMemorySegmentsAvailable": .integer(networkBuffersAvailable),
            "nettyShuffleMemorySegmentsUsed": .integer(used),
            "nettyShuffleMemorySegmentsTotal": .integer(networkBuffersTotal),
            "nettyShuffleMemoryAvailable": .integer(networkBuffersAvailable * networkBufferBytes),
            "nettyShuffleMemoryUsed": .integer(used * networkBufferBytes),
            "nettyShuffleMemoryTotal": .integer(networkBuffersTotal * networkBufferBytes),
            "garbageCollectors": [],
        ]
    }
}
