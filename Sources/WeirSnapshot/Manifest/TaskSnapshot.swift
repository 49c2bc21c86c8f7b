import WeirCore

/// What one task adds to a checkpoint; its files are stored already.
public struct TaskSnapshot: Hashable, Sendable {
    /// The part of one operator of the task.
    public struct Part: Hashable, Sendable {
        /// The operator.
        public let operatorID: OperatorID
        /// Its keyed states; the same in all its subtasks.
        public let states: [StateSchema]
        /// The state of this subtask.
        public let subtask: SubtaskSnapshot

        /// Wraps an operator's part.
        public init(operatorID: OperatorID, states: [StateSchema], subtask: SubtaskSnapshot) {
            self.operatorID = operatorID
            self.states = states
            self.subtask = subtask
        }
    }

    /// Rows on their way to a subtask of an operator, of this task or of another.
    public struct InFlight: Hashable, Sendable {
        /// The operator that they are for.
        public let operatorID: OperatorID
        /// Which of its subtasks.
        public let subtask: Int
        /// The stored rows.
        public let channel: ChannelHandle

        /// Wraps stored rows.
        public init(operatorID: OperatorID, subtask: Int, channel: ChannelHandle) {
            self.operatorID = operatorID
            self.subtask = subtask
            self.channel = channel
        }
    }

    /// The operators' parts.
    public let parts: [Part]
    /// Rows that the barrier overtook.
    public let inFlight: [InFlight]
    /// Nanoseconds from the first barrier to the last.
    public let alignmentNanoseconds: Int64
    /// Nanoseconds from the cut to the acknowledgement.
    public let asynchronousNanoseconds: Int64
    /// Whether a barrier overtook rows.
    public let isUnaligned: Bool

    /// Wraps the parts.
    public init(
        parts: [Part],
        inFlight: [InFlight] = [],
        alignmentNanoseconds: Int64 = 0,
        asynchronousNanoseconds: Int64 = 0,
        isUnaligned: Bool = false
    ) {
        self.parts = parts
        self.inFlight = inFlight
        self.alignmentNanoseconds = alignmentNanoseconds
        self.asynchronousNanoseconds = asynchronousNanoseconds
        self.isUnaligned = isUnaligned
    }
}
