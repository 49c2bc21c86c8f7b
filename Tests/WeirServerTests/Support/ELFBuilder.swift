/// Makes ELF files of 64 bits, as small as they may be: a head, two segments, a table for the loader.
struct ELFBuilder {
    var machine = 62
    var type = 3
    var needed: [(name: String, versions: [String])] = []
    var runPath: String?
    /// Versions that the file itself has.
    var defines: [String] = []

    private var names: [UInt8] = [0]

    init() {}

    /// The file.
    ///
    /// All of it is one segment at address 0x10000.
    func bytes() -> [UInt8] {
        var builder = self
        return builder.build()
    }

    private mutating func build() -> [UInt8] {
        let base = 0x10000
        var needs: [UInt8] = []
        var entries: [(Int, Int)] = []
        for (index, entry) in needed.enumerated() {
            let name = add(entry.name)
            entries.append((1, name))
            let isLast = index == needed.count - 1
            needs += number(1, 2) + number(entry.versions.count, 2) + number(name, 4)
            needs += number(16, 4)
            needs += number(isLast ? 0 : 16 + 16 * entry.versions.count, 4)
            for (position, version) in entry.versions.enumerated() {
                let isEnd = position == entry.versions.count - 1
                needs += number(0, 4) + number(0, 2) + number(2, 2) + number(add(version), 4)
                needs += number(isEnd ? 0 : 16, 4)
            }
        }
        var defined: [UInt8] = []
        for (index, version) in defines.enumerated() {
            let isLast = index == defines.count - 1
            defined += number(1, 2) + number(0, 2) + number(index + 1, 2) + number(1, 2)
            defined += number(0, 4) + number(20, 4) + number(isLast ? 0 : 28, 4)
            defined += number(add(version), 4) + number(0, 4)
        }
        if let runPath { entries.append((29, add(runPath))) }
        let start = 64 + 2 * 56
        let tableSize = (entries.count + 5) * 16
        let namesAt = start + tableSize
        let needsAt = namesAt + names.count
        let definedAt = needsAt + needs.count
        entries += [(5, base + namesAt), (10, names.count)]
        if needed.contains(where: { !$0.versions.isEmpty }) {
            entries.append((0x6FFF_FFFE, base + needsAt))
        }
        if !defines.isEmpty { entries.append((0x6FFF_FFFC, base + definedAt)) }
        var table = entries.flatMap { number($0.0, 8) + number($0.1, 8) }
        table += [UInt8](repeating: 0, count: tableSize - table.count)
        let tail = names + needs + defined + [UInt8](repeating: 0, count: 16)
        let size = start + table.count + tail.count
        return header() + segment(1, 0, base, size) + segment(2, start, base + start, table.count)
            + table + tail
    }

    private func header() -> [UInt8] {
        var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0] + number(0, 8)
        bytes += number(type, 2) + number(machine, 2) + number(1, 4) + number(0, 8)
        bytes += number(64, 8) + number(0, 8) + number(0, 4) + number(64, 2) + number(56, 2)
        return bytes + number(2, 2) + number(64, 2) + number(0, 2) + number(0, 2)
    }

    private func segment(_ type: Int, _ offset: Int, _ address: Int, _ size: Int) -> [UInt8] {
        number(type, 4) + number(4, 4) + number(offset, 8) + number(address, 8)
            + number(address, 8) + number(size, 8) + number(size, 8) + number(1, 8)
    }

    private mutating func add(_ name: String) -> Int {
        defer { names += Array(name.utf8) + [0] }
        return names.count
    }

    private func number(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
