/// Compares what a peer sent with a secret that it must know.
public enum SecretComparison {
    /// Whether both are the same; a secret that is empty is nobody's, and nothing is the same.
    ///
    /// Takes a time that depends on what was sent, not on how much of it is right.
    public static func isSame(_ sent: [UInt8], _ secret: [UInt8]) -> Bool {
        guard !secret.isEmpty else { return false }
        var difference = sent.count ^ secret.count
        for index in sent.indices {
            difference |= Int(sent[index] ^ secret[index % secret.count])
        }
        return difference == 0
    }
}
