import CFuzz
import WeirCore

/// Gives a decoder one input after the other; each is a function of the seed and its number.
struct Fuzzer {
    /// What came of some inputs.
    struct Result {
        var inputs = 0
        var accepted = 0
        var refused = 0
        /// The most memory that an input took, less what its length allows.
        var mostBytes = 0
        /// What was wrong, with the input's number.
        var findings: [(input: UInt64, what: String)] = []
    }

    /// Inputs that are made from one sample; the first is the sample itself.
    static let inputsOfSample: UInt64 = 64
    /// What an input of any length may take: twice a batch of 65 536 rows without columns, which takes
    /// a few bytes and whose times take a mebibyte.
    static let freeBytes = 4 << 20
    /// What it may take for each of its bytes.
    static let bytesPerByte = 64

    let target: Target
    let seed: UInt64
    private let name: UnsafeMutablePointer<CChar>
    private let stream: UInt64

    init(_ target: Target, seed: UInt64) {
        self.target = target
        self.seed = seed
        stream = OperatorID(path: target.name).hash
        let characters = target.name.utf8CString
        // SAFETY: the name stays where it is as long as the process lives: a crash tells it.
        name = .allocate(capacity: characters.count)
        name.initialize(from: Array(characters), count: characters.count)
    }

    /// Runs the inputs with these numbers.
    func run(_ numbers: Range<UInt64>, isVerbose: Bool = false) -> Result {
        var result = Result()
        var sample: (number: UInt64, Sample)?
        for number in numbers {
            fuzz_note(name, seed, number)
            let ofSample = number / Self.inputsOfSample
            if sample?.number != ofSample { sample = (ofSample, makeSample(ofSample)) }
            guard let sample = sample?.1 else { continue }
            let bytes = input(number, sample)
            if isVerbose { Report.say("input \(number), \(bytes.count) bytes: \(bytes)") }
            result.inputs += 1
            decode(bytes, number, sample, &result, isVerbose)
            if number % 4096 == 0 { fuzz_install(Self.mostSeconds) }
        }
        fuzz_note(nil, seed, 0)
        return result
    }

    /// Seconds of processor time for some thousand inputs after which one of them hangs.
    private static let mostSeconds: Int32 = 60

    private func makeSample(_ number: UInt64) -> Sample {
        var chance = Chance(seed: seed, stream: stream, number: number &* 2)
        return target.sample(&chance)
    }

    private func input(_ number: UInt64, _ sample: Sample) -> [UInt8] {
        let place = Int(number % Self.inputsOfSample)
        if place < sample.inputs.count { return sample.inputs[place] }
        var mutator = Mutator(
            chance: Chance(seed: seed, stream: stream, number: number &* 2 &+ 1),
            tokens: sample.tokens
        )
        let bytes = mutator.mutated(sample.inputs)
        guard let seal = sample.seal, mutator.chance.happens(88) else { return bytes }
        return seal(bytes)
    }

    private func decode(
        _ bytes: [UInt8],
        _ number: UInt64,
        _ sample: Sample,
        _ result: inout Result,
        _ isVerbose: Bool
    ) {
        // SAFETY: the copy is as long as the bytes, and lives until the next input is copied.
        let copy = UnsafeMutableRawBufferPointer(
            start: fuzz_guarded(bytes, bytes.count, sample.padding),
            count: bytes.count
        )
        fuzz_meter_start()
        do throws(WeirError) {
            if let wrong = try sample.check(copy) { result.findings.append((number, wrong)) }
            result.accepted += 1
            if isVerbose { Report.say("  accepted") }
        } catch {
            result.refused += 1
            if isVerbose { Report.say("  refused: \(error)") }
            if error.message.isEmpty {
                result.findings.append((number, "it is refused in silence"))
            }
            let isValid = number % Self.inputsOfSample < UInt64(sample.inputs.count)
            if isValid, !sample.mayRefuse {
                result.findings.append((number, "a valid input is refused: \(error)"))
            }
        }
        let over = Int(fuzz_meter_peak()) - Self.bytesPerByte * bytes.count
        result.mostBytes = max(result.mostBytes, over)
        if over > Self.freeBytes {
            result.findings.append(
                (number, "it takes \(fuzz_meter_peak()) bytes for \(bytes.count)")
            )
        }
    }
}
