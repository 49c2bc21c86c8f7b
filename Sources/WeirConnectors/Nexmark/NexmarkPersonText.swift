import WeirData

/// Names, addresses and cards of persons.
///
/// One of 50 events is a person, so this may make strings.
enum NexmarkPersonText {
    // SAFETY: the caller passes the columns of a batch of persons, eight of them, and a row in it.

    private static let states = ["AZ", "CA", "ID", "OR", "WA", "WY"]
    private static let cities = [
        "Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond",
        "Seattle", "Kent", "Cheyenne",
    ]
    private static let firstNames = [
        "Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter",
        "Walter",
    ]
    private static let lastNames = [
        "Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris",
    ]

    /// Writes columns 1 (name) to 5 (state); returns the bytes of all of them.
    static func store(
        _ columns: UnsafeMutablePointer<ColumnReference>,
        _ row: Int,
        _ random: inout JavaRandom
    ) -> Int32 {
        var total = 0
        func put(_ column: Int, _ text: String) {
            var text = text
            text.withUTF8 { bytes in
                columns[column].storeBytes(UnsafeRawBufferPointer(bytes), row)
                total += bytes.count
            }
        }
        let firstName = pick(firstNames, &random)
        put(1, firstName + " " + pick(lastNames, &random))
        let mailbox = word(limit: 7, &random)
        put(2, mailbox + "@" + word(limit: 5, &random) + ".com")
        let groups = (0..<4).map { _ in fourDigits(random.nextInt32(below: 10_000)) }
        put(3, groups.joined(separator: " "))
        put(4, pick(cities, &random))
        put(5, pick(states, &random))
        return Int32(total)
    }

    private static func pick(_ texts: [String], _ random: inout JavaRandom) -> String {
        texts[Int(random.nextInt32(below: Int32(texts.count)))]
    }

    /// A text of at most `limit - 1` letters and spaces, without spaces at its ends.
    private static func word(limit: Int32, _ random: inout JavaRandom) -> String {
        withUnsafeTemporaryAllocation(byteCount: Int(limit), alignment: 8) { buffer in
            let count = NexmarkText.fill(buffer, limit: limit, special: 32, &random)
            var text = buffer[..<count]
            while text.last == 32 { text.removeLast() }
            return String(decoding: text.drop { $0 == 32 }, as: UTF8.self)
        }
    }

    private static func fourDigits(_ number: Int32) -> String {
        let digits = String(number)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
