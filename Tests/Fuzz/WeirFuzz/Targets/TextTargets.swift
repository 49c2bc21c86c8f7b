import WeirConnectors
import WeirCore
import WeirData

/// What people write: settings, times, numbers, ids.
enum TextTargets {
    static let all = [settings, quantities, temporal, number, jobID]

    private static func bytes(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

    private static let settings = Target(name: "settings-file") { chance in
        let keys = SettingCatalogue.all.map(\.key)
        let inputs = (0..<3).map { _ in
            (0..<chance.below(6)).map { _ in
                let setting = chance.choose(SettingCatalogue.all)
                return "\(setting.key): \(setting.defaultText) # why\n"
            }.joined()
        }
        let tokens = keys + [": ", "#", "\"", "'", "\n", "\r\n", "- ", "---", "1s", "-1", "true"]
        return Sample(bytes(inputs), mayRefuse: true, tokens: bytes(tokens)) {
            bytes throws(WeirError) in
            let text = String(decoding: bytes, as: UTF8.self)
            var resolved = ResolvedSettings()
            for entry in try SettingsFile.parse(text, path: "weir.yaml") {
                try resolved.set(entry.key, entry.value, position: entry.position)
            }
            try resolved.checkTogether()
            for setting in SettingCatalogue.all { _ = setting.show(resolved.settings) }
            return nil
        }
    }

    private static let quantities = Target(name: "quantity") { chance in
        let inputs = [
            "\(chance.number())\(chance.choose(["ms", " s", "min", "h", "d", "us", "ns"]))",
            "\(chance.number(below: 1 << 50))\(chance.choose(["k", "mb", " gib", "t", ""]))",
        ]
        let tokens = ["9223372036854775807", "-", "+", "d", "t", "ms", " ", "µs", "0x", "."]
        return Sample(bytes(inputs), mayRefuse: true, tokens: bytes(tokens)) {
            bytes throws(WeirError) in
            let text = String(decoding: bytes, as: UTF8.self)
            let (duration, count) = (Duration(text: text), ByteCount(text))
            guard duration != nil || count != nil else {
                throw WeirError(.badValue, "\(text) is no quantity.")
            }
            if let duration, Duration(text: duration.text) != duration { return "\(duration.text)" }
            if let count, ByteCount(count.description) != count { return "\(count)" }
            return nil
        }
    }

    private static let temporal = Target(name: "temporal-text") { chance in
        let inputs = [
            "2013-01-31", "23:59:59.123456789", "2024-02-29T12:00:00+05:30",
            TemporalText.text(milliseconds: Int64(chance.below(1 << 46))),
        ]
        let tokens = [
            "-", ":", "T", "Z", "+", ".", "0000", "9999", "02-29", "+23:59", "-2359", " ",
        ]
        return Sample(bytes(inputs), tokens: bytes(tokens)) { bytes throws(WeirError) in
            let text = UnsafeRawBufferPointer(bytes)
            let date = TemporalText.date(text)
            let time = TemporalText.time(text)
            let moment = TemporalText.timestamp(text)
            guard date != nil || time != nil || moment != nil else {
                throw WeirError(.badValue, "No time.")
            }
            if let moment {
                _ = (moment.milliseconds, moment.microseconds, moment.nanoseconds(precision: 4))
            }
            if let time, time < 0 || time >= CivilCalendar.nanosecondsPerDay { return "\(time) ns" }
            guard let date else { return nil }
            var writer = ByteWriter()
            TemporalText.append(date: date, into: &writer)
            return writer.bytes.elementsEqual(text) ? nil : "the date \(writer.array)"
        }
    }

    private static let number = Target(name: "number-text") { chance in
        let inputs = [
            "\(chance.number())", "\(Double(bitPattern: chance.next()))",
            "-12345678901234567890.5e-7", "0.\(chance.next())",
        ]
        let tokens = ["e", "E-", "+", "-", ".", "0000000", "99999999999", "e-9223372036854775808"]
        let precision = 1 + chance.below(38)
        let scale = chance.below(precision + 1)
        return Sample(bytes(inputs), mayRefuse: true, tokens: bytes(tokens)) {
            bytes throws(WeirError) in
            let raw = UnsafeRawBufferPointer(bytes)
            let text = String(decoding: bytes, as: UTF8.self)
            let unscaled = DecimalText.unscaled(raw, precision: precision, scale: scale)
            let decimal = Decimal(text)
            var octets = ByteWriter()
            let isBase64 = Base64Text.decode(raw, into: &octets)
            guard unscaled != nil || decimal != nil || isBase64 else {
                throw WeirError(.badValue, "No number.")
            }
            if let unscaled, unscaled.magnitude >= Decimal.powerOfTen(precision).magnitude {
                return "\(unscaled) has more than \(precision) digits"
            }
            if let decimal, Decimal(decimal.description) != decimal { return "\(decimal)" }
            return nil
        }
    }

    private static let jobID = Target(name: "job-id") { chance in
        let inputs = (0..<3).map { _ in JobID(number: chance.unsigned()).description }
        return Sample(bytes(inputs), tokens: bytes(["+", "-", "g", "\u{301}", "0x"])) {
            bytes throws(WeirError) in
            let text = String(decoding: bytes, as: UTF8.self)
            guard let id = JobID(text) else { throw WeirError(.badValue, "No id.") }
            return id.description == text.lowercased() ? nil : "\(id) of \(text)"
        }
    }
}
