import WeirCore
import WeirData

/// User code of a keyed process operator, its types erased.
public struct ProcessKernels {
    // SAFETY: called with the columns of the batch at hand and a row below its count.
    /// Takes a row of some columns.
    public typealias Row = (_ columns: UnsafeMutablePointer<ColumnReference>, _ row: Int) -> Void
    /// Takes the rows of each input.
    public let rows: [Row]
    /// Takes a timer.
    public let timer: (_ time: Int64, _ domain: TimeDomain) -> Void

    /// Wraps the closures.
    @inlinable
    public init(rows: [Row], timer: @escaping (_ time: Int64, _ domain: TimeDomain) -> Void) {
        self.rows = rows
        self.timer = timer
    }
}

/// Makes the user code of an instance; registers its states.
public typealias ProcessKernelFactory =
    @Sendable (KeyedStates, ProcessCore) throws(WeirError) -> ProcessKernels

/// The kernels of a function with one input; specialised where it is called.
@inlinable
public func makeProcessKernels<F: KeyedProcessFunction>(
    _ make: @escaping @Sendable (KeyedStates) throws(WeirError) -> F
) -> ProcessKernelFactory {
    { (states, core) throws(WeirError) in
        let function = try make(states)
        let context = KeyedContext<F.Output>(core)
        return ProcessKernels(
            rows: [{ function.process(RowView($0, row: $1), context) }],
            timer: { function.timerFired($0, $1, context) }
        )
    }
}

/// The kernels of a function with two keyed inputs.
@inlinable
public func makeCoProcessKernels<F: KeyedCoProcessFunction>(
    _ make: @escaping @Sendable (KeyedStates) throws(WeirError) -> F
) -> ProcessKernelFactory {
    { (states, core) throws(WeirError) in
        let function = try make(states)
        let context = KeyedContext<F.Output>(core)
        return ProcessKernels(
            rows: [
                { function.processLeft(RowView($0, row: $1), context) },
                { function.processRight(RowView($0, row: $1), context) },
            ],
            timer: { function.timerFired($0, $1, context) }
        )
    }
}

/// The kernels of a function with a keyed and a broadcast input.
@inlinable
public func makeBroadcastProcessKernels<F: KeyedBroadcastProcessFunction>(
    _ make: @escaping @Sendable (KeyedStates) throws(WeirError) -> F
) -> ProcessKernelFactory {
    { (states, core) throws(WeirError) in
        let function = try make(states)
        let context = KeyedContext<F.Output>(core)
        return ProcessKernels(
            rows: [
                { function.process(RowView($0, row: $1), context) },
                { function.processBroadcast(RowView($0, row: $1), context) },
            ],
            timer: { function.timerFired($0, $1, context) }
        )
    }
}
