/// Checks of text.
enum UTF8Text {
    /// Whether bytes are UTF-8: no overlong forms, no surrogates, nothing past U+10FFFF.
    ///
    /// The Unicode Standard, table 3-7.
    static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        let count = bytes.count
        while index < count {
            let first = bytes[index]
            if first < 0x80 {
                index &+= 1
                continue
            }
            let length: Int
            var low: UInt8 = 0x80
            var high: UInt8 = 0xbf
            switch first {
            case 0xc2...0xdf: length = 2
            case 0xe0:
                length = 3
                low = 0xa0
            case 0xe1...0xec, 0xee...0xef: length = 3
            case 0xed:
                length = 3
                high = 0x9f
            case 0xf0:
                length = 4
                low = 0x90
            case 0xf1...0xf3: length = 4
            case 0xf4:
                length = 4
                high = 0x8f
            default: return false
            }
            guard count &- index >= length else { return false }
            guard bytes[index &+ 1] >= low, bytes[index &+ 1] <= high else { return false }
            for offset in 2..<max(2, length) {
                guard bytes[index &+ offset] & 0xc0 == 0x80 else { return false }
            }
            index &+= length
        }
        return true
    }
}
