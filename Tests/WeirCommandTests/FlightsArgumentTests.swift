import Testing
import Weir
import WeirSystem

@Suite("The command line of flights")
struct FlightsArgumentTests {
    @Test("asked for help behind -- it gives it, also through weir, with exit codes and arguments")
    func help() async throws {
        let result = await #expect(
            processExitsWith: .success,
            observing: [\.standardOutputContent, \.standardErrorContent]
        ) {
            try runScript("$flights -- --help && $weir run $flights -- --help")
        }
        let text = String(decoding: try #require(result?.standardOutputContent), as: UTF8.self)
        #expect(text.split(separator: "Arguments of the job, after --:").count == 3, "\(text)")
        #expect(text.contains("130 a second interrupt"))
        #expect(text.contains("--on-malformed WHAT"))
        let errors = String(decoding: try #require(result?.standardErrorContent), as: UTF8.self)
        #expect(!errors.contains("WR-"), "\(errors)")
    }

    @Test("lines that cannot be decoded fail the job, are left out, or go to a directory")
    func malformed() async throws {
        let result = await #expect(
            processExitsWith: .success,
            observing: [\.standardOutputContent, \.standardErrorContent]
        ) {
            try runScript(
                """
                mkdir -p in/flights in/weather
                echo carrier,flight,origin,dest,dep_delay,minute,time_hour > in/flights/a.csv
                echo UA,1,EWR,IAH,2,15,2013-01-01T10:00:00Z >> in/flights/a.csv
                echo UA,one,EWR,IAH,2,15,2013-01-01T10:00:00Z >> in/flights/a.csv
                echo origin,wind_speed,precip,visib,time_hour > in/weather/a.csv
                echo EWR,windy,0,10,2013-01-01T10:00:00Z >> in/weather/a.csv
                for policy in fail skip dead-letter other; do
                    $flights -D restart-strategy.type=none -- --input in --output $policy \
                        --on-malformed $policy > log 2> errors
                    echo "$policy $?: $(grep -c 'could not be decoded' log)" >&2
                    grep -E 'fix:|takes fail' errors >&2
                done
                tail -qn +2 dead-letter/malformed/part-* | cut -d, -f1,2,5,6 | sort >&2
                """
            )
        }
        let text = String(decoding: try #require(result?.standardErrorContent), as: UTF8.self)
        #expect(
            text.contains("fail 1: 0\n  fix:   Correct the record, or have the source"),
            "\(text)"
        )
        #expect(text.contains("skip 0: 1\ndead-letter 0: 1\nother 2: 0\n"), "\(text)")
        #expect(text.contains("takes fail, skip or dead-letter, not \"other\""), "\(text)")
        #expect(text.contains("in/flights/a.csv,93,flight,not a number\n"), "\(text)")
        #expect(text.contains("in/weather/a.csv,41,wind_speed,not a number\n"), "\(text)")
    }

    @Test("an empty output directory's name is refused before anything is done")
    func emptyOutput() async throws {
        let result = await #expect(
            processExitsWith: .exitCode(2),
            observing: [\.standardErrorContent]
        ) {
            try runScript("exec $flights -- --input . --output ''")
        }
        let text = String(decoding: try #require(result?.standardErrorContent), as: UTF8.self)
        #expect(text.contains("--output"), "\(text)")
        #expect(text.contains("fix:"), "\(text)")
    }

    @Test("with closed standard streams nothing it prints gets into a file that it opens")
    func closedStreams() async throws {
        let result = await #expect(
            processExitsWith: .success,
            observing: [\.standardErrorContent]
        ) {
            try runScript(
                """
                mkdir -p in/flights in/weather
                echo carrier,flight,origin,dest,dep_delay,minute,time_hour > in/flights/a.csv
                echo UA,1,EWR,IAH,2,15,2013-01-01T10:00:00Z >> in/flights/a.csv
                echo origin,wind_speed,precip,visib,time_hour > in/weather/a.csv
                echo EWR,5,0,10,2013-01-01T10:00:00Z >> in/weather/a.csv
                $flights --data job -- --input in --output out <&- >&- 2>&-
                echo "exit $?" >&2
                grep -rlE 'records/s|departures' out job | grep -v / >&2
                cat out/late/_SUCCESS > /dev/null && echo whole >&2
                head -c 40 job/attempt >&2
                """
            )
        }
        let text = String(decoding: try #require(result?.standardErrorContent), as: UTF8.self)
        #expect(text == "exit 0\nwhole\n1\n", "\(text)")
    }
}

/// Runs a script in a new directory, with `$0` and `$1` the programs weir and flights.
private func runScript(_ script: String) throws {
    let whole = "weir=$0; flights=$1; cd \"$(mktemp -d)\"\n\(script)\nrm -r \"$PWD\""
    try RealWorld().processes.replaceSelf(
        with: "/bin/sh",
        arguments: ["-c", whole, Products.path("weir"), Products.path("flights")]
    )
}
