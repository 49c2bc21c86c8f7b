import WeirCore

/// A decoder, and how its inputs are made.
struct Target: Sendable {
    let name: String
    /// Makes valid inputs from chance, and says what is to hold of whatever becomes of them.
    let sample: @Sendable (inout Chance) -> Sample
}

/// Some valid inputs of one decoder in one situation, such as one schema.
struct Sample {
    /// Inputs that are accepted as they are, unless `mayRefuse`.
    let inputs: [[UInt8]]
    /// Whether an input may hold what its format cannot: a date in the year 30 000.
    var mayRefuse = false
    /// Words that mean something to the decoder.
    var tokens: [[UInt8]] = []
    /// Bytes behind the input that the decoder may read.
    var padding = 0
    /// Makes lengths and checksums right, so that what was changed is looked at; nil: there are none.
    var seal: (([UInt8]) -> [UInt8])?
    /// Decodes an input; says what is wrong with what came out, nil if nothing is.
    ///
    /// - Throws: what the decoder throws: the input is refused.
    let check: (UnsafeMutableRawBufferPointer) throws(WeirError) -> String?

    init(
        _ inputs: [[UInt8]],
        mayRefuse: Bool = false,
        tokens: [[UInt8]] = [],
        padding: Int = 0,
        seal: (([UInt8]) -> [UInt8])? = nil,
        check: @escaping (UnsafeMutableRawBufferPointer) throws(WeirError) -> String?
    ) {
        self.inputs = inputs
        self.mayRefuse = mayRefuse
        self.tokens = tokens
        self.padding = padding
        self.seal = seal
        self.check = check
    }
}

/// What is to hold of a value that was accepted: its bytes decode to a value with the same bytes.
func roundTrip<Value>(
    _ value: Value,
    encode: (Value) -> [UInt8],
    decode: ([UInt8]) throws(WeirError) -> Value
) -> String? {
    let bytes = encode(value)
    do throws(WeirError) {
        let again = encode(try decode(bytes))
        return again == bytes ? nil : "it is encoded to \(bytes), and that to \(again)"
    } catch {
        return "it is encoded to \(bytes), which is refused: \(error)"
    }
}
