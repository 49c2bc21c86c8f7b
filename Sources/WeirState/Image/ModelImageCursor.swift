import WeirCore

/// A walk over a range of a model image.
final class ModelImageCursor: ImageCursor {
    private let entries: ModelImage.Entries
    private let lower: Int
    private let upper: Int
    private var index: Int

    init(_ entries: ModelImage.Entries, from lower: [UInt8], to upper: [UInt8]?) {
        self.entries = entries
        self.lower = entries.position(of: lower).index
        self.upper = upper.map { entries.position(of: $0).index } ?? entries.keys.count
        index = self.upper
    }

    var isValid: Bool { index >= lower && index < upper }

    func seekToFirst() { index = lower }

    func seekToLast() { index = upper - 1 }

    func seek(keyGroup: UInt16, state: UInt16, key: UnsafeRawBufferPointer) {
        let target = ImageKey.bytes(keyGroup: keyGroup, state: state, key: key)
        index = max(lower, entries.position(of: target).index)
    }

    func next() { index += 1 }

    func previous() { index -= 1 }

    func withEntry(_ body: (ImageEntry) -> Void) {
        entries.keys[index].withUnsafeBytes { key in
            entries.values[index].withUnsafeBytes { value in
                if let entry = ImageKey.entry(key: key, value: value) { body(entry) }
            }
        }
    }

    func checkStatus() throws(WeirError) {}
}
