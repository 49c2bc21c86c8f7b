import Synchronization

/// Events in the order of arrival: put in from any thread, taken out by the one that sleeps on a parker.
public final class EventQueue<Event: Sendable>: Sendable {
    /// Whether there may be events: a reader that takes turns all the time finds out without the lock.
    private let isFilled = Atomic(false)
    private let events = Mutex<[Event]>([])
    private let parker: any Parker

    /// An empty queue whose reader sleeps on `parker`.
    public init(parker: any Parker) { self.parker = parker }

    /// Puts an event in and wakes the reader.
    public func post(_ event: Event) {
        events.withLock { $0.append(event) }
        isFilled.store(true, ordering: .releasing)
        parker.wake()
    }

    /// Takes all events, in order.
    public func takeAll() -> [Event] {
        guard isFilled.load(ordering: .acquiring) else { return [] }
        return events.withLock { events in
            // What is put in from here on sets it again.
            isFilled.store(false, ordering: .relaxed)
            defer { events = [] }
            return events
        }
    }
}
