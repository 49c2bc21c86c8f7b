import WeirCore
import WeirData

/// Elements that wait for an operator, with the input they came on.
///
/// First in, first out.
struct ElementQueue {
    private var elements: [(element: StreamElement, input: Int)?] = []
    private var first = 0
    /// Batches among the elements.
    private(set) var batchCount = 0

    /// Elements that wait.
    var count: Int { elements.count - first }

    /// Whether none waits.
    var isEmpty: Bool { count == 0 }

    /// The next element, left in place.
    var next: (element: StreamElement, input: Int)? { isEmpty ? nil : elements[first] }

    /// Appends an element.
    mutating func append(_ element: consuming StreamElement, input: Int) {
        if case .batch = element { batchCount += 1 }
        elements.append((element, input))
    }

    /// Takes the next element.
    mutating func pop() -> (element: StreamElement, input: Int)? {
        guard !isEmpty, let entry = elements[first] else { return nil }
        elements[first] = nil
        first += 1
        if first == elements.count {
            elements.removeAll(keepingCapacity: true)
            first = 0
        }
        if case .batch = entry.element { batchCount -= 1 }
        return entry
    }

    /// All elements that wait, in order.
    var waiting: [(element: StreamElement, input: Int)] { elements[first...].compactMap { $0 } }

    /// Takes a checkpoint's barrier out, if it waits; the others keep their order.
    mutating func removeBarrier(of checkpoint: CheckpointID) {
        for index in first..<elements.count {
            if case .barrier(let barrier) = elements[index]?.element,
                barrier.checkpoint == checkpoint
            {
                elements.remove(at: index)
                return
            }
        }
    }
}
