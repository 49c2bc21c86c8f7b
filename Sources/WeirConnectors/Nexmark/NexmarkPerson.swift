import WeirData

/// Somebody who may sell or bid: one of 50 events.
public enum NexmarkPerson: EventSchema {
    /// The person.
    @inlinable
    public static var id: Column<Int64> { .init(index: 0, id: 1, "id") }

    /// First and last name.
    @inlinable
    public static var name: Column<StringView> { .init(index: 1, id: 2, "name") }

    /// An address at a made-up host.
    @inlinable
    public static var emailAddress: Column<StringView> { .init(index: 2, id: 3, "emailAddress") }

    /// Four groups of four digits.
    @inlinable
    public static var creditCard: Column<StringView> { .init(index: 3, id: 4, "creditCard") }

    /// One of ten cities.
    @inlinable
    public static var city: Column<StringView> { .init(index: 4, id: 5, "city") }

    /// One of six states of the USA, by its two letters.
    @inlinable
    public static var state: Column<StringView> { .init(index: 5, id: 6, "state") }

    /// When the person was registered: the event time.
    @inlinable
    public static var dateTime: Column<TimestampMilliseconds> { .init(index: 6, id: 7, "dateTime") }

    /// Filler.
    @inlinable
    public static var extra: Column<StringView> { .init(index: 7, id: 8, "extra") }

    /// The columns in the published order.
    public static let schema = Schema(
        of: id,
        name,
        emailAddress,
        creditCard,
        city,
        state,
        dateTime,
        extra
    )
}
