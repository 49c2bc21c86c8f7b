/// A memory budget that several tasks of one thread share by demand.
///
/// Nobody has a part of his own: while all together stay inside, each may grow. Past the point where
/// giving back begins, those who hold most give back first, down to one level for all of them. The
/// rest of the budget is for what a step takes before it can give anything back.
public final class MemoryPool {
    /// The budget of all members together, in bytes.
    public var limitBytes: Int
    /// What all members hold now, in bytes.
    public private(set) var usedBytes = 0
    /// The most that they held at any time, in bytes.
    public private(set) var highestBytes = 0
    /// What each member holds.
    private var shares: [Int] = []

    /// A budget; without one the members may hold all there is.
    public init(limitBytes: Int = Int.max) { self.limitBytes = limitBytes }

    /// Past so many bytes members are asked to give back.
    public var softLimitBytes: Int { limitBytes / 4 * 3 }

    /// Past so many bytes members must give back before they go on.
    public var urgentBytes: Int { limitBytes / 8 * 7 }

    /// Takes in a member; returns its number.
    func join() -> Int {
        shares.append(0)
        return shares.count - 1
    }

    func charge(_ bytes: Int, to member: Int) {
        usedBytes += bytes
        shares[member] += bytes
        highestBytes = max(highestBytes, usedBytes)
    }

    func release(_ bytes: Int, from member: Int) {
        usedBytes -= bytes
        shares[member] -= bytes
        precondition(shares[member] >= 0, "more memory released than charged: \(shares[member])")
    }

    /// By how many bytes a member is past the level that would bring all inside.
    func excess(of member: Int) -> Int {
        guard usedBytes > softLimitBytes else { return 0 }
        var left = softLimitBytes
        var count = shares.count
        for share in shares.sorted() {
            // Who holds less than an equal part of what is left keeps it.
            guard share < left / count else { break }
            left -= share
            count -= 1
        }
        return count == 0 ? 0 : max(0, shares[member] - left / count)
    }
}
