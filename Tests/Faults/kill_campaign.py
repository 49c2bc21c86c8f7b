#!/usr/bin/env python3
"""Kills the main job again and again and compares what it committed with the oracle.

Each kill is a `kill -9` at a moment drawn from the seed: at any time while records flow, between the
barrier and the commit of a checkpoint, or in the commit of the last one. What the moment was is read
from the disk once the process is dead. The job is started again with the same --data each time. At
the end the committed files must equal the oracle's multisets: 0 missing, 0 duplicate, 0 extra; and
0 withdrawn: what was visible after a kill is still there, unchanged.

  kill_campaign.py --program PATH --input DIR --work DIR --kills 10 --seed 1 [--disorder HOURS]

A campaign that was interrupted goes on with the same --work (its log is there).
"""

import argparse
import collections
import glob
import hashlib
import json
import os
import random
import signal
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import flights_oracle

OUTPUTS = ["carriers", "routes", "weather", "alerts", "late"]
FINAL = 1


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--program", required=True, help="the flights executable")
    parser.add_argument("--input", required=True, help="the unpacked flights and weather")
    parser.add_argument("--work", required=True, help="a directory of the campaign's own")
    parser.add_argument("--kills", type=int, default=10, help="a twentieth of them, at least one, at the end")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--disorder", type=float, default=24.0, help="bound of disorder in hours")
    parser.add_argument("--speed", type=float, default=400_000, help="pace of the job; 0: none")
    parser.add_argument("--longest", type=float, default=1.2, help="seconds from a start to its kill, at most")
    parser.add_argument("--parallelism", type=int, default=2)
    parser.add_argument("--undisturbed", action="store_true", help="first time a run without kills")
    return parser.parse_args()


class Job:
    """The job, its directories, and what can be seen of it from outside."""

    def __init__(self, options, name="data", environment=None):
        self.options = options
        self.data = os.path.join(options.work, name)
        self.output = os.path.join(options.work, "results" if name == "data" else name + "-results")
        self.environment = environment
        self.process = None
        self.before = 0

    def start(self):
        options = self.options
        # A checkpoint that a kill interrupted stays on the disk: it is not this process's.
        self.before = self.newest()[0]
        command = [
            options.program, "--data", self.data, "--checkpoint-interval", "200ms",
            "--parallelism", str(options.parallelism),
            "--", "--input", options.input, "--output", self.output,
            "--disorder", str(options.disorder),
        ]
        if options.speed:
            command += ["--speed", str(options.speed)]
        log = open(os.path.join(options.work, "job.log"), "ab")
        self.process = subprocess.Popen(command, stdout=log, stderr=log, env=self.environment)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    @property
    def has_ended(self):
        return self.process.poll() is not None

    def newest(self):
        """Number and manifest path of the newest checkpoint begun."""
        try:
            names = os.listdir(os.path.join(self.data, "checkpoints"))
        except FileNotFoundError:
            return 0, None
        numbers = [int(name[4:]) for name in names if name.startswith("chk-")]
        if not numbers:
            return 0, None
        return max(numbers), os.path.join(self.data, "checkpoints", f"chk-{max(numbers)}", "manifest")

    def phase(self):
        """What the disk says: `final` (the last checkpoint is published, its output not all
        committed), `barrier` (a checkpoint has begun and is not published), `ended`, or `flow`."""
        number, manifest = self.newest()
        if number <= self.before:
            return "flow"
        try:
            with open(manifest, "rb") as file:
                purpose = purpose_of(file.read())
        except FileNotFoundError:
            return "barrier"
        if purpose != FINAL:
            return "flow"
        done = all(os.path.exists(os.path.join(self.output, name, "_SUCCESS")) for name in OUTPUTS)
        return "ended" if done else "final"

    def wait_for(self, wanted, delay):
        """Waits `delay` seconds, then for the phase; false if the job ended."""
        deadline = time.monotonic() + delay
        while time.monotonic() < deadline:
            if self.has_ended:
                return False
            time.sleep(0.001)
        if wanted == "flow":
            return not self.has_ended
        deadline = time.monotonic() + (5 if wanted == "barrier" else 600)
        begun, _ = self.newest()
        while time.monotonic() < deadline:
            if self.has_ended:
                return False
            if wanted == "final" and self.phase() == "final":
                return True
            if wanted == "barrier" and self.newest()[0] > begun and self.phase() == "barrier":
                return True
        return True

    def visible(self):
        """Paths of committed files, and their contents' hashes."""
        paths = {}
        for name in OUTPUTS:
            for path in glob.glob(os.path.join(self.output, name, "part-*")):
                with open(path, "rb") as file:
                    paths[os.path.relpath(path, self.output)] = hashlib.sha1(file.read()).hexdigest()
        return paths

    def committed(self):
        """By output, the multiset of committed lines."""
        lines = {}
        for name in OUTPUTS:
            found = collections.Counter()
            for path in glob.glob(os.path.join(self.output, name, "part-*")):
                with open(path) as file:
                    next(file, None)
                    found.update(line.rstrip("\n") for line in file)
            lines[name] = found
        return lines


