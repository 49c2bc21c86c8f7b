/// What the loader is to know of an ELF file: libraries, their versions, and where to look for them.
extension ELFImage {
    /// Which part of the file goes where in memory.
    struct Segments {
        private struct Loaded {
            let address: Int
            let offset: Int
            let size: Int
        }

        private var loaded: [Loaded] = []
        /// Where the table for the loader is in the file; nil: it needs none.
        private(set) var dynamic: (offset: Int, size: Int)?

        init(_ header: [UInt8], _ source: ELFSource) throws(Malformed) {
            let offset = header.number(at: 32, bytes: 8)
            let size = header.number(at: 54, bytes: 2)
            let count = header.number(at: 56, bytes: 2)
            guard count > 0 else { return }
            guard size >= 56 else {
                throw Malformed(reason: "Its table of segments is none.")
            }
            let table = try source.bytes(at: offset, count: size * count)
            for index in 0..<count {
                let start = index * size
                let place = Loaded(
                    address: table.number(at: start + 16, bytes: 8),
                    offset: table.number(at: start + 8, bytes: 8),
                    size: table.number(at: start + 32, bytes: 8)
                )
                switch table.number(at: start, bytes: 4) {
                case 1: loaded.append(place)
                case 2: dynamic = (place.offset, place.size)
                default: break
                }
            }
        }

        /// Where in the file an address is, and how much of its segment follows.
        func place(of address: Int) throws(Malformed) -> (offset: Int, count: Int) {
            for segment in loaded {
                let inside = address.subtractingReportingOverflow(segment.address)
                guard !inside.overflow, inside.partialValue >= 0,
                    inside.partialValue < segment.size
                else { continue }
                let offset = segment.offset.addingReportingOverflow(inside.partialValue)
                guard !offset.overflow else { break }
                return (offset.partialValue, segment.size - inside.partialValue)
            }
            throw Malformed(reason: "An address in its header is in none of its segments.")
        }
    }

    /// The table for the loader.
    struct Dynamic {
        /// Entries of a chain, past which it is none.
        private static let mostEntries = 10_000

        private let segments: Segments
        private let source: ELFSource
        private var entries: [(tag: Int, value: Int)] = []
        private let names: [UInt8]

        /// Nil if the file has none: it needs no library.
        init?(_ segments: Segments, _ source: ELFSource) throws(Malformed) {
            guard let dynamic = segments.dynamic else { return nil }
            self.segments = segments
            self.source = source
            let table = try source.bytes(at: dynamic.offset, count: dynamic.size)
            for start in stride(from: 0, to: table.count, by: 16) {
                let tag = table.number(at: start, bytes: 8)
                if tag == 0 { break }
                entries.append((tag, table.number(at: start + 8, bytes: 8)))
            }
            guard let address = entries.first(where: { $0.tag == 5 })?.value,
                let size = entries.first(where: { $0.tag == 10 })?.value
            else {
                names = []
                return
            }
            names = try source.bytes(at: segments.place(of: address).offset, count: size)
        }

        private func values(_ tag: Int) -> [Int] { entries.filter { $0.tag == tag }.map(\.value) }

        /// DT_RUNPATH or, where there is none, DT_RPATH.
        func runPaths() throws(Malformed) -> [String] {
            let runPaths = values(29)
            var paths: [String] = []
            for offset in runPaths.isEmpty ? values(15) : runPaths {
                paths += try names.text(at: offset).split(separator: ":").map(String.init)
            }
            return paths
        }

        /// DT_NEEDED, with what DT_VERNEED says of each.
        func requirements() throws(Malformed) -> [Requirement] {
            var found: [Requirement] = []
            for offset in values(1) {
                found.append(Requirement(soname: try names.text(at: offset), versions: []))
            }
            guard let chain = try chain(0x6FFF_FFFE) else { return found }
            try chain.forEach(next: 12) { start throws(Malformed) in
                let soname = try names.text(at: chain.bytes.number(at: start + 4, bytes: 4))
                guard let index = found.firstIndex(where: { $0.soname == soname }) else { return }
                let first = start + chain.bytes.number(at: start + 8, bytes: 4)
                try chain.forEach(from: first, next: 12) { entry throws(Malformed) in
                    // A weak one may be missing.
                    guard chain.bytes.number(at: entry + 4, bytes: 2) & 2 == 0 else { return }
                    let name = try names.text(at: chain.bytes.number(at: entry + 8, bytes: 4))
                    found[index].versions.append(name)
                }
            }
            return found
        }

        /// DT_VERDEF.
        func definedVersions() throws(Malformed) -> Set<String> {
            guard let chain = try chain(0x6FFF_FFFC) else { return [] }
            var found: Set<String> = []
            try chain.forEach(next: 16) { start throws(Malformed) in
                // The first name of each; others are those that it builds on.
                let entry = start + chain.bytes.number(at: start + 12, bytes: 4)
                found.insert(try names.text(at: chain.bytes.number(at: entry, bytes: 4)))
            }
            return found
        }

        private func chain(_ tag: Int) throws(Malformed) -> Chain? {
            guard let address = values(tag).first else { return nil }
            let place = try segments.place(of: address)
            return Chain(
                bytes: try source.bytes(at: place.offset, count: min(place.count, 1 << 20)),
                mostEntries: Self.mostEntries
            )
        }
    }

    /// Entries each of which says how far the next one is.
    struct Chain {
        let bytes: [UInt8]
        let mostEntries: Int

        /// Visits them; `field` is where in an entry the distance to the next one stands.
        func forEach(
            from first: Int = 0,
            next field: Int,
            _ body: (Int) throws(Malformed) -> Void
        ) throws(Malformed) {
            var start = first
            for _ in 0..<mostEntries {
                guard start >= 0, start <= bytes.count - 16 else {
                    throw Malformed(reason: "An entry of its header is outside of it.")
                }
                try body(start)
                let distance = bytes.number(at: start + field, bytes: 4)
                if distance == 0 { return }
                start += distance
            }
            throw Malformed(reason: "A list in its header does not end.")
        }
    }
}
