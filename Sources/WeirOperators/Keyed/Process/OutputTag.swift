import WeirData

/// Names a side output of an operator and the schema of its rows.
///
/// ```swift
/// let alarms = OutputTag<Alarm>(1)
/// ```
public struct OutputTag<S: EventSchema>: Sendable {
    /// The output's number: 1 for the first side output.
    public let number: Int

    /// Names side output `number`, from 1.
    public init(_ number: Int) {
        precondition(number >= 1, "side outputs are numbered from 1")
        self.number = number
    }
}
