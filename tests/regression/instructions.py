#!/usr/bin/env python3
"""Counts the instructions of short runs under valgrind and compares them with those pinned beside
this file: a guard against work that creeps in, which no timing on a shared machine can be.

Counts depend on compiler and build type: with others than the pinned the test is skipped (exit code
77).

usage: instructions.py NEUROGRAFT CONFIGS PINNED.json BUILD [--update]
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ALLOWED = 0.03  # of the pinned count; below it is the difference between builds of one compiler

# Each measures what its name says by the difference between a longer and a shorter run.
WORKLOADS = {
    "day of phantom_small": ("phantom_small", "simulation.duration_d", 6.0, 7.0, []),
    "day of tissue and balanced fields": ("untreated", "simulation.duration_d", 1.0, 2.0, [
        "brain.source=phantom", "brain.resolution_mm=4", "simulation.start_d=0"]),
    "quarter day of transient fields": ("cuprizone_patch", "simulation.duration_d", 0.25, 0.5, [
        "fields.inflammatory.mode=transient", "fields.inflammatory.half_life_h=24",
        "fields.trophic.mode=transient", "fields.trophic.half_life_h=24", "signalling.every_h=1"]),
}


def instructions(neurograft, config, settings):
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/counts"]
        # Not what follows the clock: publishing and progress.
        command += [f"--toggle-collect=neurograft::Simulation::{part}()"
                    for part in ("open_tick", "advance")]
        command += [neurograft, "run", config, "-o", f"{folder}/run.h5", "--threads", "1"]
        command += ["--progress", "none"]
        # Recorded at the ends only: how long that takes depends on file names and the like.
        for setting in ["output.snapshots_d=[0]", "output.every_d=50", *settings]:
            command += ["--set", setting]
        # With this set the command does not start itself anew.
        result = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                env={**os.environ, "GOMP_SPINCOUNT": "0"})
        if result.returncode != 0:
            sys.exit(f"{' '.join(command)}\n{result.stderr}")
        collected = re.search(r"Collected : (\d+)", result.stderr)
        if not collected:
            sys.exit(f"valgrind counted nothing\n{result.stderr}")
        return int(collected.group(1))


def counts(neurograft, configs):
    result = {}
    for name, (config, key, short, long, settings) in WORKLOADS.items():
        path = f"{configs}/{config}.toml"
        spans = [instructions(neurograft, path, [*settings, f"{key}={span}"])
                 for span in (short, long)]
        result[name] = spans[1] - spans[0]
    return result


def main():
    neurograft, configs, pinned_path, build = sys.argv[1:5]
    if not shutil.which("valgrind"):
        print("skipped: no valgrind")
        sys.exit(77)
    if "--update" in sys.argv:
        with open(pinned_path, "w") as file:
            json.dump({"build": build, "instructions": counts(neurograft, configs)}, file,
                      indent=1)
            file.write("\n")
        return
    with open(pinned_path) as file:
        pinned = json.load(file)
    if pinned["build"] != build:
        print(f"skipped: pinned for {pinned['build']}, built with {build}")
        sys.exit(77)
    wrong = 0
    for name, count in counts(neurograft, configs).items():
        change = count / pinned["instructions"][name] - 1.0
        print(f"{name}: {count} instructions, {100 * change:+.2f} % against the pinned")
        wrong += abs(change) > ALLOWED
    if wrong:
        print("more is work that came in, less is a gain: find out which, then pin with --update")
    sys.exit(1 if wrong else 0)


main()
