import WeirCore

/// The slots of all task managers, and which jobs have them.
///
/// A value without effects. A job keeps its slots over its attempts, so that it goes on where its state
/// is; what it lacks is taken where most slots are free, so that jobs spread.
public struct SlotPool: Sendable {
    private struct Node: Sendable {
        let slots: Int
        /// Whether it takes new slots of jobs.
        var isDraining = false
        /// Slots taken, by job.
        var taken: [JobID: Int] = [:]

        var free: Int { isDraining ? 0 : slots - taken.values.reduce(0, +) }
    }

    /// By the task manager's id.
    private var nodes: [String: Node] = [:]

    /// A pool without task managers.
    public init() {}

    /// All slots.
    public var total: Int { nodes.values.reduce(0) { $0 + $1.slots } }

    /// Slots that no job has.
    public var free: Int { nodes.values.reduce(0) { $0 + $1.free } }

    /// Slots of a task manager that no job has.
    public func free(of node: String) -> Int { nodes[node]?.free ?? 0 }

    /// Whether a task manager takes no new slots.
    public func isDraining(_ node: String) -> Bool { nodes[node]?.isDraining ?? false }

    /// How many slots of a task manager each job has.
    public func taken(of node: String) -> [JobID: Int] { nodes[node]?.taken ?? [:] }

    /// Slots that no job has, of all task managers but one.
    public func free(except node: String) -> Int { free - free(of: node) }

    /// Slots that a job has.
    public func taken(by job: JobID) -> Int {
        nodes.values.reduce(0) { $0 + ($1.taken[job] ?? 0) }
    }

    /// A task manager has come.
    public mutating func add(_ node: String, slots: Int) {
        note("add")
        if nodes[node] == nil { nodes[node] = Node(slots: slots) }
    }

    /// A task manager is lost, and what jobs had there.
    public mutating func remove(_ node: String) {
        note("remove")
        nodes[node] = nil
    }

    /// Counts a transition, where they are counted.
    private func note(_ event: @autoclosure () -> String) {
        #if Sabotage
        let state = nodes.isEmpty ? "empty" : free == 0 ? "full" : "free"
        TransitionCoverage.note("SlotPool", state, event())
        #endif
    }

    /// A task manager takes no new slots any more.
    public mutating func drain(_ node: String) { nodes[node]?.isDraining = true }

    /// Gives a job as many slots as it needs, or none: by slot, the task manager that has it.
    ///
    /// Slots of one task manager follow each other, so that neighbours of a job are near.
    public mutating func allocate(_ count: Int, for job: JobID) -> [String]? {
        note("allocate")
        var own = nodes.mapValues { $0.isDraining ? 0 : $0.taken[job] ?? 0 }
        var missing = count - own.values.reduce(0, +)
        while missing < 0 {
            // The job needs fewer than before: give back where it has most.
            guard let most = first(own, by: { own[$0] ?? 0 }) else { break }
            own[most, default: 0] -= 1
            missing += 1
        }
        var spare = nodes.mapValues(\.free)
        while missing > 0 {
            guard let roomiest = first(spare, by: { spare[$0] ?? 0 }),
                (spare[roomiest] ?? 0) > 0
            else { return nil }
            spare[roomiest, default: 0] -= 1
            own[roomiest, default: 0] += 1
            missing -= 1
        }
        for node in nodes.keys {
            let now = own[node] ?? 0
            nodes[node]?.taken[job] = now == 0 ? nil : now
        }
        return own.keys.sorted().flatMap { Array(repeating: $0, count: own[$0] ?? 0) }
    }

    /// Notes the slots that a job has already, by task manager; false if there are not so many.
    public mutating func adopt(_ slots: [String: Int], for job: JobID) -> Bool {
        guard slots.allSatisfy({ (nodes[$0.key]?.free ?? 0) >= $0.value }) else { return false }
        for (node, count) in slots { nodes[node]?.taken[job] = count }
        return true
    }

    /// The id with the highest figure; the first of several.
    private func first(_ figures: [String: Int], by figure: (String) -> Int) -> String? {
        figures.keys.sorted().max { (figure($0), $1) < (figure($1), $0) }
    }

    /// A job gives all its slots back.
    public mutating func release(_ job: JobID) {
        note("release")
        for node in nodes.keys { nodes[node]?.taken[job] = nil }
    }
}
