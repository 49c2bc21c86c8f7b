import Testing
import WeirCore

@Suite("Key groups")
struct KeyGroupTests {
    @Test("each group belongs to exactly the subtask that `owner` names")
    func ownership() {
        for maxParallelism in [1, 2, 7, 128, 1000] {
            for parallelism in 1...min(maxParallelism, 130) {
                var covered = 0
                for index in 0..<parallelism {
                    let subtask = Subtask(index: index, parallelism: parallelism)
                    let range = KeyGroupRange(subtask: subtask, maxParallelism: maxParallelism)
                    #expect(range.lower == covered)
                    #expect(range.count >= maxParallelism / parallelism)
                    for group in range.lower..<range.upper {
                        let owner = KeyGroupRange.owner(
                            of: KeyGroup(UInt16(group)),
                            parallelism: parallelism,
                            maxParallelism: maxParallelism
                        )
                        #expect(owner == index)
                    }
                    covered = range.upper
                }
                #expect(covered == maxParallelism)
            }
        }
    }

    @Test("the largest maximum parallelism has its last group in its last subtask")
    func largest() {
        let last = KeyGroup(32_767)
        let range = KeyGroupRange(Subtask(index: 2, parallelism: 3), of: 32_768)
        #expect(range.contains(last))
        #expect(KeyGroupRange.owner(of: last, parallelism: 3, maxParallelism: 32_768) == 2)
        #expect(KeyGroup(hash: .max, maxParallelism: 32_768) == last)
        #expect(KeyGroup(hash: 0, maxParallelism: 32_768) == KeyGroup(0))
    }

    @Test("random hashes spread evenly over the groups")
    func spread() {
        var random = SplitMix64(seed: 7)
        var counts = [Int](repeating: 0, count: 128)
        for _ in 0..<128_000 {
            counts[Int(KeyGroup(hash: random.next(), maxParallelism: 128).number)] += 1
        }
        #expect(counts.allSatisfy { (800...1200).contains($0) })
    }

    @Test("ranges intersect as sets do")
    func intersection() {
        let range = KeyGroupRange(10, 20)
        #expect(range.intersection(KeyGroupRange(15, 30)) == KeyGroupRange(15, 20))
        #expect(range.intersection(KeyGroupRange(0, 11)) == KeyGroupRange(10, 11))
        #expect(range.intersection(KeyGroupRange(20, 30)) == nil)
        #expect(range.contains(KeyGroup(10)))
        #expect(!range.contains(KeyGroup(20)))
        #expect(range.description == "10..<20")
    }
}

extension KeyGroupRange {
    fileprivate init(_ subtask: Subtask, of maxParallelism: Int) {
        self.init(subtask: subtask, maxParallelism: maxParallelism)
    }
}
