import Testing
import WeirData

@Suite("Batches that are filled again")
struct BatchBuilderTests {
    private let schema = Schema([ColumnDescriptor("id", id: 1, .int64)])

    @Test("rows of a batch that is used again have no times, unless the writer sets them all")
    func timesOfReusedBatches() {
        for setsTimes in [false, true] {
            let builder = BatchBuilder(schema, capacity: 2) { _ in }
            builder.setsTimes = setsTimes
            #expect(builder.batch.eventTimes[0] == .min)
            builder.batch.eventTimes[0] = 5
            builder.batch.splitWatermarks[1] = 4
            builder.advance(2)
            #expect(builder.batch.eventTimes[0] == (setsTimes ? 5 : .min))
            #expect(builder.batch.splitWatermarks[1] == (setsTimes ? 4 : .min))
        }
    }
}
