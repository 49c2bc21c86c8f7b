#!/usr/bin/env python3
"""Kills the main job again and again and compares what it committed with the oracle.

Each kill is a `kill -9` at a moment drawn from the seed: while records flow, or between the barrier
and the commit of a checkpoint, which is told by a checkpoint directory without a manifest. The job is
started again with the same --data until it ends. At the end the committed files must equal the
oracle's multisets: 0 missing, 0 duplicate, 0 extra.

  kill_campaign.py --program PATH --input DIR --work DIR --kills 10 --seed 1 [--disorder HOURS]

A campaign that was interrupted goes on with the same --work (its log is there).
"""

import argparse
import collections
import glob
import json
import os
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import flights_oracle

OUTPUTS = ["carriers", "routes", "weather", "alerts", "late"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--program", required=True, help="the flights executable")
    parser.add_argument("--input", required=True, help="the unpacked flights and weather")
    parser.add_argument("--work", required=True, help="a directory of the campaign's own")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--disorder", type=float, default=24.0, help="bound of disorder in hours")
    parser.add_argument("--speed", type=float, default=500_000, help="pace of the job")
    parser.add_argument("--parallelism", type=int, default=2)
    return parser.parse_args()


def between_barrier_and_commit(data):
    """Whether the newest checkpoint has begun and not been published."""
    names = glob.glob(os.path.join(data, "checkpoints", "chk-*"))
    if not names:
        return False
    newest = max(names, key=lambda name: int(name.rsplit("-", 1)[1]))
    return not os.path.exists(os.path.join(newest, "manifest"))


def start(options, data, output):
    command = [
        options.program, "--data", data, "--checkpoint-interval", "200ms",
        "--parallelism", str(options.parallelism),
        "--", "--input", options.input, "--output", output,
        "--disorder", str(options.disorder), "--speed", str(options.speed),
    ]
    log = open(os.path.join(options.work, "job.log"), "ab")
    return subprocess.Popen(command, stdout=log, stderr=log)


def wait_for_phase(process, phase, data, delay):
    """Waits `delay` seconds, then for the phase; returns what the phase was, or None if it ended."""
    deadline = time.monotonic() + delay
    while time.monotonic() < deadline:
        if process.poll() is not None:
            return None
        time.sleep(0.001)
    if phase == "flow":
        return "barrier" if between_barrier_and_commit(data) else "flow"
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if process.poll() is not None:
            return None
        if between_barrier_and_commit(data):
            return "barrier"
    return "flow"


def committed(output):
    """By output, the multiset of committed lines."""
    lines = {}
    for name in OUTPUTS:
        found = collections.Counter()
        for path in glob.glob(os.path.join(output, name, "part-*")):
            with open(path) as file:
                next(file, None)
                found.update(line.rstrip("\n") for line in file)
        lines[name] = found
    return lines


def compare(expected, found):
    errors = 0
    for name in OUTPUTS:
        missing = expected[name] - found[name]
        surplus = found[name] - expected[name]
        duplicate = sum(n for line, n in surplus.items() if line in expected[name])
        extra = sum(surplus.values()) - duplicate
        absent = sum(missing.values())
        errors += absent + duplicate + extra
        print(
            f"{name:9} expected {sum(expected[name].values()):7}  committed "
            f"{sum(found[name].values()):7}  missing {absent}  duplicate {duplicate}  extra {extra}")
        for line in list(missing)[:3]:
            print(f"    missing {line}")
        for line in list(surplus)[:3]:
            print(f"    surplus {line}")
    return errors


def campaign(options):
    data = os.path.join(options.work, "data")
    output = os.path.join(options.work, "results")
    log_path = os.path.join(options.work, "kills.jsonl")
    chance = random.Random(options.seed)
    plan = [
        ("barrier" if chance.random() < 0.3 else "flow", chance.uniform(0.05, 1.2))
        for _ in range(options.kills)
    ]
    done = []
    if os.path.exists(log_path):
        with open(log_path) as log:
            done = [json.loads(line) for line in log]
    print(f"seed {options.seed}: {options.kills} kills, {len(done)} done before")
    for number in range(len(done), options.kills):
        phase, delay = plan[number]
        process = start(options, data, output)
        reached = wait_for_phase(process, phase, data, delay)
        if reached is None:
            print(f"the job ended before kill {number + 1}: exit {process.returncode}")
            if process.returncode != 0:
                return 1, done
            break
        process.send_signal(signal.SIGKILL)
        process.wait()
        done.append({"kill": number + 1, "phase": reached, "after": round(delay, 3)})
        with open(log_path, "a") as log:
            log.write(json.dumps(done[-1]) + "\n")
    process = start(options, data, output)
    code = process.wait()
    if code != 0:
        print(f"the job failed with exit {code}; its words are in {options.work}/job.log")
        return 1, done
    return 0, done


def main():
    options = arguments()
    os.makedirs(options.work, exist_ok=True)
    code, done = campaign(options)
    phases = collections.Counter(entry["phase"] for entry in done)
    print("kills by phase: " + ", ".join(f"{name} {count}" for name, count in sorted(phases.items())))
    expected, share = flights_oracle.results(options.input, int(options.disorder * 3_600_000))
    print(f"late by their own file's watermark: {share:.2%} of the departures")
    errors = compare(expected, committed(os.path.join(options.work, "results"))) + code
    print(f"errors: {errors}")
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
