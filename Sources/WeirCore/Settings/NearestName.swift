/// Finds what a misspelt name was meant to be.
public enum NearestName {
    /// The known name that is nearest to `name`; nil if none is near enough to be a likely guess.
    ///
    /// A name that is the end of a known one (`interval` for `checkpointing.interval`) counts as
    /// near. Of equally near names the first wins. With `limit` no more changes than that are near.
    public static func find(
        _ name: String,
        among known: [String],
        within limit: Int = .max
    ) -> String? {
        let typed = Array(name.lowercased().utf8)
        var best: (name: String, distance: Int)?
        for candidate in known {
            let bytes = Array(candidate.utf8)
            var distance = distance(typed, bytes)
            if typed.count > 2, candidate.hasSuffix("." + name) || candidate.hasPrefix(name) {
                distance = min(distance, 1)
            }
            if distance <= min(limit, max(2, bytes.count / 2)), distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
        }
        return best?.name
    }

    /// The least number of insertions, deletions, replacements and swaps of neighbours that turn
    /// one name into the other.
    ///
    /// Damerau, Communications of the ACM 7(3), 1964, in its "optimal string alignment" form.
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [Int](repeating: i + 1, count: b.count + 1)
            for j in b.indices {
                let replaced = last[j] + (a[i] == b[j] ? 0 : 1)
                row[j + 1] = min(replaced, last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    row[j + 1] = min(row[j + 1], beforeLast[j - 1] + 1)
                }
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
