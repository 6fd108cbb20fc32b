#!/usr/bin/env python3
"""An optimiser that asks for values and is told what they gave.

  optuna_like.py [--neurograft P] [--config C] [-o DIR] [--trials N] [--jobs N]

Looks for the attachment and early death rates that leave wanted numbers of donor cells after 5
days. With Optuna installed it takes Optuna's sampler, else the plain one below: only the line
`study = ...` differs. Writes DIR/trials.csv, and DIR/best.csv for
`neurograft run CONFIG --set @DIR/best.csv:0`.
"""

import argparse
import concurrent.futures
import csv
import json
import math
import pathlib
import random
import subprocess

try:
    import optuna
except ImportError:
    optuna = None

RANGES = {"csf_transport.attach_per_d": (0.1, 30.0), "lifecycle.early_death_per_d": (0.01, 2.0)}
WANTED = {"donor_alive": 7000, "donor_attached_total": 5000}
SETTINGS = ["simulation.duration_d=5", "output.snapshots_d=[0]", "output.agents=false"]


def suggest(trial):
    return {key: trial.suggest_float(key, low, high, log=True)
            for key, (low, high) in RANGES.items()}


def loss(summary):
    return sum(math.log(max(summary[name], 1) / value) ** 2 for name, value in WANTED.items())


def run(values, output):
    """The last readouts of a run, by name; None where the model could not be solved."""
    command = [arguments.neurograft, "run", arguments.config, "-o", str(output), "--threads", "1",
               "--progress", "none", "--summary", "json"]
    for setting in SETTINGS + [f"{key}={value!r}" for key, value in values.items()]:
        command += ["--set", setting]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 3:
        return None
    if done.returncode != 0:
        raise SystemExit(f"exit {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


class Trial:
    def __init__(self, number, draw):
        self.number, self.params, self.places, self._draw = number, {}, {}, draw

    def suggest_float(self, name, low, high, log=False):
        self.places[name] = place = self._draw(name)
        if log:
            self.params[name] = low * (high / low) ** place
        else:
            self.params[name] = low + (high - low) * place
        return self.params[name]


class Study:
    """Draws all over the ranges at first, then steps from the best so far, which get shorter."""

    def __init__(self, seed, start=6):
        self._random, self._start = random.Random(seed), start
        self._asked, self.best_trial, self.best_value = 0, None, math.inf

    def ask(self):
        number, best = self._asked, self.best_trial
        self._asked += 1
        if number < self._start or best is None:
            return Trial(number, lambda name: self._random.random())
        width = max(0.01, 0.3 * 0.85 ** (number - self._start))
        step = lambda name: best.places[name] + self._random.gauss(0.0, width)
        return Trial(number, lambda name: min(1.0, max(0.0, step(name))))

    def tell(self, trial, value):
        if value < self.best_value:
            self.best_trial, self.best_value = trial, value


parser = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--neurograft", default="build/release/neurograft", help="the program")
parser.add_argument("--config", default="configs/phantom_small.toml")
parser.add_argument("-o", "--output", type=pathlib.Path, default="results/recipes/optuna_like")
parser.add_argument("--trials", type=int, default=24)
parser.add_argument("--jobs", type=int, default=2, help="runs at once")
parser.add_argument("--seed", type=int, default=1, help="of the optimiser")
arguments = parser.parse_args()
arguments.output.mkdir(parents=True, exist_ok=True)

if optuna:
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=arguments.seed))
else:
    study = Study(arguments.seed)

rows = []
with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
    while len(rows) < arguments.trials:
        trials = [study.ask() for _ in range(min(arguments.jobs, arguments.trials - len(rows)))]
        values = [suggest(trial) for trial in trials]
        outputs = [arguments.output / f"trial_{trial.number}.h5" for trial in trials]
        for trial, value, summary in zip(trials, values, pool.map(run, values, outputs)):
            result = math.inf if summary is None else loss(summary)
            study.tell(trial, result)
            rows.append({"trial": trial.number, **value, "loss": result})


def write(name, table):
    with open(arguments.output / name, "w", newline="") as file:
        writer = csv.DictWriter(file, table[0])
        writer.writeheader()
        writer.writerows(table)


write("trials.csv", rows)
best = study.best_trial
write("best.csv", [best.params])
print(f"first loss {rows[0]['loss']:.4g}, best {study.best_value:.4g} in trial {best.number}:")
for key, value in best.params.items():
    print(f"{key} = {value:.4g}")
