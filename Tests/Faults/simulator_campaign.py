#!/usr/bin/env python3
"""Runs the simulator's campaign: whole clusters under seeded faults, several processes at a time.

Each seed stands for a job, a cluster, settings, faults and what people do; its run is the same each
time, which --twice looks at. With a program built with the package trait `Sabotage` the transitions
that the control plane's machines took are counted, and --sabotage proves that faults put into the
engine on purpose are found.

  simulator_campaign.py --program PATH [--seeds 10000] [--seed 1] [--processes 2] [--twice] [--sabotage]
"""

import argparse
import json
import resource
import subprocess
import sys
import time

CHUNK = 50


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--program", required=True, help="the executable SimulatorCampaign")
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--processes", type=int, default=2)
    deaths = parser.add_mutually_exclusive_group()
    deaths.add_argument("--with-job-manager", action="store_true", help="each seed may kill it and cut the power")
    deaths.add_argument("--without-job-manager", action="store_true", help="no seed does; else a third of them may")
    parser.add_argument("--twice", action="store_true", help="each seed in two processes: the traces must be the same")
    parser.add_argument("--slice", action="store_true", help="too few seeds for all transitions: they are not asked for")
    parser.add_argument("--sabotage", action="store_true", help="each fault of the trait: must be found")
    parser.add_argument("--fault", action="append", help="only this one; may be repeated")
    return parser.parse_args()


class Chunk:
    """Some seeds that a process runs."""

    def __init__(self, options, first, count, fault=None):
        command = [options.program, "--seed", str(first), "--seeds", str(count)]
        if options.with_job_manager:
            command.append("--with-job-manager")
        if options.without_job_manager:
            command.append("--without-job-manager")
        if options.twice:
            command.append("--hashes")
        if fault:
            command += ["--sabotage", fault, "--failures", "1"]
        self.first, self.count = first, count
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.summary, self.transitions, self.failures, self.hashes = None, {}, [], {}

    def wait(self):
        """Takes in what it prints, up to its end."""
        output = self.process.communicate()[0]
        for line in output.splitlines():
            if line.startswith("SUMMARY "):
                self.summary = json.loads(line[8:])
            elif line.startswith("TRANSITION "):
                machine, state, event, count = line[11:].split(" ")
                self.transitions[(machine, state, event)] = int(count)
            elif line.startswith("HASH "):
                seed, value = line[5:].split(" ")
                self.hashes[int(seed)] = value
            else:
                self.failures.append(line)
        if self.summary is None:
            self.failures.append(
                f"the process with seeds from {self.first} ended with {self.process.returncode}")
        return self


class Total:
    """What came of all chunks."""

    def __init__(self):
        self.figures, self.transitions, self.failures, self.hashes = {}, {}, [], []
        # By seed, of the first and the second time.
        self.traces = ({}, {})

    def add(self, chunk, time):
        self.traces[time].update(chunk.hashes)
        self.failures += chunk.failures
        if time > 0:
            return
        for key, count in chunk.transitions.items():
            self.transitions[key] = self.transitions.get(key, 0) + count
        for key, value in (chunk.summary or {}).items():
            if key == "traceHash":
                self.hashes.append(value)
            elif key.startswith("fewest"):
                self.figures[key] = min(self.figures.get(key, value), value)
            else:
                self.figures[key] = self.figures.get(key, 0) + value


def run(options, fault=None):
    """Runs all seeds, or until one fails if a fault was put in."""
    times = range(2 if options.twice else 1)
    pending = [(time, first, min(CHUNK, options.seed + options.seeds - first))
               for time in times
               for first in range(options.seed, options.seed + options.seeds, CHUNK)]
    running, total = [], Total()
    while pending or running:
        while pending and len(running) < options.processes:
            time, first, count = pending.pop(0)
            running.append((time, Chunk(options, first, count, fault)))
        time, chunk = running.pop(0)
        total.add(chunk.wait(), time)
        for line in [] if fault else chunk.failures:
            print(line, flush=True)
        if fault and total.failures:
            for _, other in running:
                other.process.kill()
                other.process.communicate()
            break
    total.figures["traceHash"] = f"{hash_of(total.hashes):016x}"
    return total


