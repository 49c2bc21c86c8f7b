import WeirCore
import WeirSnapshot

/// What lies below the tables: spill layers, newest first, and the image.
///
/// The owner's thread only.
struct LayeredImage {
    /// The image, as of the last fold.
    let image: any ImageStore
    /// Oldest first.
    var layers: [SpillLayer] = []

    /// Calls `body` for each key of the batch, with the value or nil.
    ///
    /// The order is that of the batch unless there are layers.
    func withValues(
        of batch: ImageReadBatch,
        _ body: (_ index: Int, _ value: UnsafeRawBufferPointer?) -> Void
    ) throws(WeirError) {
        if layers.isEmpty { return try image.withValues(of: batch, body) }
        var indices = Array(0..<batch.count)
        var left = batch
        for layer in layers.reversed() where !indices.isEmpty {
            var missing: [Int] = []
            try layer.store.withValues(of: left) { index, stored in
                if let stored {
                    body(indices[index], SpillLayer.content(stored))
                } else {
                    missing.append(index)
                }
            }
            left = left.subset(missing)
            indices = missing.map { indices[$0] }
        }
        if indices.isEmpty { return }
        try image.withValues(of: left) { index, value in body(indices[index], value) }
    }

    /// Calls `body` once, with the value of a key or nil.
    func withValue(
        keyGroup: UInt16,
        state: UInt16,
        key: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(WeirError) {
        for layer in layers.reversed() {
            var isFound = false
            try layer.store.withValue(keyGroup: keyGroup, state: state, key: key) { stored in
                guard let stored else { return }
                isFound = true
                body(SpillLayer.content(stored))
            }
            if isFound { return }
        }
        try image.withValue(keyGroup: keyGroup, state: state, key: key, body)
    }

    /// A cursor over the keys of a state that begin with `prefix`, in order.
    func cursor(
        keyGroup: UInt16,
        state: UInt16,
        prefix: UnsafeRawBufferPointer
    ) -> any ImageCursor {
        let base = image.cursor(keyGroup: keyGroup, state: state, prefix: prefix)
        if layers.isEmpty { return base }
        return LayeredCursor(
            base: base,
            layers: layers.map {
                $0.store.cursor(keyGroup: keyGroup, state: state, prefix: prefix)
            }
        )
    }

    /// A cursor over everything in some key groups.
    func scan(_ range: KeyGroupRange) -> any ImageCursor {
        let base = image.scan(range)
        if layers.isEmpty { return base }
        return LayeredCursor(base: base, layers: layers.map { $0.store.scan(range) })
    }
}

/// A walk over image and spill layers together: of several entries for a key the newest counts.
final class LayeredCursor: ImageCursor {
    /// The image's first, then the layers', oldest first.
    private let cursors: [any ImageCursor]
    /// Which of the cursors stands on the entry; nil: none.
    private var current: Int?
    private var isForward = true

    init(base: any ImageCursor, layers: [any ImageCursor]) {
        cursors = [base] + layers
    }

    var isValid: Bool { current != nil }

    func seekToFirst() {
        isForward = true
        for cursor in cursors { cursor.seekToFirst() }
        settle()
    }

    func seekToLast() {
        isForward = false
        for cursor in cursors { cursor.seekToLast() }
        settle()
    }

    func seek(keyGroup: UInt16, state: UInt16, key: UnsafeRawBufferPointer) {
        isForward = true
        for cursor in cursors { cursor.seek(keyGroup: keyGroup, state: state, key: key) }
        settle()
    }

    func next() {
        turn(forward: true)
        skipCurrentKey()
        settle()
    }

    func previous() {
        turn(forward: false)
        skipCurrentKey()
        settle()
    }

    func withEntry(_ body: (ImageEntry) -> Void) {
        guard let current else { return }
        cursors[current].withEntry { entry in
            guard current > 0 else { return body(entry) }
            guard let value = SpillLayer.content(entry.value) else { return }
            body(
                ImageEntry(
                    keyGroup: entry.keyGroup,
                    state: entry.state,
                    key: entry.key,
                    value: value
                )
            )
        }
    }

    func checkStatus() throws(WeirError) {
        for cursor in cursors { try cursor.checkStatus() }
    }

    /// The full key on which a cursor stands.
    private func key(_ index: Int) -> [UInt8]? {
        guard cursors[index].isValid else { return nil }
        var key: [UInt8]?
        cursors[index].withEntry {
            key = ImageKey.bytes(keyGroup: $0.keyGroup, state: $0.state, key: $0.key)
        }
        return key
    }

    /// Chooses the newest cursor on the nearest key that is not removed.
    private func settle() {
        while true {
            current = nil
            var nearest: [UInt8]?
            for index in cursors.indices {
                guard let key = key(index) else { continue }
                if let other = nearest, key != other,
                    key.lexicographicallyPrecedes(other) != isForward
                {
                    continue
                }
                nearest = key
                current = index
            }
            guard let found = current, found > 0 else { return }
            var isRemoved = false
            cursors[found].withEntry { isRemoved = SpillLayer.content($0.value) == nil }
            if !isRemoved { return }
            skipCurrentKey()
        }
    }

    /// Moves every cursor that stands on the current key on.
    private func skipCurrentKey() {
        guard let current, let key = key(current) else { return }
        for index in cursors.indices where self.key(index) == key {
            if isForward { cursors[index].next() } else { cursors[index].previous() }
        }
    }

    /// Makes all cursors stand on the side of the current key where the walk goes.
    private func turn(forward: Bool) {
        guard forward != isForward, let current, let target = key(current) else { return }
        isForward = forward
        for index in cursors.indices where index != current {
            let cursor = cursors[index]
            target.withUnsafeBytes { bytes in
                guard let entry = ImageKey.entry(key: bytes, value: bytes) else { return }
                cursor.seek(keyGroup: entry.keyGroup, state: entry.state, key: entry.key)
            }
            if forward { continue }
            if !cursor.isValid {
                cursor.seekToLast()
            } else if self.key(index) != target {
                cursor.previous()
            }
        }
    }
}
