import Testing
import WeirCore

@Suite("A secret")
struct SecretComparisonTests {
    @Test("is the same as itself and as nothing else")
    func differences() {
        #expect(SecretComparison.isSame([1, 2], [1, 2]))
        for other: [UInt8] in [[], [1], [1, 3], [0, 2], [1, 2, 1], [1, 2, 1, 2], [1, 2, 0]] {
            #expect(!SecretComparison.isSame(other, [1, 2]), "\(other)")
        }
    }

    @Test("that is empty lets nobody in")
    func emptySecret() {
        #expect(!SecretComparison.isSame([], []))
        #expect(!SecretComparison.isSame([0], []))
    }
}
