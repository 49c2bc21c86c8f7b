/// Names a task: one parallel instance of a job vertex.
public struct TaskID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The vertex.
    public let vertex: Int
    /// Which instance.
    public let subtask: Int

    /// Names an instance.
    public init(vertex: Int, subtask: Int) {
        self.vertex = vertex
        self.subtask = subtask
    }

    /// Orders by vertex, then by instance.
    public static func < (a: TaskID, b: TaskID) -> Bool {
        (a.vertex, a.subtask) < (b.vertex, b.subtask)
    }

    /// `3.0`: vertex 3, instance 0.
    public var description: String { "\(vertex).\(subtask)" }
}
