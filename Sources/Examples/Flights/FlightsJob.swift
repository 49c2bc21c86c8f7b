import Weir

/// A year of departures from New York: delays by carrier, route and weather, and alerts.
///
/// Two sources in event time, neither in order; a window join, sliding windows, keyed process
/// functions with timers, a side output for late rows, results exactly once in files.
@main
struct FlightsJob: StreamingJob {
    static let name = "flights"
    static let summary = "delays of a year of departures from New York, and alerts about them"
    static let argumentHelp = FlightsArguments.help

    func build(
        _ program: StreamExecutionEnvironment,
        arguments: [String]
    ) throws(WeirError) {
        let arguments = try FlightsArguments(arguments)
        let all = departures(program, arguments)
        let weather = weather(program, arguments)
        let inTime = all.splitLate()
        write(
            inTime.sideOutput(1, as: Departure.self).map(to: LateDeparture.self) { row, late in
                late[LateDeparture.time] = row.eventTime
                late[LateDeparture.carrier] = row[Departure.carrier]
                late[LateDeparture.flight] = row[Departure.flight]
                late[LateDeparture.origin] = row[Departure.origin]
                late[LateDeparture.destination] = row[Departure.destination]
                late[LateDeparture.delay] = row[Departure.delay]
            },
            "late",
            arguments
        )
        write(carriers(inTime), "carriers", arguments)
        write(routes(inTime), "routes", arguments)
        write(inWeather(inTime, weather), "weather", arguments)
        write(alerts(inTime), "alerts", arguments)
        if arguments.onMalformed == .deadLetter {
            let malformed = all.sideOutput(1, as: DeadLetter.self)
                .union(weather.sideOutput(1, as: DeadLetter.self))
            write(malformed, "malformed", arguments)
        }
    }

    func finished(
        _ status: JobStatus,
        arguments: [String],
        world: any World
    ) throws(WeirError) {
        try FlightsReport(world: world, directory: FlightsArguments(arguments).output)
            .write(status)
    }

    // MARK: Sources and sinks

    private func departures(
        _ program: StreamExecutionEnvironment,
        _ arguments: FlightsArguments
    ) -> DataStream<Departure> {
        var options = FileSourceOptions(
            [arguments.input + "/flights"],
            format: .csv(CSVOptions(nullLiterals: ["NA", ""]))
        )
        options.speed = arguments.speed
        options.onMalformed = arguments.onMalformed
        let watermarks = WatermarkStrategy.boundedDisorder(
            milliseconds: Int64(arguments.disorderHours * 3_600_000),
            timestamps: { batch, rows in
                let columns = batch.columnReferences
                let times = batch.eventTimes
                for row in rows {
                    let departure = RowView<Departure>(columns, row: row)
                    times[row] =
                        departure[Departure.hour].milliseconds
                        + Int64(departure[Departure.minute]) * 60_000
                }
            }
        )
        return program.from(
            FileSource.description(
                options,
                schema: Departure.schema,
                watermarks: watermarks,
                name: "departures"
            ),
            as: Departure.self
        )
    }

    private func weather(
        _ program: StreamExecutionEnvironment,
        _ arguments: FlightsArguments
    ) -> DataStream<Weather> {
        var options = FileSourceOptions(
            [arguments.input + "/weather"],
            format: .csv(CSVOptions(nullLiterals: ["NA", ""]))
        )
        options.speed = arguments.speed
        options.onMalformed = arguments.onMalformed
        let watermarks = WatermarkStrategy.boundedDisorder(
            milliseconds: 3_600_000,
            timestamps: { batch, rows in
                let columns = batch.columnReferences
                let times = batch.eventTimes
                for row in rows {
                    times[row] = RowView<Weather>(columns, row: row)[Weather.hour].milliseconds
                }
            }
        )
        return program.from(
            FileSource.description(
                options,
                schema: Weather.schema,
                watermarks: watermarks,
                name: "weather"
            ),
            as: Weather.self
        )
    }

    private func write<S: EventSchema>(
        _ stream: DataStream<S>,
        _ name: String,
        _ arguments: FlightsArguments
    ) {
        var options = FileSinkOptions(
            "\(arguments.output)/\(name)",
            format: .csv(CSVOptions())
        )
        options.replacesExisting = true
        stream.sink(FileSink.description(options, schema: S.schema, name: name)).named(name)
    }

