#!/usr/bin/env python3
"""Runs the programs of this folder and draws cost per unit against size, over two decades.

usage: scaling.py FOLDER_OF_PROGRAMS OUT.png
"""

import json
import subprocess
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

QUESTIONS = {
    "donor_step": ("agents", "agents", "ns per agent and step"),
    "transient_step": ("voxels", "tissue voxels", "ns per voxel, substance and step"),
    "cytokines": ("voxels", "tissue voxels", "ns per voxel, substance and hour"),
    "tissue_step": ("voxels", "tissue voxels", "ns per voxel and step"),
}


def measured(program):
    output = subprocess.run([program, "--benchmark_format=json", "--benchmark_min_time=1"],
                            check=True, stdout=subprocess.PIPE, text=True).stdout
    for entry in json.loads(output)["benchmarks"]:
        name, *settings = entry["name"].split("/")
        values = dict(setting.split(":") for setting in settings if ":" in setting)
        yield name, {key: int(value) for key, value in values.items()}, 1e9 * entry["s_per_unit"]


def main():
    folder, out = sys.argv[1:]
    figure, axes = plt.subplots(2, 2, figsize=(10, 7), constrained_layout=True)
    for panel, (question, (size, label, unit)) in zip(axes.flat, QUESTIONS.items()):
        curves = {}
        for name, values, cost in measured(f"{folder}/bench_{question}"):
            rest = ", ".join(f"{value} {key}" for key, value in values.items() if key != size)
            curve = curves.setdefault(f"{name}: {rest}", {})
            curve[values[size]] = cost
            print(f"{name} {values} {cost:.2f} {unit}")
        for curve_label, curve in curves.items():
            panel.plot(list(curve), list(curve.values()), marker="o", label=curve_label)
        panel.set(xscale="log", xlabel=label, ylabel=unit, title=question)
        panel.set_ylim(bottom=0)
        panel.legend(fontsize=8)
    figure.savefig(out, dpi=100)


main()
