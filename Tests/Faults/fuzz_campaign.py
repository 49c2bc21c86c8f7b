#!/usr/bin/env python3
"""Gives every decoder many inputs, most of them hostile, and counts what was wrong.

Runs the program `WeirFuzz` slice by slice: a slice is one decoder and some inputs, each of which follows
from the seed and its number. A crash costs the rest of its slice only: the campaign notes the input and
goes on behind it. With the same --work an interrupted campaign goes on where it was.

  fuzz_campaign.py --program .build/release/WeirFuzz --work DIR [--inputs 300000] [--seed 1]
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time

LINE = re.compile(
    r"^(?P<name>\S+): (?P<inputs>\d+) inputs, (?P<accepted>\d+) accepted, (?P<refused>\d+) refused, "
    r"(?P<wrong>\d+) wrong, most memory (?P<memory>\d+) KiB"
)
CRASH = re.compile(r"(crash|hang): --decoder (\S+) --seed \d+ --replay (\d+)")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--program", required=True, help="the executable WeirFuzz")
    parser.add_argument("--work", required=True, help="a directory of the campaign's own")
    parser.add_argument("--inputs", type=int, default=300_000, help="for each decoder")
    parser.add_argument("--slice", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--decoder", action="append", help="only this one; may be repeated")
    parser.add_argument("--pause-while", help="no slice begins while this file exists")
    return parser.parse_args()


class Campaign:
    def __init__(self, options):
        self.options = options
        os.makedirs(options.work, exist_ok=True)
        self.path = os.path.join(options.work, f"seed-{options.seed}.json")
        self.decoders = {}
        if os.path.exists(self.path):
            with open(self.path) as file:
                self.decoders = json.load(file)

    def save(self):
        with open(self.path + ".new", "w") as file:
            json.dump(self.decoders, file, indent=1)
        os.replace(self.path + ".new", self.path)

    def pause(self):
        while self.options.pause_while and os.path.exists(self.options.pause_while):
            time.sleep(5)

    def names(self):
        listed = subprocess.run([self.options.program, "--list"], capture_output=True, text=True, check=True)
        return self.options.decoder or listed.stdout.split()

    def run(self):
        for name in self.names():
            state = self.decoders.setdefault(name, {
                "next": 0, "accepted": 0, "refused": 0, "wrong": 0, "memory": 0, "crashes": [], "seconds": 0,
            })
            while state["next"] < self.options.inputs:
                self.pause()
                self.slice(name, state)
                self.save()
            print(self.row(name), flush=True)

    def slice(self, name, state):
        count = min(self.options.slice, self.options.inputs - state["next"])
        start = time.time()
        ended = subprocess.run(
            [self.options.program, "--decoder", name, "--seed", str(self.options.seed),
             "--from", str(state["next"]), "--inputs", str(count)], capture_output=True, text=True)
        state["seconds"] += time.time() - start
        crash = CRASH.search(ended.stderr)
        if crash:
            state["crashes"].append({"input": int(crash[3]), "said": ended.stderr[-2000:]})
            print(f"  {crash[0]}", flush=True)
            # What came before it in the slice was not counted as accepted or refused.
            state["next"] = int(crash[3]) + 1
            return
        line = LINE.search(ended.stdout)
        if not line:
            sys.exit(f"{name} ended with {ended.returncode}: {ended.stdout}{ended.stderr}")
        for wrong in ended.stdout.splitlines()[1:]:
            print(wrong[:500], flush=True)
        for key in ["accepted", "refused", "wrong"]:
            state[key] += int(line[key])
        state["memory"] = max(state["memory"], int(line["memory"]))
        state["next"] += count

    def row(self, name):
        state = self.decoders[name]
        rate = state["next"] / max(state["seconds"], 0.001)
        return (f"{name:22} {state['next']:9} inputs  {state['accepted']:9} accepted  {state['refused']:9} refused  "
                f"{state['wrong']:3} wrong  {len(state['crashes']):3} crashes  {state['memory']:6} KiB  {rate:7.0f}/s")


def main():
    campaign = Campaign(arguments())
    campaign.run()
    states = [campaign.decoders[name] for name in campaign.names()]
    total = sum(state["next"] for state in states)
    wrong = sum(state["wrong"] for state in states)
    crashes = sum(len(state["crashes"]) for state in states)
    print(f"{len(states)} decoders, {total} inputs of seed {campaign.options.seed}: {wrong} wrong, {crashes} crashes")
    sys.exit(1 if wrong or crashes else 0)


if __name__ == "__main__":
    main()
