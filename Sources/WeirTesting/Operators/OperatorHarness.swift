import Weir
import WeirOperators
import WeirSimulation
import WeirSnapshot
import WeirState

/// Drives one instance of an operator by hand: rows, watermarks, time, snapshots.
///
/// ```swift
/// let harness = try OperatorHarness(outputs: [Total.schema]) { makeOperator() }
/// try harness.push([["a", 1]], schema: Bid.schema, eventTime: { _ in 5 })
/// try harness.advance(watermark: 10)
/// #expect(harness.takeRows().map(\.values) == [["a", 1]])
/// ```
/// After a snapshot go on with the same harness, or restore it into new ones, as many as wanted.
public final class OperatorHarness {
    /// The operator.
    public let `operator`: Operator
    /// Its surroundings.
    public let context: OperatorContext
    /// The simulated world; shared by all harnesses that exchange snapshots.
    public let world: SimulatedWorld
    private let outputs: [HarnessOutput]
    private let backend: KeyedStateBackend
    private let store: any FileStore
    private let background: HarnessBackground
    private var checkpoint: CheckpointID
    /// Slices in which timers were fired so far.
    public private(set) var timerSlices = 0

    /// An opened operator with outputs of these schemas, main first.
    ///
    /// `snapshots` are what it is restored from: those of all instances of one checkpoint, made in
    /// the same `world`.
    public init(
        outputs schemas: [Schema],
        subtask: Subtask = Subtask(index: 0, parallelism: 1),
        maxParallelism: Int = 16,
        world: SimulatedWorld = SimulatedWorld(seed: 1),
        memoryLimit: Int = .max,
        restoring snapshots: [HarnessSnapshot] = [],
        _ make: () throws(WeirError) -> Operator
    ) throws(WeirError) {
        self.world = world
        store = LocalFileStore(world: world, directory: "/harness/store")
        outputs = schemas.map { _ in HarnessOutput() }
        background = HarnessBackground()
        checkpoint = snapshots.first?.checkpoint ?? .none
        let place = KeyedStatePlace(
            operatorID: OperatorID(hash: 1),
            operatorName: "harness",
            subtask: subtask,
            maxParallelism: maxParallelism,
            attempt: Attempt(checkpoint.number + 1),
            scratchDirectory: HarnessBackground.newDirectory(world)
        )
        let runner = background.runner
        backend = try KeyedStateBackend(
            place: place,
            files: world.files,
            images: ModelImageFactory(files: world.files),
            memory: TaskMemory(limitBytes: memoryLimit),
            background: runner,
            restored: HarnessSnapshot.keyedState(snapshots, store: store)
        )
        context = OperatorContext(
            world: world,
            operatorID: OperatorID(hash: 1),
            name: "harness",
            subtask: subtask,
            maxParallelism: maxParallelism,
            job: JobScope(JobID(number: 1)),
            attempt: Attempt(1),
            dataDirectory: "/harness",
            batchCapacity: 64,
            outputs: zip(schemas, outputs).map { schema, target in
                Output(schema, capacity: 64, targets: [target])
            },
            restored: HarnessSnapshot.operatorState(snapshots, for: subtask),
            keyedState: backend,
            background: runner
        )
        `operator` = try make()
        `operator`.attach(context)
        try `operator`.open()
        try backend.settle(dropping: [])
        if context.restored.isRestored { try fireTimers() }
    }

    // MARK: Input

    /// Gives rows to the operator, in batches of `batchSize`.
    public func push(
        _ rows: [HarnessRow],
        schema: Schema,
        input: Int = 0,
        batchSize: Int = 64
    ) throws(WeirError) {
        var start = 0
        while start < rows.count {
            let end = min(rows.count, start + batchSize)
            let batch = Batch(schema, capacity: batchSize)
            for row in rows[start..<end] {
                try batch.append(
                    row.values,
                    eventTime: row.eventTime,
                    splitWatermark: row.splitWatermark
                )
            }
            try push(batch, input: input)
            start = end
        }
    }

    /// Gives a batch to the operator.
    public func push(_ batch: Batch, input: Int = 0) throws(WeirError) {
        var position = 0
        while case .suspended(let next) = try `operator`.process(
            batch,
            from: position,
            input: input
        ) {
            position = next
        }
    }

    /// Moves the watermark and fires what is due.
    public func advance(watermark: Int64) throws(WeirError) {
        guard watermark > context.watermark else { return }
        context.setWatermark(watermark)
        try `operator`.advanceWatermark(to: Watermark(watermark))
        try fireTimers()
    }

    /// Moves the watermark without firing; `fireSlice` does, slice by slice.
    public func setWatermark(_ watermark: Int64) throws(WeirError) {
        context.setWatermark(watermark)
        try `operator`.advanceWatermark(to: Watermark(watermark))
    }

    /// Fires one slice of timers; returns whether due ones are left.
    public func fireSlice() throws(WeirError) -> Bool {
        timerSlices += 1
        return try `operator`.fireTimers(now: world.clock.wallMilliseconds())
    }

    private func fireTimers() throws(WeirError) {
        while try fireSlice() {}
    }

    /// Moves the wall clock and fires what is due.
    public func advance(processingTime milliseconds: Int64) throws(WeirError) {
        world.advance(by: milliseconds * 1_000_000)
        try fireTimers()
    }

    // MARK: Output

    /// Rows of an output since they were last taken.
    public func takeRows(_ output: Int = 0) -> [HarnessRow] {
        context.outputs[output].flush()
        defer { outputs[output].rows = [] }
        return outputs[output].rows
    }

    /// Rows after which an output calls itself full.
    public func setCapacity(_ rows: Int, output: Int = 0) { outputs[output].capacity = rows }

    // MARK: Upkeep

    /// Does for keyed state what the runtime does between two steps; returns whether more is due.
    public func maintain() throws(WeirError) -> Bool {
        try backend.maintain(at: clock) { false }
    }

    private var clock: StateClock {
        StateClock(
            processingTime: world.clock.wallMilliseconds(),
            watermark: context.watermark
        )
    }

    // MARK: Snapshots

    /// Takes a checkpoint, and completes it.
    public func snapshot() throws(WeirError) -> HarnessSnapshot {
        checkpoint = checkpoint.next
        let barrier = CheckpointBarrier(
            checkpoint: checkpoint,
            attempt: context.attempt,
            purpose: .checkpoint,
            isUnaligned: false,
            triggeredAt: 0
        )
        let collected = StateSnapshotContext(barrier)
        try `operator`.snapshot(collected)
        try backend.freeze(checkpoint, at: clock)
        while try !backend.serialiseSlice(until: { false }) {}
        guard let upload = backend.takeUpload() else {
            throw WeirError(.checkpointFailed, "The backend has nothing to upload.")
        }
        let keyed = try upload.run(store)
        backend.uploadFinished(keyed)
        for work in collected.backgroundWork { try work() }
        try `operator`.checkpointCompleted(checkpoint)
        backend.checkpointCompleted(checkpoint)
        return HarnessSnapshot(
            checkpoint: checkpoint,
            watermark: context.watermark,
            entries: collected.entries,
            keyed: keyed,
            world: world
        )
    }
}
