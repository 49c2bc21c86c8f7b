import WeirPlan

/// A keyed stream cut into windows.
public struct WindowedStream<S: EventSchema> {
    /// The rows.
    public let keyed: KeyedStream<S>
    /// Which windows a row belongs to.
    public let assigner: WindowAssigner
    /// When windows fire; nil: when the watermark reaches their end.
    public internal(set) var trigger: WindowTrigger?
    /// What is left out of a window when it fires.
    public internal(set) var evictor: WindowEvictor?
    /// Lateness, and what becomes of late rows.
    public internal(set) var options = WindowOptions()

    /// Windows whose time is the wall clock, not the rows'.
    public internal(set) var timeDomain = TimeDomain.eventTime

    init(_ keyed: KeyedStream<S>, _ assigner: WindowAssigner) {
        self.keyed = keyed
        self.assigner = assigner
    }

    /// Takes rows up to `duration` after a window's end; each makes the window fire again.
    public func allowedLateness(_ duration: Duration) -> WindowedStream<S> {
        var changed = self
        changed.options.allowedLateness = duration.milliseconds
        return changed
    }

    /// Sends rows that come too late to side output 1; read it by `sideOutput(1, as: S.self)`.
    public func lateRowsToSideOutput() -> WindowedStream<S> {
        var changed = self
        changed.options.emitsLateRows = true
        return changed
    }

    /// Fires by another rule than the end of the window.
    public func trigger(_ trigger: WindowTrigger) -> WindowedStream<S> {
        var changed = self
        changed.trigger = trigger
        return changed
    }

    /// Leaves rows out of a window when it fires.
    public func evictor(_ evictor: WindowEvictor) -> WindowedStream<S> {
        var changed = self
        changed.evictor = evictor
        return changed
    }

    /// Windows of the wall clock at which rows come, not of their event time.
    public func inProcessingTime() -> WindowedStream<S> {
        var changed = self
        changed.timeDomain = .processingTime
        return changed
    }

    /// The schemas of side outputs.
    public var sideOutputs: [Schema] { options.emitsLateRows ? [S.schema] : [] }

    /// The aggregate of each key's rows in each window.
    ///
    /// ```swift
    /// bids.keyBy(Bid.auction).window(.sliding(size: .hours(1), every: .seconds(1)))
    ///     .aggregate(.count(), to: BidCount.self) { count, key, window, row in
    ///         row[BidCount.auction] = key[Bid.auction]
    ///         row[BidCount.count] = count
    ///         row[BidCount.end] = window.end
    ///     }
    /// ```
    /// `write` gets the result, a row of which only the key's columns count, the window, and the
    /// result row, whose event time is the window's last millisecond.
    @inlinable
    public func aggregate<F: AggregateFunction, Out: EventSchema>(
        _ function: F,
        to: Out.Type,
        _ write:
            @escaping @Sendable (F.Result, RowView<S>, WindowBounds, RowWriter<Out>) -> Void
    ) -> DataStream<Out> where F.Input == S {
        let plan = WindowPlan(self)
        return keyed.transformKeyed("window", to: Out.self, sideOutputs: sideOutputs) {
            plan.makeAggregate(makeAccumulatorKernels(function, write))
        }
    }

    /// Gives all rows of each key and window to user code.
    ///
    /// `process` gets the rows in the order of their times, a row of which only the key's columns
    /// count, the window, and a collector.
    @inlinable
    public func process<Out: EventSchema>(
        to: Out.Type,
        _ process:
            @escaping @Sendable (WindowRows<S>, RowView<S>, WindowBounds, Collector<Out>) -> Void
    ) -> DataStream<Out> {
        let plan = WindowPlan(self)
        return keyed.transformKeyed("windowProcess", to: Out.self, sideOutputs: sideOutputs) {
            plan.makeProcess(makeWindowProcessKernel(process))
        }
    }
}

/// A windowed stream without its types: what an operator is made from.
public struct WindowPlan: Sendable {
    let key: KeyFields
    let assigner: WindowAssigner
    let trigger: WindowTrigger?
    let evictor: WindowEvictor?
    let options: WindowOptions
    let timeDomain: TimeDomain

    /// Reads a stream.
    public init<S>(_ stream: WindowedStream<S>) {
        key = KeyFields(S.schema, columns: stream.keyed.keyColumns)
        assigner = stream.assigner
        trigger = stream.trigger
        evictor = stream.evictor
        options = stream.options
        timeDomain = stream.timeDomain
    }

    /// The operator of an aggregate: the sliced one where it fits, which is faster.
    public func makeAggregate(_ kernels: AccumulatorKernels) -> Operator {
        if trigger == nil, evictor == nil, timeDomain == .eventTime {
            switch assigner {
            case .tumblingMilliseconds(let size, let offset):
                return SlicedWindowAggregate(
                    key,
                    size: size,
                    slide: size,
                    offset: offset,
                    options: options,
                    kernels
                )
            case .slidingMilliseconds(let size, let slide, let offset):
                return SlicedWindowAggregate(
                    key,
                    size: size,
                    slide: slide,
                    offset: offset,
                    options: options,
                    kernels
                )
            case .sessionMilliseconds, .global: break
            }
        }
        return make(.aggregate(kernels))
    }

    /// The operator of a function of all rows.
    public func makeProcess(_ kernel: @escaping WindowProcessKernel) -> Operator {
        make(.process(kernel))
    }

    private func make(_ function: WindowFunction) -> Operator {
        WindowOperator(
            key,
            assigner,
            function,
            trigger: trigger,
            evictor: evictor,
            timeDomain: timeDomain,
            options: options
        )
    }
}

extension KeyedStream {
    /// Cuts the stream into windows for each key.
    public func window(_ assigner: WindowAssigner) -> WindowedStream<S> {
        WindowedStream(self, assigner)
    }

    /// One window for each `count` rows of a key.
    public func countWindow(_ count: Int) -> WindowedStream<S> {
        WindowedStream(self, .global).trigger(.purging(.count(count)))
    }
}
