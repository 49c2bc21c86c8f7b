#!/usr/bin/env python3
"""Runs the simulator's campaign: whole clusters under seeded faults, several processes at a time.

Each seed stands for a job, a cluster, settings and faults; its run is the same each time. With a
program built with the package trait `Sabotage` the transitions that the control plane's machines took
are counted, and --sabotage proves that faults put into the engine on purpose are found.

  simulator_campaign.py --program PATH [--seeds 10000] [--seed 1] [--processes 2] [--sabotage]
"""

import argparse
import json
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
    parser.add_argument("--job-manager", action="store_true", help="job managers die as well, and the power fails")
    parser.add_argument("--slice", action="store_true", help="too few seeds for all transitions: they are not asked for")
    parser.add_argument("--sabotage", action="store_true", help="each fault of the trait: must be found")
    parser.add_argument("--fault", action="append", help="only this one; may be repeated")
    return parser.parse_args()


class Chunk:
    """Some seeds that a process runs."""

    def __init__(self, options, first, count, fault=None):
        command = [options.program, "--seed", str(first), "--seeds", str(count)]
        if options.job_manager:
            command.append("--job-manager")
        if fault:
            command += ["--sabotage", fault, "--failures", "1"]
        self.first, self.count = first, count
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def result(self):
        """Summary, transitions, and the lines that tell of failures."""
        summary, transitions, failures = None, {}, []
        output = self.process.communicate()[0]
        for line in output.splitlines():
            if line.startswith("SUMMARY "):
                summary = json.loads(line[8:])
            elif line.startswith("TRANSITION "):
                machine, state, event, count = line[11:].split(" ")
                transitions[(machine, state, event)] = int(count)
            else:
                failures.append(line)
        if summary is None:
            failures.append(f"the process with seeds from {self.first} ended with {self.process.returncode}")
        return summary, transitions, failures


def run(options, fault=None):
    """Runs all seeds, or until one fails if a fault was put in."""
    pending = [(first, min(CHUNK, options.seed + options.seeds - first))
               for first in range(options.seed, options.seed + options.seeds, CHUNK)]
    running, total, transitions, failures, hashes = [], {}, {}, [], []
    while pending or running:
        while pending and len(running) < options.processes:
            running.append(Chunk(options, *pending.pop(0), fault))
        chunk = running.pop(0)
        summary, taken, lines = chunk.result()
        failures += lines
        for line in [] if fault else lines:
            print(line, flush=True)
        for key, count in taken.items():
            transitions[key] = transitions.get(key, 0) + count
        for key, value in (summary or {}).items():
            if key == "traceHash":
                hashes.append(value)
            elif key.startswith("fewest"):
                total[key] = min(total.get(key, value), value)
            else:
                total[key] = total.get(key, 0) + value
        if fault and failures:
            for other in running:
                other.process.kill()
                other.process.communicate()
            break
    total["traceHash"] = f"{hash_of(hashes):016x}"
    return total, transitions, failures


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
    there, reasons = tables(options)
    if not there:
        print("transitions: not counted, the program was built without the trait Sabotage")
        return True
    is_whole = True
    for machine in sorted({key[0] for key in there}):
        own = [key for key in there if key[0] == machine]
        reachable = [key for key in own if key not in reasons]
        taken = [key for key in reachable if key in transitions]
        print(f"transitions of {machine}: {len(taken)} of {len(reachable)}; "
              f"{len(own) - len(reachable)} excepted")
        for key in reachable:
            if key not in transitions:
                is_whole = False
                print(f"  not taken: {key[1]} {key[2]}")
        for key in own:
            if key in reasons and key in transitions:
                print(f"  excepted, but taken: {key[1]} {key[2]}")
    for key in sorted(set(transitions) - set(there)):
        print(f"  taken, but not listed: {' '.join(key)}")
    return is_whole


def campaign(options):
    started = time.monotonic()
    total, transitions, failures = run(options)
    seconds = time.monotonic() - started
    for key, value in total.items():
        print(f"{key}: {value}")
    print(f"seconds: {seconds:.0f}, {1000 * seconds * options.processes / max(1, total.get('seeds', 0)):.0f} "
          f"ms a seed on each of {options.processes} processes")
    is_whole = print_coverage(options, transitions)
    return not failures and (is_whole or options.slice)


def sabotage(options):
    names = subprocess.run([options.program, "--faults"], capture_output=True, text=True).stdout.split()
    missed = []
    for name in options.fault or names:
        started = time.monotonic()
        _, _, failures = run(options, name)
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