def purpose_of(manifest):
    """The purpose field of a manifest: behind a header of 24 bytes, two texts, three numbers."""
    place = 24
    for _ in range(2):
        length = shift = 0
        while True:
            byte = manifest[place]
            place += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        place += length
    return struct.unpack_from("<B", manifest, place + 24)[0]


def plan(options):
    """What to aim at, and seconds from the start to the kill. The end comes last."""
    chance = random.Random(options.seed)
    last = max(1, options.kills // 20)
    early = [
        ("barrier" if chance.random() < 0.3 else "flow", chance.uniform(0.05, options.longest))
        for _ in range(options.kills - last)
    ]
    return early + [("final", 0.0)] * last


def campaign(options, job):
    """Exit code of the job (0 if all is well), the kills done, and what had become visible."""
    log_path = os.path.join(options.work, "kills.jsonl")
    seen_path = os.path.join(options.work, "seen.json")
    done, seen = [], {}
    if os.path.exists(log_path):
        with open(log_path) as log:
            done = [json.loads(line) for line in log]
    if os.path.exists(seen_path):
        with open(seen_path) as file:
            seen = json.load(file)
    print(f"seed {options.seed}: {options.kills} kills, {len(done)} done before", flush=True)
    kills = plan(options)
    while len(done) < len(kills):
        wanted, delay = kills[len(done)]
        job.start()
        if not job.wait_for(wanted, delay):
            code = job.process.returncode
            if code != 0:
                print(f"the job failed with exit {code}; its words are in {options.work}/job.log")
                return 1, done, seen
            if wanted == "final":
                # It ended between two looks; started again it ends again.
                continue
            print(f"the job ended before kill {len(done) + 1}; choose a smaller --speed")
            return 1, done, seen
        job.kill()
        phase = job.phase()
        if wanted == "final" and phase != "final":
            continue
        seen.update({name: text for name, text in job.visible().items() if name not in seen})
        done.append({"kill": len(done) + 1, "phase": phase, "checkpoint": job.newest()[0]})
        with open(log_path, "a") as log:
            log.write(json.dumps(done[-1]) + "\n")
        with open(seen_path, "w") as file:
            json.dump(seen, file)
    job.start()
    code = job.process.wait()
    if code != 0:
        print(f"the job failed with exit {code}; its words are in {options.work}/job.log")
    return (1 if code else 0), done, seen


def histogram(done):
    meaning = {
        "flow": "records flow, no checkpoint under way",
        "barrier": "records flow, between barrier and commit",
        "final": "in the final commit",
        "ended": "after the final commit",
    }
    phases = collections.Counter(entry["phase"] for entry in done)
    flowing = phases["flow"] + phases["barrier"]
    print(f"kills: {len(done)}; while records flow {flowing}, of these between barrier and commit "
          f"{phases['barrier']}; in the final commit {phases['final']}")
    for phase, text in meaning.items():
        print(f"  {text:42} {phases[phase]:4}  {'#' * phases[phase]}".rstrip())


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


def withdrawn(job, seen):
    """How many files were committed once and are not there any more, or are others."""
    now = job.visible()
    gone = sorted(name for name, text in seen.items() if now.get(name) != text)
    print(f"files seen committed after kills {len(seen)}  withdrawn {len(gone)}")
    for name in gone[:3]:
        print(f"    withdrawn {name}")
    return len(gone)


def run(options, environment=None):
    """Runs a campaign; returns the number of errors."""
    os.makedirs(options.work, exist_ok=True)
    job = Job(options, environment=environment)
    if options.undisturbed:
        alone = Job(options, "undisturbed", environment)
        begin = time.monotonic()
        alone.start()
        alone.process.wait()
        print(f"an undisturbed run takes {time.monotonic() - begin:.1f} s", flush=True)
    code, done, seen = campaign(options, job)
    histogram(done)
    expected, share = flights_oracle.results(options.input, int(options.disorder * 3_600_000))
    print(f"late by their own file's watermark: {share:.2%} of the departures")
    errors = compare(expected, job.committed()) + withdrawn(job, seen) + code
    print(f"errors: {errors}", flush=True)
    return errors


if __name__ == "__main__":
    sys.exit(1 if run(arguments()) else 0)
