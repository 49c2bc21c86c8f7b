import WeirSnapshot

/// The entries of a segment in memory, read by a naive decoder: later ones of a key replace earlier.
struct SegmentContents {
    struct Key: Hashable {
        let keyGroup: UInt16
        let state: UInt16
        let bytes: [UInt8]
    }

    /// In the order of the file; nil is a removal.
    private(set) var entries: [(key: Key, value: [UInt8]?)] = []

    /// The last entry of each key.
    private(set) var latest: [Key: [UInt8]?] = [:]

    init(_ image: SegmentImage) {
        for block in image.blocks.dropFirst().dropLast() { read(Array(block.dropFirst(16))) }
    }

    private mutating func read(_ bytes: [UInt8]) {
        var position = 0
        func word() -> UInt16 {
            defer { position += 2 }
            return UInt16(bytes[position]) | UInt16(bytes[position + 1]) << 8
        }
        func length() -> Int {
            var result = 0
            var shift = 0
            while true {
                let byte = bytes[position]
                position += 1
                result |= Int(byte & 0x7f) << shift
                if byte < 0x80 { return result }
                shift += 7
            }
        }
        func take(_ count: Int) -> [UInt8] {
            defer { position += count }
            return Array(bytes[position..<position + count])
        }
        while position < bytes.count {
            let keyGroup = word()
            let state = word()
            let keyLength = length()
            let valueLength = length()
            let key = Key(keyGroup: keyGroup, state: state, bytes: take(keyLength))
            let value = valueLength == 0 ? nil : take(valueLength - 1)
            entries.append((key, value))
            latest.updateValue(value, forKey: key)
        }
    }

    /// Puts the entries over what older segments left.
    func apply(to image: inout [Key: [UInt8]]) {
        for entry in entries { image[entry.key] = entry.value }
    }
}
