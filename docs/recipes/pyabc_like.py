#!/usr/bin/env python3
"""Approximate Bayesian computation with the program as the model.

  pyabc_like.py [--neurograft P] [--config C] [-o DIR] [--particles N] [--keep N] [--jobs N]

Draws particles from the prior, runs each, and keeps the nearest to what was observed (here the
numbers of a run with known values). Writes DIR/particles.csv, and DIR/posterior.csv, which is a
design for `neurograft sweep` and goes into `neurograft run --set @DIR/posterior.csv:ROW`.

`Model` goes into pyABC as it is:

  prior = pyabc.Distribution(attach=pyabc.RV("uniform", 0.3, 9.7),  # from, width
                             death=pyabc.RV("uniform", 0.02, 0.98))
  abc = pyabc.ABCSMC(Model("neurograft", "my.toml"), prior, distance, population_size=100)
  abc.new("sqlite:///fit.db", observed)
  abc.run(max_nr_populations=6)

`neurograft calibrate` does the same with populations, weights and resume, and needs no Python.
"""

import argparse
import concurrent.futures
import csv
import json
import math
import pathlib
import random
import subprocess
import tempfile

KEYS = {"attach": "csf_transport.attach_per_d", "death": "lifecycle.early_death_per_d"}
PRIOR = {"attach": (0.3, 10.0), "death": (0.02, 1.0)}  # uniform from, to
TRUTH = {"attach": 3.0, "death": 0.3}
READOUTS = ("donor_alive", "donor_attached_total")
SETTINGS = ["simulation.duration_d=5", "output.snapshots_d=[0]", "output.agents=false"]


class Model:
    """theta -> summary, with draws of its own for each call."""

    def __init__(self, neurograft, config):
        self.neurograft, self.config = neurograft, config

    def __call__(self, theta, seed=None):
        settings = SETTINGS + [f"{KEYS[name]}={float(theta[name])!r}" for name in KEYS]
        seed = random.SystemRandom().getrandbits(53) if seed is None else seed
        with tempfile.TemporaryDirectory() as folder:
            command = [self.neurograft, "run", self.config, "-o", f"{folder}/run.h5",
                       "--seed", str(seed), "--threads", "1",
                       "--progress", "none", "--summary", "json"]
            for setting in settings:
                command += ["--set", setting]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 3:  # could not be solved with these values: as far off as can be
            return dict.fromkeys(READOUTS, math.inf)
        if done.returncode != 0:
            raise RuntimeError(f"exit {done.returncode}: {done.stderr}")
        summary = json.loads(done.stdout)
        return {name: summary[name] for name in READOUTS}


def distance(x, observed):
    return math.sqrt(sum(((x[name] - observed[name]) / observed[name]) ** 2 for name in READOUTS))


def write(path, table):
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, table[0])
        writer.writeheader()
        writer.writerows(table)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--neurograft", default="build/release/neurograft", help="the program")
    parser.add_argument("--config", default="configs/phantom_small.toml")
    parser.add_argument("-o", "--output", type=pathlib.Path, default="results/recipes/pyabc_like")
    parser.add_argument("--particles", type=int, default=30)
    parser.add_argument("--keep", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2, help="runs at once")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)

    model = Model(arguments.neurograft, arguments.config)
    draws = random.Random(arguments.seed)
    thetas = [{name: draws.uniform(*span) for name, span in PRIOR.items()}
              for _ in range(arguments.particles)]
    seeds = [draws.getrandbits(53) for _ in thetas]
    observed = model(TRUTH, draws.getrandbits(53))
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        summaries = list(pool.map(model, thetas, seeds))

    order = sorted(range(len(thetas)), key=lambda n: distance(summaries[n], observed))
    kept = set(order[:arguments.keep])
    write(arguments.output / "observed.csv", [observed])
    write(arguments.output / "particles.csv",
          [{**theta, **summary, "distance": distance(summary, observed), "kept": int(n in kept)}
           for n, (theta, summary) in enumerate(zip(thetas, summaries))])
    write(arguments.output / "posterior.csv",
          [{KEYS[name]: thetas[n][name] for name in KEYS} for n in order[:arguments.keep]])
    for name in KEYS:
        values = [thetas[n][name] for n in kept]
        print(f"{KEYS[name]}: kept {min(values):.3g} to {max(values):.3g} "
              f"of {PRIOR[name][0]:g} to {PRIOR[name][1]:g}, true {TRUTH[name]:g}")


if __name__ == "__main__":
    main()
