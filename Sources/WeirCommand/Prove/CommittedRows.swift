import WeirCore
import WeirREST

/// The rows that a job has committed into a directory: the lines of visible files, as a multiset.
///
/// Names of files do not count, those of the directories below do: a job may write several outputs.
package struct CommittedRows: Equatable {
    /// What one output has and another has not.
    package struct Difference: Equatable {
        /// Rows that should be there.
        package var missing = 0
        /// Rows that are there more often than they should.
        package var duplicate = 0
        /// Rows that should not be there at all.
        package var extra = 0
        /// Some of them.
        package var examples: [String] = []

        /// Whether there is none.
        package var isNone: Bool { missing + duplicate + extra == 0 }

        /// Examples that are kept.
        static let mostExamples = 5
    }

    /// How often each row is there: its directory, a tab, the line.
    package private(set) var counts: [String: Int] = [:]

    /// Reads all visible files below a directory; there may be none.
    ///
    /// - Parameters:
    ///   - directory: where the job has committed.
    ///   - hasHeaders: whether the first line of each file is no row.
    ///   - files: the disk.
    /// - Throws: what files throw.
    package init(in directory: String, hasHeaders: Bool, files: any FileSystem) throws(WeirError) {
        guard try files.status(directory) != nil else { return }
        try read(directory, below: "", hasHeaders, files)
    }

    /// The rows of a list, each with its directory, for tests.
    package init(_ rows: [(directory: String, line: String)]) {
        for row in rows { counts["\(row.directory)\t\(row.line)", default: 0] += 1 }
    }

    /// How many rows there are.
    package var count: Int { counts.values.reduce(0, +) }

    private mutating func read(
        _ directory: String,
        below name: String,
        _ hasHeaders: Bool,
        _ files: any FileSystem
    ) throws(WeirError) {
        // What a file sink has not committed, and its marks, begin so.
        for entry in try files.list(directory) {
            if entry.hasPrefix(".") || entry.hasPrefix("_") { continue }
            let path = directory + "/" + entry
            if try files.status(path)?.isDirectory == true {
                try read(path, below: name.isEmpty ? entry : name + "/" + entry, hasHeaders, files)
                continue
            }
            let lines = try files.readAll(path, limit: .max).split(separator: UInt8(ascii: "\n"))
            for line in lines.dropFirst(hasHeaders ? 1 : 0) {
                counts["\(name)\t" + String(decoding: line, as: UTF8.self), default: 0] += 1
            }
        }
    }

    /// What these rows lack and have too much, compared with those that are expected.
    package func difference(from expected: CommittedRows) -> Difference {
        var difference = Difference()
        for row in Set(counts.keys).union(expected.counts.keys).sorted() {
            let (own, wanted) = (counts[row] ?? 0, expected.counts[row] ?? 0)
            guard own != wanted else { continue }
            if own < wanted {
                difference.missing += wanted - own
            } else if wanted > 0 {
                difference.duplicate += own - wanted
            } else {
                difference.extra += own
            }
            if difference.examples.count < Difference.mostExamples {
                difference.examples.append("\(own) instead of \(wanted) times: \(row)")
            }
        }
        return difference
    }

    /// SHA-256 over all rows in their order as bytes, with how often each is there.
    package var digest: String {
        let hash = ContentHash()
        for (row, count) in counts.sorted(by: { $0.key < $1.key }) {
            Array("\(count)\t\(row)\n".utf8).withUnsafeBytes { hash.update($0) }
        }
        return hash.finish()
    }
}
