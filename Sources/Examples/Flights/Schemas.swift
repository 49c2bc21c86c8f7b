import Weir

/// A scheduled departure, as in `flights.csv`; its event time is the scheduled minute.
enum Departure: EventSchema {
    static var carrier: Column<StringView> { .init(index: 0, id: 1, "carrier") }
    static var flight: Column<Int32> { .init(index: 1, id: 2, "flight") }
    static var origin: Column<StringView> { .init(index: 2, id: 3, "origin") }
    static var destination: Column<StringView> { .init(index: 3, id: 4, "dest") }
    /// Minutes after the schedule; NULL for a cancelled flight.
    static var delay: Column<Int32?> { .init(index: 4, id: 5, "dep_delay") }
    /// The minute of the scheduled departure.
    static var minute: Column<Int32> { .init(index: 5, id: 6, "minute") }
    /// The hour of the scheduled departure, UTC.
    static var hour: Column<TimestampMilliseconds> { .init(index: 6, id: 7, "time_hour") }

    static let schema = Schema(of: carrier, flight, origin, destination, delay, minute, hour)
}

/// An hour's weather at an airport, as in `weather.csv`; its event time is the hour.
enum Weather: EventSchema {
    static var origin: Column<StringView> { .init(index: 0, id: 1, "origin") }
    /// Miles per hour.
    static var windSpeed: Column<Double?> { .init(index: 1, id: 2, "wind_speed") }
    /// Inches in the hour.
    static var precipitation: Column<Double?> { .init(index: 2, id: 3, "precip") }
    /// Miles.
    static var visibility: Column<Double?> { .init(index: 3, id: 4, "visib") }
    static var hour: Column<TimestampMilliseconds> { .init(index: 4, id: 5, "time_hour") }

    static let schema = Schema(of: origin, windSpeed, precipitation, visibility, hour)
}

/// Statistics of a carrier over a day, every six hours.
enum CarrierStatistics: EventSchema {
    static var start: Column<Int64> { .init(index: 0, id: 1, "window_start") }
    static var end: Column<Int64> { .init(index: 1, id: 2, "window_end") }
    static var carrier: Column<StringView> { .init(index: 2, id: 3, "carrier") }
    static var flights: Column<Int64> { .init(index: 3, id: 4, "flights") }
    static var cancelled: Column<Int64> { .init(index: 4, id: 5, "cancelled") }
    static var delayed: Column<Int64> { .init(index: 5, id: 6, "delayed") }
    static var delayMinutes: Column<Int64> { .init(index: 6, id: 7, "delay_minutes") }
    static var worst: Column<Int64> { .init(index: 7, id: 8, "worst") }

    static let schema = Schema(
        of: start,
        end,
        carrier,
        flights,
        cancelled,
        delayed,
        delayMinutes,
        worst
    )
}

/// Statistics of a route over a week, every day.
enum RouteStatistics: EventSchema {
    static var start: Column<Int64> { .init(index: 0, id: 1, "window_start") }
    static var end: Column<Int64> { .init(index: 1, id: 2, "window_end") }
    static var origin: Column<StringView> { .init(index: 2, id: 3, "origin") }
    static var destination: Column<StringView> { .init(index: 3, id: 4, "dest") }
    static var flights: Column<Int64> { .init(index: 4, id: 5, "flights") }
    static var cancelled: Column<Int64> { .init(index: 5, id: 6, "cancelled") }
    static var delayMinutes: Column<Int64> { .init(index: 6, id: 7, "delay_minutes") }

    static let schema = Schema(
        of: start,
        end,
        origin,
        destination,
        flights,
        cancelled,
        delayMinutes
    )
}

/// A departure and the conditions of its hour at its airport.
enum DepartureInWeather: EventSchema {
    static var origin: Column<StringView> { .init(index: 0, id: 1, "origin") }
    static var conditions: Column<StringView> { .init(index: 1, id: 2, "conditions") }
    static var delay: Column<Int32?> { .init(index: 2, id: 3, "dep_delay") }

    static let schema = Schema(of: origin, conditions, delay)
}

/// Statistics of a day at an airport under some conditions.
enum WeatherStatistics: EventSchema {
    static var day: Column<Int64> { .init(index: 0, id: 1, "day") }
    static var origin: Column<StringView> { .init(index: 1, id: 2, "origin") }
    static var conditions: Column<StringView> { .init(index: 2, id: 3, "conditions") }
    static var flights: Column<Int64> { .init(index: 3, id: 4, "flights") }
    static var cancelled: Column<Int64> { .init(index: 4, id: 5, "cancelled") }
    static var delayMinutes: Column<Int64> { .init(index: 5, id: 6, "delay_minutes") }

    static let schema = Schema(of: day, origin, conditions, flights, cancelled, delayMinutes)
}

/// Something that a person should look at.
enum Alert: EventSchema {
    static var time: Column<Int64> { .init(index: 0, id: 1, "time") }
    /// `delays` (they pile up), `cleared`, or `silent`.
    static var kind: Column<StringView> { .init(index: 1, id: 2, "kind") }
    /// An airport or a carrier.
    static var subject: Column<StringView> { .init(index: 2, id: 3, "subject") }
    /// Delayed flights in the last hour, or hours of silence.
    static var count: Column<Int64> { .init(index: 3, id: 4, "count") }

    static let schema = Schema(of: time, kind, subject, count)
}

/// A departure that came too late for the statistics.
enum LateDeparture: EventSchema {
    static var time: Column<Int64> { .init(index: 0, id: 1, "time") }
    static var carrier: Column<StringView> { .init(index: 1, id: 2, "carrier") }
    static var flight: Column<Int32> { .init(index: 2, id: 3, "flight") }
    static var origin: Column<StringView> { .init(index: 3, id: 4, "origin") }
    static var destination: Column<StringView> { .init(index: 4, id: 5, "dest") }
    static var delay: Column<Int32?> { .init(index: 5, id: 6, "dep_delay") }

    static let schema = Schema(of: time, carrier, flight, origin, destination, delay)
}