    // MARK: Statistics

    private func carriers(_ departures: DataStream<Departure>) -> DataStream<CarrierStatistics> {
        departures.keyBy(Departure.carrier)
            .window(.sliding(size: .days(1), every: .hours(6)))
            .aggregate(
                DelayAggregate<Departure> { $0[Departure.delay] },
                to: CarrierStatistics.self
            ) { totals, key, window, row in
                row[CarrierStatistics.start] = window.start
                row[CarrierStatistics.end] = window.end
                row[CarrierStatistics.carrier] = key[Departure.carrier]
                row[CarrierStatistics.flights] = totals.flights
                row[CarrierStatistics.cancelled] = totals.cancelled
                row[CarrierStatistics.delayed] = totals.delayed
                row[CarrierStatistics.delayMinutes] = totals.delayMinutes
                row[CarrierStatistics.worst] = totals.worst
            }
            .named("by carrier")
    }

    private func routes(_ departures: DataStream<Departure>) -> DataStream<RouteStatistics> {
        departures.keyBy(Departure.origin, Departure.destination)
            .window(.sliding(size: .days(7), every: .days(1)))
            .aggregate(
                DelayAggregate<Departure> { $0[Departure.delay] },
                to: RouteStatistics.self
            ) { totals, key, window, row in
                row[RouteStatistics.start] = window.start
                row[RouteStatistics.end] = window.end
                row[RouteStatistics.origin] = key[Departure.origin]
                row[RouteStatistics.destination] = key[Departure.destination]
                row[RouteStatistics.flights] = totals.flights
                row[RouteStatistics.cancelled] = totals.cancelled
                row[RouteStatistics.delayMinutes] = totals.delayMinutes
            }
            .named("by route")
    }

    private func inWeather(
        _ departures: DataStream<Departure>,
        _ weather: DataStream<Weather>
    ) -> DataStream<WeatherStatistics> {
        departures.keyBy(Departure.origin)
            .join(
                weather.keyBy(Weather.origin),
                window: .tumbling(every: .hours(1)),
                to: DepartureInWeather.self
            ) { departure, weather, row in
                row[DepartureInWeather.origin] = departure[Departure.origin]
                row[DepartureInWeather.conditions] = conditions(weather)
                row[DepartureInWeather.delay] = departure[Departure.delay]
            }
            .named("with the weather")
            .keyBy(DepartureInWeather.origin, DepartureInWeather.conditions)
            .window(.tumbling(every: .days(1)))
            .aggregate(
                DelayAggregate<DepartureInWeather> { $0[DepartureInWeather.delay] },
                to: WeatherStatistics.self
            ) { totals, key, window, row in
                row[WeatherStatistics.day] = window.start
                row[WeatherStatistics.origin] = key[DepartureInWeather.origin]
                row[WeatherStatistics.conditions] = key[DepartureInWeather.conditions]
                row[WeatherStatistics.flights] = totals.flights
                row[WeatherStatistics.cancelled] = totals.cancelled
                row[WeatherStatistics.delayMinutes] = totals.delayMinutes
            }
            .named("by weather")
    }

    // MARK: Alerts

    private func alerts(_ departures: DataStream<Departure>) -> DataStream<Alert> {
        let pileUps = departures.keyBy(Departure.origin)
            .process(to: Alert.self) { (states) throws(WeirError) in try DelayPileUp(states) }
            .named("delays pile up")
        let silences = departures.keyBy(Departure.carrier)
            .process(to: Alert.self) { (states) throws(WeirError) in try CarrierSilence(states) }
            .named("carriers fall silent")
        return pileUps.union(silences)
    }
}

/// One word for an hour's weather.
private func conditions(_ weather: RowView<Weather>) -> StringView {
    if let visibility = weather[Weather.visibility], visibility < 3 { return "fog" }
    if let precipitation = weather[Weather.precipitation], precipitation > 0 { return "rain" }
    if let wind = weather[Weather.windSpeed], wind >= 20 { return "wind" }
    return "fair"
}
