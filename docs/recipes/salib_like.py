#!/usr/bin/env python3
"""A design made elsewhere, run by `neurograft sweep`, and an index from its table.

  salib_like.py [--neurograft P] [--config C] [-o DIR] [--samples N]

Writes DIR/design.csv, with columns named as keys, and DIR/study.toml; sweeps it; reads DIR/runs.csv
and writes the Sobol indices of one readout to DIR/indices.csv. SALib (from 1.4.6) makes the design
and the indices if it is installed, else the few lines below. The default is quick: far too few
samples to trust a digit. All points share their seeds, or noise would count as an effect.

`neurograft sensitivity` does the same with intervals, and Morris screening, and needs no Python.
"""

import argparse
import csv
import json
import pathlib
import random
import statistics
import subprocess

try:
    import numpy
    from SALib.analyze import sobol as salib_analyze
    from SALib.sample import sobol as salib_sample
except ImportError:
    salib_sample = None

RANGES = {"csf_transport.attach_per_d": (0.3, 10.0),
          "lifecycle.early_death_per_d": (0.02, 1.0),
          "host.response_gain": (0.3, 3.0)}
READOUT = "donor_alive"
SETTINGS = ["simulation.duration_d=5", "output.snapshots_d=[0]", "output.agents=false"]
PROBLEM = {"num_vars": len(RANGES), "names": list(RANGES), "bounds": list(RANGES.values())}


def design(samples, seed):
    """Rows A, AB_1 ... AB_D, B for each sample: AB_n is A with value n of B."""
    if salib_sample:
        return salib_sample.sample(PROBLEM, samples, calc_second_order=False, seed=seed).tolist()
    draws = random.Random(seed)
    rows = []
    for _ in range(samples):
        a, b = ([draws.uniform(*span) for span in RANGES.values()] for _ in range(2))
        rows += [a, *(a[:n] + [b[n]] + a[n + 1:] for n in range(len(a))), b]
    return rows


def indices(values):
    """First-order and total index of each key (Saltelli 2010, Jansen 1999)."""
    if salib_sample:
        found = salib_analyze.analyze(PROBLEM, numpy.array(values), calc_second_order=False)
        return list(zip(found["S1"], found["ST"]))
    keys = len(RANGES)
    groups = [values[n:n + keys + 2] for n in range(0, len(values), keys + 2)]
    variance = statistics.pvariance([group[n] for group in groups for n in (0, -1)])
    return [(statistics.fmean(g[-1] * (g[1 + n] - g[0]) for g in groups) / variance,
             statistics.fmean((g[0] - g[1 + n]) ** 2 for g in groups) / 2 / variance)
            for n in range(keys)]


parser = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--neurograft", default="build/release/neurograft", help="the program")
parser.add_argument("--config", type=pathlib.Path, default="configs/phantom_small.toml")
parser.add_argument("-o", "--output", type=pathlib.Path, default="results/recipes/salib_like")
parser.add_argument("--samples", type=int, default=8, help="a power of 2; runs: samples * 5")
parser.add_argument("--seed", type=int, default=1)
arguments = parser.parse_args()
arguments.output.mkdir(parents=True, exist_ok=True)

with open(arguments.output / "design.csv", "w", newline="") as file:
    csv.writer(file).writerows([list(RANGES), *design(arguments.samples, arguments.seed)])
# A list of texts, and a text, are written alike in JSON and TOML.
(arguments.output / "study.toml").write_text(f"""\
base = {json.dumps(str(arguments.config.resolve()))}
set = {json.dumps(SETTINGS)}
seed = {arguments.seed}
common_random_numbers = true
collect = {json.dumps([READOUT])}
[design]
csv = "design.csv"
""")
subprocess.run([arguments.neurograft, "sweep", arguments.output / "study.toml",
                "-o", arguments.output, "--progress", "none"],
               check=True, stdout=subprocess.DEVNULL)

with open(arguments.output / "runs.csv", newline="") as file:
    runs = sorted(csv.DictReader(file), key=lambda row: int(row["point"]))
values = [float(row[READOUT]) for row in runs]
mean = statistics.fmean(values)
with open(arguments.output / "indices.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["key", "first_order", "total"])
    for key, (first, total) in zip(RANGES, indices([value - mean for value in values])):
        writer.writerow([key, first, total])
        print(f"{key}: first order {first:.2f}, total {total:.2f}")
