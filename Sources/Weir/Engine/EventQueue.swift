import Synchronization
import WeirCore

/// What happened to a job, in the order of arrival; put in from any thread, read by its control.
final class EventQueue<Event: Sendable>: Sendable {
    private let events = Mutex<[Event]>([])
    private let parker: any Parker

    init(parker: any Parker) { self.parker = parker }

    func post(_ event: Event) {
        events.withLock { $0.append(event) }
        parker.wake()
    }

    func takeAll() -> [Event] {
        events.withLock { events in
            defer { events.removeAll(keepingCapacity: true) }
            return events
        }
    }
}
