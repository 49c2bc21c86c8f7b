#!/usr/bin/env python3
"""Proves that the kill campaign can find faults: runs it over builds that are wrong on purpose.

The program is built with the package trait `Sabotage`; each of its faults is chosen at run time and
must make the campaign report errors. Without a chosen fault the same program must pass. Whether a
kill meets a moment at which a fault does harm is chance: a fault that one seed does not show has
three more.

  sabotage_campaign.py --program PATH --input DIR --work DIR [--kills 14] [--seed 1]
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kill_campaign

FAULTS = [None, "no-alignment", "commit-before-completion", "offsets-not-restored"]
SEEDS = 4


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--program", required=True, help="the flights executable, built with --traits Sabotage")
    parser.add_argument("--input", required=True, help="the unpacked flights and weather")
    parser.add_argument("--work", required=True, help="a directory of the campaign's own")
    parser.add_argument("--kills", type=int, default=14)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fault", action="append", choices=FAULTS[1:], help="only this one; may be repeated")
    return parser.parse_args()


def main():
    options = arguments()
    wrong = []
    for fault in options.fault or FAULTS:
        print(f"== {fault or 'no fault'}", flush=True)
        environment = dict(os.environ)
        environment.pop("WEIR_SABOTAGE", None)
        if fault:
            environment["WEIR_SABOTAGE"] = fault
        for seed in range(options.seed, options.seed + (SEEDS if fault else 1)):
            # Fast, so that queues are full when barriers come; not so fast that kills find it ended.
            campaign = argparse.Namespace(
                program=options.program, input=options.input, kills=options.kills, seed=seed,
                work=os.path.join(options.work, f"{fault or 'none'}-{seed}"), disorder=24.0,
                speed=4_000_000, longest=0.5, parallelism=4, undisturbed=False)
            errors = kill_campaign.run(campaign, environment)
            if errors > 0:
                break
        if (errors > 0) != (fault is not None):
            wrong.append(fault or "no fault")
    if wrong:
        print("not as expected: " + ", ".join(wrong))
        sys.exit(1)
    print("each fault was caught, and without one there were no errors")


if __name__ == "__main__":
    main()