def hash_of(texts):
    value = 0
    for text in texts:
        value = ((value ^ int(text, 16)) * 0x9e3779b97f4a7c15) & (1 << 64) - 1
    return value


def tables(options):
    """What transitions there are, and why some are not taken."""
    output = subprocess.run([options.program, "--transitions"], capture_output=True, text=True).stdout
    there, reasons = [], {}
    for line in output.splitlines():
        machine, state, event, reason = (line.split(" ", 3) + [""])[:4]
        there.append((machine, state, event))
        if reason:
            reasons[(machine, state, event)] = reason
    return there, reasons


def print_coverage(options, transitions):
    """Whether each transition was taken that can be, and none that cannot be."""
    there, reasons = tables(options)
    if not there:
        print("transitions: not counted, the program was built without the trait Sabotage")
        return True
    is_whole = True
    for machine in sorted({key[0] for key in there}):
        own = [key for key in there if key[0] == machine]
        reachable = [key for key in own if key not in reasons]
        taken = [key for key in reachable if key in transitions]
        share = 100 * len(taken) / max(1, len(reachable))
        rarest = min(reachable, key=lambda key: transitions.get(key, 0))
        print(f"transitions of {machine}: {len(taken)} of {len(reachable)}, {share:.1f} %; the rarest, "
              f"{rarest[1]} {rarest[2]}, {transitions.get(rarest, 0)} times; {len(own) - len(reachable)} excepted")
        for key in reachable:
            if key not in transitions:
                is_whole = False
                print(f"  not taken: {key[1]} {key[2]}")
        for key in own:
            if key in reasons and key in transitions:
                is_whole = False
                print(f"  excepted, but taken: {key[1]} {key[2]}, {transitions[key]} times")
    for key in sorted(set(transitions) - set(there)):
        is_whole = False
        print(f"  taken, but not listed: {' '.join(key)}")
    return is_whole


def print_traces(options, total):
    """Whether each seed had the same trace both times."""
    one, two = total.traces
    different = [seed for seed in sorted(set(one) | set(two)) if one.get(seed) != two.get(seed)]
    print(f"the same trace in another process: {len(set(one) & set(two)) - len(different)} "
          f"of {options.seeds} seeds")
    for seed in different[:20]:
        print(f"  seed {seed}: {one.get(seed)} and {two.get(seed)}")
    return not different and len(one) == options.seeds


def campaign(options):
    started = time.monotonic()
    total = run(options)
    seconds = time.monotonic() - started
    for key, value in total.figures.items():
        print(f"{key}: {value}")
    seeds = max(1, total.figures.get("seeds", 0)) * (2 if options.twice else 1)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = used.ru_utime + used.ru_stime
    print(f"seconds: {seconds:.0f}, {1000 * seconds * options.processes / seeds:.0f} "
          f"ms a seed on each of {options.processes} processes; {processor:.0f} s of processor time, "
          f"{1000 * processor / seeds:.0f} ms a seed")
    is_whole = print_coverage(options, total.transitions) or options.slice
    is_repeated = print_traces(options, total) if options.twice else True
    return not total.failures and is_whole and is_repeated


def sabotage(options):
    names = subprocess.run([options.program, "--faults"], capture_output=True, text=True).stdout.split()
    missed = []
    for name in options.fault or names:
        started = time.monotonic()
        failures = run(options, name).failures
        first = next((line for line in failures if line.startswith("FAILED")), None)
        violation = next((line for line in failures if line.startswith("  !")), "")
        seed = first.split(" ")[2].rstrip(":") if first else None
        print(f"{name}: " + (f"found by seed {seed}:{violation[3:]}" if first else
                             f"NOT FOUND in {options.seeds} seeds {failures[:3]}")
              + f" ({time.monotonic() - started:.0f} s)", flush=True)
        if not first:
            missed.append(name)
    return not missed


def main():
    options = arguments()
    sys.exit(0 if (sabotage if options.sabotage or options.fault else campaign)(options) else 1)


if __name__ == "__main__":
    main()
