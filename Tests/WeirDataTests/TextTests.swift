import Testing
import WeirCore
import WeirData

@Suite struct TextTests {
    @Test("day numbers and dates agree from the year -400 to 4000")
    func calendar() {
        var days = CivilCalendar.days(year: -400, month: 1, day: 1)
        for year in -400..<4000 {
            for month in 1...12 {
                for day in 1...CivilCalendar.days(inMonth: month, year: year) {
                    let date = CivilCalendar.YearMonthDay(year: year, month: month, day: day)
                    if CivilCalendar.days(year: year, month: month, day: day) != days
                        || CivilCalendar.date(days: days) != date
                    {
                        Issue.record("\(date) is not day \(days)")
                    }
                    days += 1
                }
            }
        }
        #expect(CivilCalendar.days(year: 1970, month: 1, day: 1) == 0)
        #expect(CivilCalendar.days(year: 2013, month: 1, day: 1) == 15706)
    }

    @Test(
        "timestamps are read in ISO's and SQL's spellings",
        arguments: [
            ("2013-01-01T05:00:00Z", 1_357_016_400_000),
            ("2013-01-01 05:00:00", 1_357_016_400_000),
            ("2013-01-01 05:00", 1_357_016_400_000),
            ("2013-01-01T05:00:00.1239", 1_357_016_400_123),
            ("2013-01-01T05:00:00+02:00", 1_357_009_200_000),
            ("2013-01-01T05:00:00-0530", 1_357_036_200_000),
            ("2013-01-01T05:00:00.5-05", 1_357_034_400_500),
            ("2013-01-01", 1_356_998_400_000),
            ("1969-12-31T23:59:59.999", -1),
            ("2012-02-29", 1_330_473_600_000),
        ] as [(String, Int64)]
    )
    func timestamps(text: String, milliseconds: Int64) {
        #expect(moment(text)?.milliseconds == milliseconds)
    }

    @Test(
        "what is no timestamp is refused",
        arguments: [
            "", "2013", "2013-1-1", "2013-13-01", "2013-00-10", "2013-02-29", "2013-01-01T",
            "2013-01-01T24:00", "2013-01-01T05:60", "2013-01-01T05:00:60", "2013-01-01T05:00:00.",
            "2013-01-01T05:00:00.1234567891", "2013-01-01T05:00:00X", "2013-01-01T05:00:00+",
            "2013-01-01T05:00:00+25:00", "2013-01-01x05:00", " 2013-01-01", "2013-01-01 ",
        ]
    )
    func notTimestamps(text: String) { #expect(moment(text) == nil) }

    @Test(
        "decimals are read exactly and rounded half up at the scale",
        arguments: [
            ("0", 0), ("1", 100), ("-1.5", -150), ("1.005", 101), ("1.0049", 100), ("-1.005", -101),
            ("1e2", 10000), ("1.5E-1", 15), ("00.10", 10), ("99999999.99", 9_999_999_999),
            ("1e-400", 0), ("0e999999999999", 0), (".5", 50), ("5.", 500),
        ] as [(String, Int)]
    )
    func decimals(text: String, unscaled: Int) {
        #expect(parsed(text) == Int128(unscaled))
    }

    @Test(
        "what is no decimal, or too large, is refused",
        arguments: [
            "", "-", ".", "1x", "1e", "1e+", "--1", "100000000", "99999999.995", "1e40",
            "1e999999999",
            "123456789012345678901234567890123456789012345678901234567890",
        ]
    )
    func notDecimals(text: String) { #expect(parsed(text) == nil) }

    @Test("values print as SQL's clients do")
    func printing() throws {
        #expect(Value.null.text(as: .int32) == "NULL")
        #expect(Value.boolean(true).text(as: .boolean) == "TRUE")
        #expect(Value.integer(.min).text(as: .int64) == "-9223372036854775808")
        #expect(Decimal(unscaled: -5, scale: 2).description == "-0.05")
        #expect(Decimal("-12.340")?.description == "-12.340")
        #expect(Decimal("1e-3")?.description == "0.001")
        #expect(Decimal("1.50e1")?.description == "15.0")
        #expect(Decimal("1e-39") == nil)
        #expect(Decimal("1e-9223372036854775808") == nil)
        #expect(Decimal("1e9223372036854775807") == nil)
        let millisecond = LogicalType.timestamp(precision: 3, isLocalZone: false)
        #expect(
            Value.timestamp(milliseconds: -1).text(as: millisecond) == "1969-12-31 23:59:59.999"
        )
        let second = LogicalType.timestamp(precision: 0, isLocalZone: true)
        #expect(Value.timestamp(milliseconds: -1).text(as: second) == "1969-12-31 23:59:59Z")
        #expect(
            Value.time(TimeOfDay(nanoseconds: 1)).text(as: .time(precision: 9))
                == "00:00:00.000000001"
        )
        #expect(Value.monthInterval(MonthInterval(months: -18)).text(as: .monthInterval) == "-1-06")
        #expect(
            Value.dayTimeInterval(DayTimeInterval(milliseconds: 97_200_000))
                .text(as: .dayTimeInterval) == "+1 03:00:00.000"
        )
        #expect(Value.array([1, nil]).text(as: .array(.int32)) == "[1, NULL]")
        #expect(
            Value.map([.init("a", 1.5)]).text(as: .map(key: .string, value: .double)) == "{a=1.5}"
        )
        #expect(Value.bytes([0, 255]).text(as: .bytes) == "00ff")
        let schema = Schema([
            ColumnDescriptor("a", id: 1, .int32), ColumnDescriptor("b", id: 2, .string),
        ])
        let batch = Batch(schema, capacity: 1)
        try batch.append([1, "x"], kind: .updateBefore)
        #expect(try batch.rowText(0) == "-U[1, x]")
    }

    @Test("a value of the wrong type, or NULL where it must not be, is refused")
    func wrongType() {
        let batch = Batch(Schema([ColumnDescriptor("a", id: 1, .int8)]), capacity: 1)
        for value: Value in [nil, "x", 128, 1.5] {
            #expect {
                try batch.append([value])
            } throws: {
                ($0 as? WeirError)?.code == .badValue
            }
        }
    }

    private func moment(_ text: String) -> TemporalText.Moment? {
        Array(text.utf8).withUnsafeBytes { TemporalText.timestamp($0) }
    }

    private func parsed(_ text: String) -> Int128? {
        Array(text.utf8).withUnsafeBytes { DecimalText.unscaled($0, precision: 10, scale: 2) }
    }
}
