import WeirCore

/// Which process of a simulation something belongs to, and whether that runs.
// SAFETY: one thread runs a simulation.
final class ProcessIdentity: @unchecked Sendable {
    let id: Int
    /// The machine that it runs on, which is also its host name.
    let node: String
    /// Whether another process started it: then its end is for ever.
    let isChild: Bool
    /// Whether it takes no steps for the time being, as after SIGSTOP.
    var isFrozen = false
    /// How a child ended, and when its parent can know.
    private(set) var end: (status: ExitStatus, visibleAt: Int64)?
    /// Called when a child ends, whose parent will know of it.
    var onEnd: (() -> Void)?
    /// Called when the last of its threads has finished.
    var onLastThread: (() -> Void)?

    init(id: Int, node: String, isChild: Bool) {
        self.id = id
        self.node = node
        self.isChild = isChild
    }

    /// Whether it is a child that has ended.
    var hasEnded: Bool { end != nil }

    func noteEnd(_ status: ExitStatus, visibleAt: Int64) {
        end = (status, visibleAt)
        onLastThread = nil
        onEnd?()
    }
}
