import WeirData

/// Any of the three kinds of event, in one row: the columns of the other kinds are NULL.
///
/// Columns are named as the fields of the published table's rows: `bid.price`.
public enum NexmarkEvent: EventSchema {
    /// 0: a person, 1: an auction, 2: a bid.
    @inlinable
    public static var eventType: Column<Int32> { .init(index: 0, id: 1, "event_type") }

    /// `id` of a person.
    @inlinable
    public static var personID: Column<Int64?> {
        .init(index: 1, id: 2, "person.id")
    }

    /// `name` of a person.
    @inlinable
    public static var personName: Column<StringView?> {
        .init(index: 2, id: 3, "person.name")
    }

    /// `emailAddress` of a person.
    @inlinable
    public static var personEmailAddress: Column<StringView?> {
        .init(index: 3, id: 4, "person.emailAddress")
    }

    /// `creditCard` of a person.
    @inlinable
    public static var personCreditCard: Column<StringView?> {
        .init(index: 4, id: 5, "person.creditCard")
    }

    /// `city` of a person.
    @inlinable
    public static var personCity: Column<StringView?> {
        .init(index: 5, id: 6, "person.city")
    }

    /// `state` of a person.
    @inlinable
    public static var personState: Column<StringView?> {
        .init(index: 6, id: 7, "person.state")
    }

    /// `dateTime` of a person.
    @inlinable
    public static var personDateTime: Column<TimestampMilliseconds?> {
        .init(index: 7, id: 8, "person.dateTime")
    }

    /// `extra` of a person.
    @inlinable
    public static var personExtra: Column<StringView?> {
        .init(index: 8, id: 9, "person.extra")
    }

    /// `id` of an auction.
    @inlinable
    public static var auctionID: Column<Int64?> {
        .init(index: 9, id: 10, "auction.id")
    }

    /// `itemName` of an auction.
    @inlinable
    public static var auctionItemName: Column<StringView?> {
        .init(index: 10, id: 11, "auction.itemName")
    }

    /// `description` of an auction.
    @inlinable
    public static var auctionDescription: Column<StringView?> {
        .init(index: 11, id: 12, "auction.description")
    }

    /// `initialBid` of an auction.
    @inlinable
    public static var auctionInitialBid: Column<Int64?> {
        .init(index: 12, id: 13, "auction.initialBid")
    }

    /// `reserve` of an auction.
    @inlinable
    public static var auctionReserve: Column<Int64?> {
        .init(index: 13, id: 14, "auction.reserve")
    }

    /// `dateTime` of an auction.
    @inlinable
    public static var auctionDateTime: Column<TimestampMilliseconds?> {
        .init(index: 14, id: 15, "auction.dateTime")
    }

    /// `expires` of an auction.
    @inlinable
    public static var auctionExpires: Column<TimestampMilliseconds?> {
        .init(index: 15, id: 16, "auction.expires")
    }

    /// `seller` of an auction.
    @inlinable
    public static var auctionSeller: Column<Int64?> {
        .init(index: 16, id: 17, "auction.seller")
    }

    /// `category` of an auction.
    @inlinable
    public static var auctionCategory: Column<Int64?> {
        .init(index: 17, id: 18, "auction.category")
    }

    /// `extra` of an auction.
    @inlinable
    public static var auctionExtra: Column<StringView?> {
        .init(index: 18, id: 19, "auction.extra")
    }

    /// `auction` of a bid.
    @inlinable
    public static var bidAuction: Column<Int64?> {
        .init(index: 19, id: 20, "bid.auction")
    }

    /// `bidder` of a bid.
    @inlinable
    public static var bidBidder: Column<Int64?> {
        .init(index: 20, id: 21, "bid.bidder")
    }

    /// `price` of a bid.
    @inlinable
    public static var bidPrice: Column<Int64?> {
        .init(index: 21, id: 22, "bid.price")
    }

    /// `channel` of a bid.
    @inlinable
    public static var bidChannel: Column<StringView?> {
        .init(index: 22, id: 23, "bid.channel")
    }

    /// `url` of a bid.
    @inlinable
    public static var bidURL: Column<StringView?> {
        .init(index: 23, id: 24, "bid.url")
    }

    /// `dateTime` of a bid.
    @inlinable
    public static var bidDateTime: Column<TimestampMilliseconds?> {
        .init(index: 24, id: 25, "bid.dateTime")
    }

    /// `extra` of a bid.
    @inlinable
    public static var bidExtra: Column<StringView?> {
        .init(index: 25, id: 26, "bid.extra")
    }

    /// All columns.
    public static let schema = Schema(
        of: eventType,
        personID,
        personName,
        personEmailAddress,
        personCreditCard,
        personCity,
        personState,
        personDateTime,
        personExtra,
        auctionID,
        auctionItemName,
        auctionDescription,
        auctionInitialBid,
        auctionReserve,
        auctionDateTime,
        auctionExpires,
        auctionSeller,
        auctionCategory,
        auctionExtra,
        bidAuction,
        bidBidder,
        bidPrice,
        bidChannel,
        bidURL,
        bidDateTime,
        bidExtra
    )
}
