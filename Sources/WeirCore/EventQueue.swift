import Synchronization

/// Events in the order of arrival: put in from any thread, taken out by the one that sleeps on a parker.
public final class EventQueue<Event: Sendable>: Sendable {
    private let events = Mutex<[Event]>([])
    private let parker: any Parker

    /// An empty queue whose reader sleeps on `parker`.
    public init(parker: any Parker) { self.parker = parker }

    /// Puts an event in and wakes the reader.
    public func post(_ event: Event) {
        events.withLock { $0.append(event) }
        parker.wake()
    }

    /// Takes all events, in order.
    public func takeAll() -> [Event] {
        events.withLock { events in
            if events.isEmpty { return [] }
            defer { events.removeAll(keepingCapacity: true) }
            return events
        }
    }
}
