#if Sabotage
import Synchronization

/// Which transitions of the pure machines a run has taken: state, and the event that came in it.
///
/// Exists only in builds with the package trait `Sabotage`, as what is for tests of the tests only.
public enum TransitionCoverage {
    /// All transitions of a machine, and why some cannot be taken.
    public struct Table: Sendable {
        /// What the machine is called.
        public let machine: String
        /// Its states.
        public let states: [String]
        /// Its events.
        public let events: [String]
        /// By "state event": why it does not happen in a simulated cluster.
        public let unreachable: [String: String]

        /// Lists them.
        public init(
            _ machine: String,
            states: [String],
            events: [String],
            unreachable: [String: String] = [:]
        ) {
            self.machine = machine
            self.states = states
            self.events = events
            self.unreachable = unreachable
        }
    }

    private static let taken = Mutex<[String: Int]>([:])

    /// How often each transition was taken, by "machine state event".
    public static var counts: [String: Int] { taken.withLock { $0 } }

    /// An event has come in a state; both are enumerations, of which the names of the cases count.
    public static func note(_ machine: String, _ state: Any, _ event: Any) {
        let key = machine + " " + name(of: state) + " " + name(of: event)
        taken.withLock { $0[key, default: 0] += 1 }
    }

    private static func name(of value: Any) -> String {
        if let text = value as? String { return text }
        let mirror = Mirror(reflecting: value)
        if mirror.displayStyle == .enum, let label = mirror.children.first?.label { return label }
        return "\(value)"
    }
}
#endif
