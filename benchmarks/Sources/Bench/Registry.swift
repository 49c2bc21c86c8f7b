/// All benchmarks, in the order in which they run.
enum Registry {
    /// What the machine can do.
    static let limits: [any Benchmark] = [
        MemoryBandwidth(.read), MemoryBandwidth(.fill), MemoryBandwidth(.copy),
        DependentLoad(megabytes: 8), DependentLoad(megabytes: 64), DependentLoad(megabytes: 512),
        HashUpdate(millionKeys: 1, isPrefetched: false),
        HashUpdate(millionKeys: 1, isPrefetched: true),
        HashUpdate(millionKeys: 10, isPrefetched: false),
        HashUpdate(millionKeys: 10, isPrefetched: true),
        Checksum(lanes: 1), Checksum(lanes: 3),
        RingTransfer(batch: 1), RingTransfer(batch: 64),
        StoreAccess(.put), StoreAccess(.get), StoreAccess(.update),
        AppendLatency(percentile: 50), AppendLatency(percentile: 99),
        FileBandwidth(.write), FileBandwidth(.read),
    ]
}

extension Registry {
    /// What Weir does.
    static let engine: [any Benchmark] = [
        StatelessChain(),
        KeyedCount(millionKeys: 1), KeyedCount(millionKeys: 10),
        SlidingWindow(seconds: 60, name: "window-1min-1s"),
        SlidingWindow(seconds: 3600, name: "window-1h-1s", pacemaker: "window-1min-1s"),
        JSONScan(),
        SpilledCount(memory: 64), SpilledCount(memory: 128),
        BarrierStall(dirtyPercent: 1), BarrierStall(dirtyPercent: 100),
        MemoryPerKey(millionKeys: 10, hasCheckpoints: false),
        MemoryPerKey(millionKeys: 11, hasCheckpoints: false),
        MemoryPerKey(millionKeys: 10, hasCheckpoints: true),
        RestoreTime(hotPercent: 1), RestoreTime(hotPercent: 100),
    ]
}
