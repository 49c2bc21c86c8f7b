"""What the main job must output, computed by another program in another language.

Reads the same CSV files, in plain loops over sorted lists; nothing of Weir is used. `results`
returns, by output, the multiset of lines that the committed files must hold.
"""

import collections
import csv
import datetime
import glob
import os

HOUR = 3_600_000
DAY = 24 * HOUR
CARRIER_WINDOW = (DAY, 6 * HOUR)
ROUTE_WINDOW = (7 * DAY, DAY)
SILENCE = 36 * HOUR
PILE_UP_SPAN = HOUR
PILE_UP_DELAY = 60
PILE_UP_RAISED = 10
PILE_UP_CLEARED = 5


def milliseconds(text):
    moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    return int(moment.replace(tzinfo=datetime.timezone.utc).timestamp()) * 1000


def flights(directory, bound):
    """On-time and late departures; late is what its own file's watermark has passed."""
    on_time, late = [], []
    for path in sorted(glob.glob(os.path.join(directory, "flights", "*.csv"))):
        watermark = None
        with open(path, newline="") as file:
            for row in csv.DictReader(file):
                time = milliseconds(row["time_hour"]) + int(row["minute"]) * 60_000
                delay = None if row["dep_delay"] == "NA" else int(row["dep_delay"])
                departure = (time, row["carrier"], int(row["flight"]), row["origin"], row["dest"], delay)
                is_late = watermark is not None and time <= watermark
                (late if is_late else on_time).append(departure)
                reached = time - bound - 1
                watermark = reached if watermark is None else max(watermark, reached)
    return on_time, late


def windows(time, size, slide):
    start = time - time % slide
    while start > time - size:
        yield start
        start -= slide


def carriers(departures):
    size, slide = CARRIER_WINDOW
    totals = collections.defaultdict(lambda: [0, 0, 0, 0, 0])
    for time, carrier, _, _, _, delay in departures:
        for start in windows(time, size, slide):
            total = totals[(start, carrier)]
            total[0] += 1
            if delay is None:
                total[1] += 1
            else:
                total[2] += delay > 15
                total[3] += max(delay, 0)
                total[4] = max(total[4], delay)
    return [f"{s},{s + size},{c}," + ",".join(map(str, t)) for (s, c), t in totals.items()]


def routes(departures):
    size, slide = ROUTE_WINDOW
    totals = collections.defaultdict(lambda: [0, 0, 0])
    for time, _, _, origin, dest, delay in departures:
        for start in windows(time, size, slide):
            total = totals[(start, origin, dest)]
            total[0] += 1
            total[1] += delay is None
            total[2] += max(delay or 0, 0)
    return [f"{s},{s + size},{o},{d}," + ",".join(map(str, t)) for (s, o, d), t in totals.items()]


def conditions(row):
    def number(name):
        return None if row[name] == "NA" else float(row[name])

    visibility, rain, wind = number("visib"), number("precip"), number("wind_speed")
    if visibility is not None and visibility < 3:
        return "fog"
    if rain is not None and rain > 0:
        return "rain"
    if wind is not None and wind >= 20:
        return "wind"
    return "fair"


def weather(directory, departures):
    hours = collections.defaultdict(list)
    for path in sorted(glob.glob(os.path.join(directory, "weather", "*.csv"))):
        with open(path, newline="") as file:
            for row in csv.DictReader(file):
                hours[(row["origin"], milliseconds(row["time_hour"]) // HOUR)].append(conditions(row))
    totals = collections.defaultdict(lambda: [0, 0, 0])
    for time, _, _, origin, _, delay in departures:
        for condition in hours.get((origin, time // HOUR), []):
            total = totals[(time - time % DAY, origin, condition)]
            total[0] += 1
            total[1] += delay is None
            total[2] += max(delay or 0, 0)
    return [f"{s},{o},{c}," + ",".join(map(str, t)) for (s, o, c), t in totals.items()]


def silences(departures):
    times = collections.defaultdict(set)
    for time, carrier, *_ in departures:
        times[carrier].add(time)
    lines = []
    for carrier, seen in times.items():
        ordered = sorted(seen)
        for time, following in zip(ordered, ordered[1:] + [None]):
            if following is None or following - time > SILENCE:
                lines.append(f"{time + SILENCE},silent,{carrier},{SILENCE // HOUR}")
    return lines


def pile_ups(departures):
    by_origin = collections.defaultdict(list)
    for time, _, _, origin, _, delay in departures:
        by_origin[origin].append((time, delay))
    lines = []
    for origin, rows in by_origin.items():
        by_time = collections.defaultdict(int)
        for time, delay in rows:
            by_time[time] += delay is not None and delay > PILE_UP_DELAY
        recent, count, is_raised = collections.deque(), 0, False
        for time in sorted(by_time):
            if by_time[time]:
                recent.append((time, by_time[time]))
                count += by_time[time]
            while recent and recent[0][0] <= time - PILE_UP_SPAN:
                count -= recent.popleft()[1]
            if not is_raised and count >= PILE_UP_RAISED:
                is_raised = True
                lines.append(f"{time},delays,{origin},{count}")
            elif is_raised and count < PILE_UP_CLEARED:
                is_raised = False
                lines.append(f"{time},cleared,{origin},{count}")
    return lines


def results(directory, bound):
    """By output, the multiset of lines; `bound` is the flights' disorder bound in milliseconds."""
    on_time, late = flights(directory, bound)
    lines = {
        "carriers": carriers(on_time),
        "routes": routes(on_time),
        "weather": weather(directory, on_time),
        "alerts": silences(on_time) + pile_ups(on_time),
        "late": [
            f"{t},{c},{f},{o},{d},{'' if y is None else y}" for t, c, f, o, d, y in late
        ],
    }
    share = len(late) / max(1, len(on_time) + len(late))
    return {name: collections.Counter(rows) for name, rows in lines.items()}, share
