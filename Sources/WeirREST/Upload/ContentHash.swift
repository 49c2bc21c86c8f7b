import COpenSSL

// SAFETY: the context belongs to the object, which frees it; OpenSSL reads what it is given during
// the call, and writes the 32 bytes that there is room for.
/// SHA-256 (FIPS 180-4) of content that comes in pieces.
package final class ContentHash {
    private let context: OpaquePointer

    /// The hash of nothing so far.
    package init() {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
        else { preconditionFailure("OpenSSL has no SHA-256, or no memory for it.") }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Adds the next piece.
    package func update(_ bytes: UnsafeRawBufferPointer) {
        let done = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        precondition(done == 1, "A hash that was finished has no next piece.")
    }

    /// The hash of all pieces, as 64 hexadecimal digits; there is no next piece.
    package func finish() -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        let done = EVP_DigestFinal_ex(context, &digest, nil)
        precondition(done == 1, "A hash is finished once.")
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self
        )
    }
}
